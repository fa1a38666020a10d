"""Importing from a cluster that is partly managed already."""

import json
from collections.abc import Iterator

import pytest
import yaml

from tests.e2e.conftest import Bench
from tests.pipeline.outside import Outside


@pytest.fixture
def outside(bench: Bench) -> Iterator[Outside]:
    with Outside(bench.server) as api:
        yield api


OURS = """\
cluster: production
secrets: {key: {env: KEY}}
configs: {site: {data: one}}
volumes: {data: {}}
services: {web: {image: "web:1", secrets: [key], update_monitor: 1}}
"""


def test_unmanaged_objects_of_a_partly_managed_cluster_are_imported_cleanly(
    bench: Bench, outside: Outside
) -> None:
    env = {"RECONCILER_SECRET_KEY": "hunter2"}
    bench.write(OURS, "ours.yaml")
    assert bench.run("apply", "--yes", env=env).code == 0
    file = {"uid": "0", "gid": "0", "mode": "292"}
    outside.make(
        "services",
        name="new",
        image="new:1",
        secrets=[{"name": "key.v1", "file_name": "key", **file}],
        configs=[{"name": "site.v1", "file_name": "/etc/site", **file}],
        mounts=[{"source": "data", "target": "/data", "readonly": False}],
        environment_variables=[{"key": "A", "value": "1"}, {"key": "DB_PASSWORD", "value": "hunter2"}],
    )

    ended = bench.run("import", "production", "--out", "more")

    assert ended.code == 0, ended.text
    (written,) = (bench.folder / "more").glob("*.yaml")
    text = written.read_text(encoding="utf-8")
    assert "hunter2" not in text
    manifest = yaml.safe_load(text)
    assert manifest["stack"] == "imported"
    assert manifest["volumes"] == {"data": {"external": True}}
    assert manifest["secrets"] == {"key": {"external": {"stack": "default"}}}
    assert list(manifest["services"]) == ["new"]
    assert manifest["services"]["new"]["mounts"] == ["data:/data"]
    for where in ("more", "."):
        planned = json.loads(bench.run("plan", where, "--adopt", "--format", "json", env=env).out)
        assert [(change["action"], change["name"], change["fields"]) for change in planned["changes"]] == [
            ("adopt", "new", [])
        ]
        assert planned["refusals"] == []
    assert bench.run("apply", "--adopt", "--yes", env=env).code == 0
    assert "No changes" in bench.run("plan", env=env).out
    bench.write(OURS.replace("data: one", "data: two"), "ours.yaml")
    assert bench.run("apply", "--yes", env=env).code == 0
    assert outside.named("services", "new")["configs"][0]["name"] == "site.v2"
    assert {
        variable["key"]: variable["value"]
        for variable in outside.named("services", "new")["environment_variables"]
    } == {
        "A": "1",
        "DB_PASSWORD": "hunter2",
    }
