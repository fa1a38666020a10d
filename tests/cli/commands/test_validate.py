import json

import pytest

from reconciler.cli import run

VALID = "cluster: production\nservices:\n  api:\n    image: registry.example.com/api:1\n"
INVALID = "cluster: production\nservices:\n  api:\n    image: 5\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_valid_manifests_are_counted(folder, capsys):
    (folder / "a.yaml").write_text(VALID, encoding="utf-8")
    (folder / "b.yaml").write_text("cluster: production\nvolumes:\n  data: {}\n", encoding="utf-8")

    assert run(["validate"]) == 0
    assert capsys.readouterr().err.endswith("Valid: 2 objects in 2 files.\n")


def test_an_error_exits_1_and_shows_its_place(folder, capsys):
    (folder / "a.yaml").write_text(INVALID, encoding="utf-8")

    assert run(["validate"]) == 1
    assert capsys.readouterr().out.startswith("a.yaml:4:5: error: ")


def test_the_result_can_be_json(folder, capsys):
    (folder / "a.yaml").write_text(INVALID, encoding="utf-8")

    assert run(["validate", "--format", "json"]) == 1

    found = json.loads(capsys.readouterr().out)
    assert found["summary"]["errors"] == 1
    assert found["diagnostics"][0]["path"] == "a.yaml"


def test_a_variable_replaces_its_references(folder, capsys):
    (folder / "a.yaml").write_text(VALID.replace("api:1", "api:${TAG}"), encoding="utf-8")

    assert run(["validate", "-q"]) == 1
    assert run(["validate", "-q", "--var", "TAG=1"]) == 0
