from pathlib import Path

import pytest

from reconciler.cli import run
from reconciler.cli.plans import plan_file
from reconciler.errors import Refused, UsageError

REPOSITORY = Path(__file__).parents[2]


def test_a_binary_file_is_refused_as_plan_file(tmp_path):
    path = tmp_path / "plan.json"
    path.write_bytes(b"\xff\xfe")

    with pytest.raises(UsageError, match="is not a plan file: it is not UTF-8 text"):
        plan_file(path)


def test_no_more_of_a_plan_file_is_read_than_it_may_have(tmp_path, monkeypatch):
    monkeypatch.setattr("reconciler.planfile.file.LIMIT", 10)
    path = tmp_path / "plan.json"
    path.write_bytes(b"x" * 100_000 + b"\xff")

    with pytest.raises(Refused, match="more than 10 characters"):
        plan_file(path)


def test_an_apply_reads_its_plan_file_before_any_request(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("MEDSTACK_TOKEN_KEY", raising=False)
    (tmp_path / "plan.json").write_text("{}", encoding="utf-8")

    assert run(["apply", "--plan", str(tmp_path / "plan.json"), str(tmp_path), "--yes"]) == 3
    assert "This is JSON, but not a plan file" in capsys.readouterr().err


@pytest.mark.parametrize("style, coloured", [(["--no-color"], False), ([], True)])
def test_piped_output_is_coloured_on_request(style, coloured, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)

    assert run(["validate", str(REPOSITORY / "docs" / "broken.yaml"), *style]) == 1
    assert ("\x1b[" in capsys.readouterr().out) is coloured
