import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.github.bootstrap import begin_report
from reconciler.github.runner import Log, command, masks, write_outputs, write_summary
from tests.github.conftest import StepResult

NASTY = st.text(st.sampled_from("::#[]%\r\n \tsetoutpnamecrr,=stop-commands\u2028\x0b\x85") | st.characters())


def obeyed(log):
    return StepResult(0, log, {}, "").commands


@given(st.lists(NASTY))
def test_no_text_is_read_as_a_runner_command(texts):
    written: list[str] = []
    log = Log(written.append)
    for text in texts:
        log.write_text(text)
    log.close()

    assert obeyed("".join(written)) == []


@given(NASTY, NASTY, NASTY)
def test_a_command_is_always_one_line(before, message, title):
    written: list[str] = []
    log = Log(written.append)
    log.write_text(before)
    log.write_commands([command("error", message, title=title, file=before)])
    log.close()

    (only,) = [line for line in "".join(written).split("\n") if line.startswith("::error")]
    assert only == command("error", message, title=title, file=before)
    assert "\r" not in only


@given(NASTY)
def test_a_command_contains_its_escaped_values(message):
    data = command("notice", message).removeprefix("::notice::")

    assert data.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%") == message


def test_the_token_that_resumes_commands_is_random():
    words = set()
    for _ in range(50):
        written: list[str] = []
        Log(written.append)
        words.update(re.findall(r"^::stop-commands::([0-9a-f]{32})$", written[0], re.MULTILINE))

    assert len(words) == 50


def test_every_secret_of_the_environment_is_masked_line_by_line():
    environment = {
        "RECONCILER_SECRET_KEY": "first line\nsecond%line\r\n\nab\n",
        "RECONCILER_DIGEST_KEY": "digest",
        "INPUT_TOKEN_VALUE": "token",
        "INPUT_PATH": "not secret",
        "RECONCILER_VAR_TAG": "not secret either",
        "RECONCILER_SECRET_EMPTY": "",
    }

    assert masks(environment) == [
        "::add-mask::digest",
        "::add-mask::first line",
        "::add-mask::second%25line",
        "::add-mask::token",
    ]


def test_values_of_sensitive_variables_are_masked_from_the_first_line_on():
    environment = {
        "INPUT_VARIABLES": "HOOK_TOKEN=a-token-of-a-hook\nAPI_TAG=1.27.0-alpine\nMAIN_DSN=postgres://db/main",
        "INPUT_MASK": "*_DSN",
        "RECONCILER_VAR_DB_PASSWORD": "a-long-password",
        "RECONCILER_VAR_PASSWORD": "short",
        "RECONCILER_VAR_DOMAIN": "clinic.example",
    }

    assert masks(environment) == [
        "::add-mask::a-long-password",
        "::add-mask::a-token-of-a-hook",
        "::add-mask::postgres://db/main",
    ]


@given(st.dictionaries(st.sampled_from(["a", "b", "summary"]), NASTY.filter(lambda text: "\r" not in text)))
def test_outputs_are_passed_on_unchanged(tmp_path_factory, outputs):
    place = tmp_path_factory.mktemp("outputs") / "outputs"

    write_outputs(outputs, {"GITHUB_OUTPUT": str(place)})

    found = re.findall(r"(\w+)<<(\S+)\n(.*?)\n\2\n", place.read_bytes().decode(), re.DOTALL)
    assert {name: value for name, _, value in found} == {
        name: value.encode(errors="backslashreplace").decode() for name, value in outputs.items()
    }


def test_half_a_surrogate_pair_is_written_as_its_escape(tmp_path):
    place = tmp_path / "place"

    write_outputs({"a": "\ud800"}, {"GITHUB_OUTPUT": str(place)})
    write_summary("\udfff", {"GITHUB_STEP_SUMMARY": str(place)})

    assert "\n\\ud800\n" in place.read_text(encoding="utf-8")
    assert place.read_text(encoding="utf-8").endswith("\\udfff")


def test_a_summary_over_the_runners_limit_is_a_bug(tmp_path):
    with pytest.raises(ValueError, match="longer"):
        write_summary("x" * 1_000_001, {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary")})


@pytest.mark.parametrize("before", ["", "of an earlier program\n"])
def test_the_report_of_a_step_replaces_what_its_start_wrote(tmp_path, monkeypatch, before):
    summary = tmp_path / "summary"
    summary.write_text(before, encoding="utf-8")
    monkeypatch.delenv("GITHUB_OUTPUT", raising=False)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))

    begin_report()
    assert "ended before it could report" in summary.read_text(encoding="utf-8")
    write_summary("the report → all of it\n", {"GITHUB_STEP_SUMMARY": str(summary)})

    assert summary.read_text(encoding="utf-8") == f"{before}the report → all of it\n"
