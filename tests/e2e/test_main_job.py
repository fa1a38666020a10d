"""From manifests to a running cluster and an empty plan, as a user does it."""

import json
import shutil
from pathlib import Path

import pytest

from tests.e2e.conftest import REPOSITORY, Bench

EXAMPLES = sorted(
    path.name for path in (REPOSITORY / "examples").iterdir() if path.is_dir() and any(path.glob("*.yaml"))
)
SECRETS = {"RECONCILER_SECRET_DATABASE_PASSWORD": "correct horse", "RECONCILER_SECRET_SESSION_KEY": "battery"}
SECRETS_OF_EXAMPLES = {"env": SECRETS}


@pytest.mark.parametrize("example", [name for name in EXAMPLES if name != "workflows"])
def test_after_an_apply_of_an_example_the_plan_is_empty(bench: Bench, example: str) -> None:
    shutil.copytree(REPOSITORY / "examples" / example, bench.folder / example)

    applied = bench.run("apply", example, "--yes", env=SECRETS)
    assert applied.code == 0, applied.text
    assert "Apply complete" in applied.out

    planned = bench.run("plan", example, "--detailed-exitcode", env=SECRETS)
    assert planned.code == 0, planned.text
    assert "No changes" in planned.out


def test_the_quickstart_needs_no_account_and_has_no_changes_afterwards(tmp_path: Path, run) -> None:
    shutil.copytree(REPOSITORY / "examples" / "quickstart", tmp_path / "quickstart")

    first = run("apply", "quickstart", "--emulator", "--yes")
    assert first.code == 0, first.text
    assert "Apply complete: 4 applied." in first.out

    again = run("apply", "quickstart", "--emulator", "--yes")
    assert again.code == 0, again.text
    assert "No changes" in again.text
    assert "Nothing to apply" in again.out


def test_the_next_apply_verifies_a_rollout_that_was_not_watched(bench: Bench) -> None:
    bench.write("cluster: production\nservices: {web: {image: 'nginx:1.27', update_monitor: 1}}\n")

    first = bench.run("apply", "--yes", "--no-wait")
    assert first.code == 0, first.text
    assert "accepted; its rollout was not watched" in first.err

    second = bench.run("apply", "--yes", "--format", "json")
    assert second.code == 0, second.text
    report = json.loads(second.out)
    assert (report["outcomes"], report["complete"]) == ([], True)
    assert report["verified"] == [{"cluster": "production", "kind": "service", "name": "web"}]

    assert "Nothing to apply" in bench.run("apply", "--yes").out


BEFORE = """\
cluster: production
nodes: {node_size_kwM9o3B8: 1}
volumes: {data: {}}
configs: {settings: {data: "a = 1\\n"}}
secrets: {token: {env: TOKEN}}
services:
  api:
    image: registry.example.com/api:1
    update_monitor: 1
    mounts: ["data:/data"]
    placement_constraints: ["node.hostname == node-1"]
    secrets: [token]
    configs: [settings]
    environment_variables: {LOG_LEVEL: info}
webhooks: {deploys: {url: "https://hooks.example.com/one"}}
"""
AFTER = (
    BEFORE.replace("B8: 1", "B8: 2")
    .replace("data: {}}", "data: {}, more: {}}")
    .replace("a = 1", "a = 2")
    .replace("api:1", "api:2")
    .replace("/one", "/two")
)
GONE = """\
cluster: production
removed:
  services: [api]
  volumes: [data, more]
  configs: [settings]
  secrets: [token]
  webhooks: [deploys]
"""


def test_every_kind_is_created_updated_and_deleted(bench: Bench) -> None:
    first, two = (
        {"RECONCILER_SECRET_TOKEN": "one-value"},
        {"RECONCILER_SECRET_TOKEN": "two-value"},
    )
    bench.write(BEFORE)
    assert _actions(bench, env=first) == {
        ("volume", "data"): "create",
        ("config", "settings"): "create",
        ("secret", "token"): "create",
        ("service", "api"): "create",
        ("webhook", "deploys"): "create",
    }
    assert bench.run("apply", "--yes", env=first).code == 0
    assert _actions(bench, env=first) == {}

    bench.write(AFTER)
    assert _actions(bench, env=two) == {
        ("node", "node_size_kwM9o3B8"): "create",
        ("volume", "more"): "create",
        ("config", "settings"): "replace",
        ("secret", "token"): "replace",
        ("service", "api"): "update",
        ("webhook", "deploys"): "update",
    }
    assert bench.run("apply", "--yes", env=two).code == 0
    assert _actions(bench, env=two) == {}

    bench.write(GONE)
    ended = bench.run("apply", "--yes")
    assert ended.code == 0, ended.text
    assert _actions(bench) == {}
    status = json.loads(bench.run("status", "--cluster", "production", "--format", "json").out)
    assert status


def _actions(bench: Bench, **options) -> dict[tuple[str, str], str]:
    return {(change["kind"], change["name"]): change["action"] for change in bench.plan(**options)["changes"]}


def test_an_empty_list_clears_and_a_missing_field_is_kept(bench: Bench) -> None:
    bench.write(
        "cluster: production\nservices:\n  api: {image: 'a:1', update_monitor: 1, hosts: [a.example.com], port: 80}\n"
    )
    assert bench.run("apply", "--yes").code == 0
    bench.write("cluster: production\nservices:\n  api: {image: 'a:1', hosts: []}\n")

    changes = bench.plan()["changes"]

    assert [field["path"] for change in changes for field in change["fields"]] == ["hosts"]
    assert bench.run("apply", "--yes").code == 0
    assert bench.plan()["changes"] == []


def test_apply_asks_and_accepts_only_yes(bench: Bench) -> None:
    bench.write("cluster: production\nvolumes: {data: {}}\n")

    refused = bench.run("apply")

    assert refused.code == 1
    assert "--yes" in refused.err
    assert len(bench.plan()["changes"]) == 1


def test_a_plan_file_is_an_approval(bench: Bench) -> None:
    key = {"RECONCILER_PLAN_KEY": "a-plan-key-of-this-project-that-is-long-enough"}
    bench.write("cluster: production\nvolumes: {data: {}}\n")
    assert bench.run("plan", "--out", "approved.json", env=key).code == 0

    bench.write("cluster: production\nvolumes: {data: {}, more: {}}\n")
    unlike = bench.run("apply", "--plan", "approved.json", "--yes", env=key)
    assert unlike.code == 3, unlike.text
    assert "more" in unlike.err

    bench.write("cluster: production\nvolumes: {data: {}}\n")
    assert bench.run("apply", "--plan", "approved.json", "--yes").code == 3
    assert bench.run("apply", "--plan", "approved.json", "--yes", env=key).code == 0
    assert bench.plan()["changes"] == []


def test_existing_objects_are_adopted_only_with_adopt(bench: Bench) -> None:
    bench.write(
        "cluster: production\nstack: one\nvolumes: {data: {}}\nservices: {api: {image: 'a:1', update_monitor: 1}}\n"
    )
    assert bench.run("apply", "--yes").code == 0
    bench.write("cluster: production\nstack: one\nreleased: {volumes: [data], services: [api]}\n")
    assert bench.run("apply", "--yes").code == 0
    bench.write("cluster: production\nstack: two\nvolumes: {data: {}}\nservices: {api: {image: 'a:1'}}\n")

    assert bench.run("apply", "--yes").code == 3
    adopted = bench.run("apply", "--yes", "--adopt")

    assert adopted.code == 0, adopted.text
    assert bench.plan()["changes"] == []


def test_guards_refuse_and_say_how_to_consent(bench: Bench) -> None:
    bench.write("cluster: production\nvolumes: {data: {}, more: {}}\n")
    assert bench.run("apply", "--yes").code == 0
    bench.write("cluster: production\nvolumes: {more: {}}\n")

    refused = bench.run("apply", "--yes")

    assert refused.code == 3
    assert "removed.volumes" in refused.err
    bench.write("cluster: production\nvolumes: {more: {}}\nremoved: {volumes: [data]}\n")
    assert bench.run("apply", "--yes").code == 0
