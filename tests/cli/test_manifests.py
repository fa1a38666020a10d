import json

import pytest

from reconciler.cli import run

BROKEN = "cluster: production\nservices: {web: {imag: nginx}}\n"


@pytest.fixture(autouse=True)
def without_an_account(monkeypatch, tmp_path):
    monkeypatch.delenv("MEDSTACK_TOKEN_KEY", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("command", ["validate", "plan", "apply", "drift"])
def test_a_plan_file_is_not_read_as_a_manifest(command, tmp_path, capsys):
    (tmp_path / "my plan.json").write_text('{\n  "format_version": 1,\n  "meta": {}\n}\n', encoding="utf-8")

    assert run([command, "my plan.json"]) == 1
    assert capsys.readouterr().err == (
        "Error: my plan.json is a plan file: apply it with `reconciler apply --plan 'my plan.json' PATH`, "
        "where PATH has the manifests it was made from.\n"
    )


@pytest.mark.parametrize("command", ["validate", "plan", "apply", "drift"])
def test_errors_are_json_with_format_json(command, tmp_path, capsys):
    (tmp_path / "manifest.yaml").write_text(BROKEN, encoding="utf-8")

    assert run([command, "--format", "json"]) == 1
    (found,) = [
        diagnostic
        for diagnostic in json.loads(capsys.readouterr().out)["diagnostics"]
        if diagnostic["severity"] == "error"
    ]
    assert (found["path"], found["line"], found["hint"]) == ("manifest.yaml", 2, "did you mean image?")


@pytest.mark.parametrize("command", ["plan", "apply", "drift"])
def test_errors_are_text_on_standard_error_by_default(command, tmp_path, capsys):
    (tmp_path / "manifest.yaml").write_text(BROKEN, encoding="utf-8")

    assert run([command]) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert "manifest.yaml:2:" in output.err
