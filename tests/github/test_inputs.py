import json
from pathlib import Path

import pytest

from reconciler.cli.action import job_of
from tests.github.conftest import BEFORE, HEAD, NEXT_HEAD
from tests.github.platform import writer as session_of
from tests.github.server import pull_body


@pytest.mark.parametrize(
    "inputs, message",
    [
        ({"fail_on": "whatever"}, "fail-on: 'whatever' is not one of errors, changes"),
        ({"comment": "often"}, "comment: 'often'"),
        ({"adopt": "yes"}, "adopt: 'yes' is not one of false, true"),
        ({"without_approval": "yes"}, "without-approval"),
        ({"parallelism": "0"}, "parallelism: '0' is not a number from 1 to 64"),
        ({"parallelism": "99999999999999999999"}, "parallelism"),
        ({"timeout": "ten"}, "timeout"),
        ({"target": "web"}, "'web' is not an address"),
        ({"variables": "A=1\nnonsense"}, "NAME=VALUE"),
        ({"path": "nowhere"}, "path: nowhere does not exist"),
        ({"working_directory": "nowhere"}, "working-directory: nowhere"),
        ({"plan_key": "short"}, "plan-key is shorter than 32 characters"),
        ({"plan_key": "k" * 64}, "plan-key has fewer than 12 different characters"),
        ({"api_url": "http://evil.example"}, "http"),
        ({"mask": "A_LOGIN, B_LOGIN"}, "mask: 'A_LOGIN, B_LOGIN' is not a pattern of names"),
        ({"allow_files": "./build/a.pem"}, "allow-files: './build/a.pem' is not a pattern of paths"),
        ({"keep_field": "labels, isolation"}, "keep-field: 'labels, isolation' is not the name of a field"),
        ({"base_branches": "main, release"}, "base-branches: 'main, release' is not the name of a branch"),
        ({"audit": "nowhere/log"}, f"the audit file {Path('nowhere/log')} cannot be opened"),
        ({"audit": "a\nb"}, "audit: 'a\\nb' is more than one line"),
        ({"variables": "TAG=1\nTITLE=one\nTAG=2"}, "variables: TAG is given twice"),
        ({"github_token": "ghs_token\n"}, "github-token holds a line break"),
        ({"github_token": "gh€"}, "github-token holds"),
        ({"timeout": "0000000100000"}, "timeout: '0000000100000' is not a number"),
        ({"path": "x" * 5000}, "does not exist"),
        ({"working_directory": "x" * 5000}, "is not a folder in the checkout"),
    ],
    ids=lambda case: next(iter(case)) if isinstance(case, dict) else "",
)
def test_an_invalid_input_is_reported(runner, inputs, message):
    step = runner.plan(**inputs)

    assert (step.code, step.outputs["exit-code"], step.outputs["failure-reason"]) == (1, "1", "invalid")
    assert message in step.annotations("error")[0]


def test_all_invalid_inputs_are_reported_together(runner):
    runner.plan(NEXT_HEAD)

    step = runner.plan(fail_on="whatever", timeout="ten", adopt="yes")

    for message in (step.log, step.summary, runner.comment()):
        assert all(name in message for name in ("fail-on", "timeout", "adopt"))
    assert "reconciler-approval" not in runner.comment()
    assert step.outputs["changes"] == "false"


@pytest.mark.parametrize("command, folder", [("destroy", "."), ("plan", "nowhere")])
def test_a_step_without_a_known_job_says_so_in_summary_and_outputs(runner, command, folder):
    step = runner.run(command, "push", {}, working_directory=folder)

    assert "Failed" in step.summary
    assert ("nowhere" if command == "plan" else command) in step.summary
    assert set(step.outputs) == set(runner.plan().outputs)


def test_fields_to_keep_are_given_line_by_line(runner, monkeypatch):
    monkeypatch.chdir(runner.checkout)  # which is left again after the test
    environment = {
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_EVENT_PATH": str(runner.temporary / "event"),
        "GITHUB_REPOSITORY": "acme/clinic",
        "GITHUB_SHA": HEAD,
        "GITHUB_WORKSPACE": str(runner.checkout),
        "INPUT_COMMAND": "plan",
        "INPUT_KEEP_FIELD": "isolation\n labels \n",
    }
    (runner.temporary / "event").write_text("{}", encoding="utf-8")

    assert job_of(environment).scope.keep == ("isolation", "labels")


def test_the_value_of_a_variable_that_the_manifest_calls_sensitive_is_masked_in_the_log(runner):
    runner.write(
        "cluster: production\nsensitive: [WORD]\nvars: {LINE: 'x ${ANOTHER}'}\n"
        "services: {web: {image: 'nginx:1', args: '${WORD} ${LINE}', command: '${LEVEL}'}}\n"
    )
    given = "WORD=a-word-of-ours\nANOTHER=another-word\nLEVEL=information"

    step = runner.plan(variables=given, environment={"RECONCILER_VAR_UNUSED": "unused-value"}, mask="LINE")

    masked = [command for command in step.commands if "word" in command]
    assert masked == ["::add-mask::a-word-of-ours", "::add-mask::another-word"]
    assert not any("information" in command or "unused-value" in command for command in step.commands)
    assert "a-word-of-ours" not in runner.comment()


def test_a_command_must_be_one_of_the_four(runner):
    step = runner.run("destroy", "push", {})

    assert step.code == 1
    assert "'destroy' is not one of validate, plan, apply, drift" in step.annotations("error")[0]
    assert runner.run("", "push", {}).code == 1


@pytest.mark.parametrize(
    "payload",
    [
        "{",
        "[]",
        '{"pull_request": {"number": "x"}}',
        '{"commits": [{"id": "HEAD"}]}',
        '{"pull_request": {"number": 1e999, "head": {}, "base": {}}}',
        '{"a":' * 50_000,
        '{"pull_request": []}',
        '{"repository": "text"}',
        '{"commits": 5}',
    ],
    ids=lambda text: text[:40],
)
def test_an_invalid_event_payload_is_reported(runner, tmp_path, payload):
    file = tmp_path / "payload"
    file.write_text(payload, encoding="utf-8")

    step = runner.run("plan", "push", {}, environment={"GITHUB_EVENT_PATH": str(file)})

    assert (step.code, step.outputs["failure-reason"]) == (1, "invalid")


@pytest.mark.parametrize("payload", [None, "", "{", '{"pull_request": {"number": 7}}'])
def test_an_unreadable_payload_withdraws_its_pull_requests_approval(runner, tmp_path, payload):
    runner.plan()
    assert "reconciler-approval" in runner.comment()
    file = tmp_path / "payload"
    if payload is not None:
        file.write_text(payload, encoding="utf-8")

    given = {"GITHUB_EVENT_PATH": str(file), "GITHUB_REF": "refs/pull/7/merge", "GITHUB_BASE_REF": "main"}
    step = runner.run("plan", "pull_request", {}, environment=given)

    assert (step.code, step.outputs["failure-reason"]) == (1, "invalid")
    for message in (step.log, step.summary, runner.comment()):
        assert "payload" in message
    assert "reconciler-approval" not in runner.comment()
    assert step.outputs["comment-url"]


def test_variables_clusters_and_targets_are_given_line_by_line(runner):
    runner.write(
        "cluster: production\nvolumes: {one: {}, two: {}}\nservices: {web: {image: 'nginx:${TAG}'}}\n---\n"
        "cluster: staging\nvolumes: {one: {}}\n"
    )
    step = runner.plan(
        variables="\nTAG=1.27\n\n",
        cluster="production\n",
        target=" production/volume/two\nproduction/service/web ",
    )

    assert (step.code, step.outputs["create"]) == (0, "2"), step.log
    changes = json.loads(Path(step.outputs["plan-json"]).read_text(encoding="utf-8"))["changes"]
    assert {change["name"] for change in changes} == {"two", "web"}


@pytest.mark.parametrize(
    "separator",
    ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\r"],
    ids=ascii,
)
def test_a_value_of_one_variable_sets_no_other(runner, separator):
    """The value may be text that a stranger wrote, such as a pull request's title."""
    runner.write(
        "cluster: production\nservices: {web: {image: 'nginx:${TAG}', hosts: ['${TITLE}.example']}}\n"
    )
    whole = runner.plan(variables=f"TAG=1.27\nTITLE=hello{separator}TAG=evil")
    runner.write("cluster: production\nservices: {web: {image: 'nginx:${TAG}'}}\n")

    step = runner.plan(variables=f"TAG=1.27\nTITLE=hello{separator}TAG=evil")

    assert "evil" in whole.log
    assert "nginx:1.27" in step.log
    assert "evil" not in step.log


def test_messages_about_inputs_contain_no_secret(runner):
    runner.write("cluster: production\nsecrets: {key: {env: KEY}}\nconfigs: {page: {data: hello}}\n")
    secret = "a-secret-that-nobody-may-see"

    step = runner.run(
        "plan",
        "pull_request",
        {"pull_request": pull_body(7, head=HEAD)},
        environment={"RECONCILER_SECRET_KEY": secret},
    )

    assert step.code == 0, step.log
    assert f"::add-mask::{secret}" in step.commands
    message = [
        line for line in step.log.splitlines() if secret in line and not line.startswith("::add-mask::")
    ]
    assert message == []
    everything = runner.comment() + step.summary + json.dumps(step.outputs)
    everything += "".join(path.read_text(encoding="utf-8") for path in runner.temporary.rglob("plan.*"))
    assert secret not in everything
    assert runner.platform.value not in everything


def test_a_bug_sets_outputs_and_shows_no_value(runner, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("a value that must not be seen")

    monkeypatch.setattr("reconciler.github.run.planned", broken)

    step = runner.plan()

    assert (step.code, step.outputs["exit-code"]) == (1, "1")
    assert "must not be seen" not in step.log


def test_links_lead_to_the_github_enterprise_server(runner):
    step = runner.plan(environment={"GITHUB_SERVER_URL": "https://git.clinic.example"})

    assert "https://git.clinic.example/acme/clinic/actions/runs/77" in step.summary


def planned(step):
    """The action and name of each change in a step's plan."""
    changes = json.loads(Path(step.outputs["plan-json"]).read_text(encoding="utf-8"))["changes"]
    return {(change["action"], change["name"]) for change in changes}


def names(runner):
    """The kinds and logical names of the live volumes and configs."""
    with session_of(runner.platform) as (writer, at):
        configs = [
            config["name"] for config in writer.configs(at) if not config["name"].startswith("reconciler.")
        ]
        volumes = {f"volume/{volume['name']}" for volume in writer.volumes(at)}
        return {f"config/{config.partition('.v')[0]}" for config in configs} | volumes


def test_adopt_prune_source_and_target_apply_to_plan_and_merge(runner):
    runner.write(
        "cluster: production\nstack: shop\nconfigs: {old: {data: a}, kept: {data: a}, its: {data: a}}\n"
    )
    first = {"without_approval": "apply", "source": "a folder of before"}
    assert runner.run("apply", "workflow_dispatch", {"after": BEFORE}, **first).code == 0
    with session_of(runner.platform) as (writer, at):
        writer.create_volume(at, {"name": "theirs"})
    runner.write(
        "cluster: production\nstack: shop\nconfigs: {kept: {data: a}, its: {data: a}}\n"
        "volumes: {theirs: {}, later: {}}\n"
    )
    given = {
        "adopt": "true",
        "prune": "true",
        "source": "a folder of now",
        "target": "production/volume/theirs",
    }

    part = runner.plan(**given)
    assert planned(part) == {("adopt", "theirs")}
    assert runner.merge(**given).code == 0
    assert names(runner) == {"volume/theirs", "config/old", "config/kept", "config/its"}

    whole = runner.plan(NEXT_HEAD, number=8, **{**given, "target": ""})
    assert planned(whole) == {("adopt", "kept"), ("adopt", "its"), ("create", "later"), ("delete", "old")}
    assert "last declared by a folder of before: reconciler.yaml" in runner.comment(8)
    step = runner.merge(8, head=NEXT_HEAD, commit="5" * 40, **{**given, "target": ""})
    assert step.code == 0, step.log
    assert names(runner) == {"volume/theirs", "volume/later", "config/kept", "config/its"}
