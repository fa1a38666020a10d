"""A plan file approves the planned changes with their values, each of them once."""

import json

import pytest

from reconciler import cli, emulator

KEY = "a-plan-key-of-this-project-that-is-long-enough"
VALUE = "cluster: production\nsecrets: {password: {env: PASSWORD}}\n"
VOLUME = "cluster: production\nvolumes: {data: {}}\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    with emulator.serve(pace=0) as server:
        monkeypatch.setenv("MEDSTACK_API_URL", server.url)
        monkeypatch.setenv("MEDSTACK_TOKEN_KEY", server.key)
        monkeypatch.setenv("MEDSTACK_TOKEN_VALUE", server.value)
        monkeypatch.setenv("RECONCILER_DIGEST_KEY", "a-digest-key-that-is-long-enough")
        monkeypatch.setenv("RECONCILER_PLAN_KEY", KEY)
        monkeypatch.setenv("RECONCILER_SECRET_PASSWORD", "one")
        monkeypatch.chdir(tmp_path)
        (tmp_path / "site.yaml").write_text(VALUE, encoding="utf-8")
        yield tmp_path


def apply(*more):
    return cli.run(["apply", "--plan", "it.plan", "--yes", "site.yaml", *more])


def test_a_plan_approved_with_one_value_does_not_apply_another(folder, monkeypatch, capsys):
    assert cli.run(["apply", "--yes"]) == 0
    monkeypatch.setenv("RECONCILER_SECRET_PASSWORD", "two")
    assert cli.run(["plan", "--out", "it.plan", "site.yaml"]) == 0

    monkeypatch.setenv("RECONCILER_SECRET_PASSWORD", "three")
    assert apply() == 3
    assert "a value has changed since" in capsys.readouterr().err

    monkeypatch.setenv("RECONCILER_SECRET_PASSWORD", "two")
    assert apply() == 0


def test_without_a_key_a_plan_file_approves_no_masked_value_and_says_so(folder, monkeypatch, capsys):
    monkeypatch.delenv("RECONCILER_PLAN_KEY")

    assert cli.run(["plan", "--out", "it.plan", "site.yaml"]) == 0
    assert "It does not approve production/secret/password" in capsys.readouterr().err
    assert apply() == 3
    assert "set RECONCILER_PLAN_KEY for the plan and for the apply" in capsys.readouterr().err


def test_a_plan_file_can_be_used_once(folder, capsys):
    (folder / "site.yaml").write_text(VOLUME, encoding="utf-8")
    assert cli.run(["plan", "--out", "it.plan", "site.yaml"]) == 0
    assert apply() == 0
    (folder / "site.yaml").write_text("cluster: production\nremoved: {volumes: [data]}\n", encoding="utf-8")
    assert cli.run(["apply", "--yes", "site.yaml"]) == 0
    (folder / "site.yaml").write_text(VOLUME, encoding="utf-8")

    assert apply() == 3
    assert "create was approved once, and has been applied" in capsys.readouterr().err


@pytest.mark.parametrize("more", [["--adopt"], ["--prune"], ["--var", "A=1"]], ids=lambda options: options[0])
def test_options_that_change_a_plan_must_be_as_approved(folder, capsys, more):
    (folder / "site.yaml").write_text(VOLUME, encoding="utf-8")
    assert cli.run(["plan", "--out", "it.plan", "site.yaml"]) == 0

    assert apply(*more) == 3
    assert "it was approved with" in capsys.readouterr().err
    assert apply() == 0


GIVES = "cluster: production\nstack: gives\nvolumes: {data: {}, rest: {}}\n"
GAVE = "cluster: production\nstack: gives\nvolumes: {rest: {}}\n"
TAKES = "cluster: production\nstack: takes\nvolumes: {own: {}%s}\n%s"
MOVED = (", data: {}", "moved: {from: volume/data, stack: gives}\n")


def apply_stacks(*more):
    return cli.run(["apply", "--yes", *more, "stacks"])


def plan_stacks():
    return cli.run(["plan", "--out", "it.plan", "stacks", "--detailed-exitcode"])


@pytest.fixture
def stacks(folder):
    place = folder / "stacks"
    place.mkdir()
    (place / "gives.yaml").write_text(GIVES, encoding="utf-8")
    (place / "takes.yaml").write_text(TAKES % ("", ""), encoding="utf-8")
    assert apply_stacks() == 0
    return place


def owner(capsys):
    capsys.readouterr()
    assert cli.run(["status", "--format", "json"]) == 0
    clusters = json.loads(capsys.readouterr().out)["clusters"]
    return [
        stack["stack"]
        for cluster in clusters
        for stack in cluster["stacks"]
        if "data" in [item["name"] for item in stack["objects"]]
    ]


def test_a_move_between_stacks_needs_an_approval_with_the_move(stacks, capsys):
    assert plan_stacks() == 0
    (stacks / "gives.yaml").write_text(GAVE, encoding="utf-8")
    (stacks / "takes.yaml").write_text(TAKES % MOVED, encoding="utf-8")

    assert apply_stacks("--plan", "it.plan") == 3
    output = capsys.readouterr().err
    assert (
        "production/volume/data: its move from stack gives: volume/data to stack takes was not approved"
        in output
    )
    assert owner(capsys) == ["gives"]

    assert plan_stacks() == 2
    assert apply_stacks("--plan", "it.plan") == 0
    assert owner(capsys) == ["takes"]
    assert plan_stacks() == 0


def test_an_approved_move_can_be_used_once(stacks, capsys):
    (stacks / "gives.yaml").write_text(GAVE, encoding="utf-8")
    (stacks / "takes.yaml").write_text(TAKES % MOVED, encoding="utf-8")
    assert plan_stacks() == 2
    assert apply_stacks("--plan", "it.plan") == 0
    (stacks / "gives.yaml").write_text(
        f"{GIVES}moved: {{from: volume/data, stack: takes}}\n", encoding="utf-8"
    )
    (stacks / "takes.yaml").write_text(TAKES % ("", ""), encoding="utf-8")
    assert apply_stacks() == 0
    assert owner(capsys) == ["gives"]
    (stacks / "gives.yaml").write_text(GAVE, encoding="utf-8")
    (stacks / "takes.yaml").write_text(TAKES % MOVED, encoding="utf-8")

    assert apply_stacks("--plan", "it.plan") == 3
    assert "its move was approved once, and has been applied" in capsys.readouterr().err
    assert owner(capsys) == ["gives"]


def test_renames_of_secrets_configs_and_webhooks_are_approved_too(folder, capsys):
    text = "cluster: production\nconfigs: {%s: {data: x}}\n%s"
    (folder / "site.yaml").write_text(text % ("one", ""), encoding="utf-8")
    assert cli.run(["apply", "--yes", "site.yaml"]) == 0
    assert cli.run(["plan", "--out", "it.plan", "site.yaml"]) == 0
    (folder / "site.yaml").write_text(
        text % ("two", "moved: {from: config/one, to: config/two}\n"), encoding="utf-8"
    )

    assert apply() == 3
    assert "its move from config/one to config/two was not approved" in capsys.readouterr().err
    assert cli.run(["plan", "--out", "it.plan", "site.yaml"]) == 0
    assert apply() == 0
