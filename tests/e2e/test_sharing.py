"""Two stacks of a cluster: one uses the other's objects, or both adopt the same object."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.conftest import Bench
from tests.pipeline.outside import Outside

OWNER = "cluster: production\nstack: shared\nconfigs: {{site: {{data: {value}}}}}\n"
USER = """\
cluster: production
stack: app
configs: {site: {external: true}}
services: {web: {image: "web:1", configs: [site], update_monitor: 1}}
"""


@pytest.fixture
def outside(bench: Bench) -> Iterator[Outside]:
    with Outside(bench.server) as api:
        yield api


def mounted(outside: Outside) -> list[str]:
    return [config["name"] for config in outside.named("services", "web")["configs"]]


def test_a_stack_uses_another_stacks_object_and_follows_its_versions(bench: Bench, outside: Outside) -> None:
    bench.write(USER, "all/app.yaml")
    bench.write(OWNER.format(value="one"), "all/shared.yaml")

    first = bench.run("apply", "all", "--yes")

    assert first.code == 0, first.text
    assert mounted(outside) == ["site.v1"]
    for version, value in enumerate(("two", "three", "four"), start=2):
        bench.write(OWNER.format(value=value), "all/shared.yaml")
        assert bench.run("apply", "all", "--yes").code == 0
        assert mounted(outside) == [f"site.v{version}"]
        assert "No changes" in bench.run("plan", "all").out
    there = [config["name"] for config in outside.all("configs") if config["name"].startswith("site.")]
    assert sorted(there) == ["site.v2", "site.v3", "site.v4"]


def test_the_owners_plan_names_services_on_an_old_version_and_keeps_it(
    bench: Bench, outside: Outside
) -> None:
    bench.write(USER, "app/app.yaml")
    for value in ("one", "two", "three", "four"):
        bench.write(OWNER.format(value=value), "shared/shared.yaml")
        ended = bench.run("apply", "shared", "--yes")
        assert ended.code == 0, ended.text
        if value == "one":
            assert bench.run("apply", "app", "--yes").code == 0

    notes = str(bench.plan(folder="shared")["notes"])

    assert (
        "the service web of the stack app still mounts it: apply app so that it uses the new version" in notes
    )
    assert mounted(outside) == ["site.v1"]
    assert "site.v1 -> site.v4" in bench.run("plan", "app").out.replace("→", "->").replace('"', "")
    assert bench.run("apply", "app", "--yes").code == 0
    assert mounted(outside) == ["site.v4"]


def test_an_unmanaged_external_volume_is_mounted_and_kept(bench: Bench, outside: Outside) -> None:
    outside.make("volumes", name="data")
    bench.write(
        "cluster: production\nvolumes: {data: {external: true}}\n"
        "services: {web: {image: 'web:1', mounts: ['data:/data'], update_monitor: 1}}\n"
    )

    assert bench.run("apply", "--yes").code == 0
    assert "No changes" in bench.run("plan").out
    bench.write("cluster: production\nremoved: {services: [web]}\n")
    assert bench.run("apply", "--yes").code == 0
    assert [volume["name"] for volume in outside.all("volumes")] == ["data"]


@pytest.mark.parametrize("round_", range(8))
def test_two_stacks_that_adopt_the_same_object_at_once_never_both_own_it(
    bench: Bench, outside: Outside, round_: int
) -> None:
    outside.make("volumes", name="data")
    outside.make("services", name="web", image="web:1")
    for stack in ("a", "b"):
        bench.write(
            f"cluster: production\nstack: {stack}\nvolumes: {{data: {{}}}}\n"
            "services: {web: {image: 'web:1', update_monitor: 1}}\n",
            f"{stack}/m.yaml",
        )

    with ThreadPoolExecutor(2) as threads:
        ended = list(threads.map(lambda stack: bench.run("apply", stack, "--adopt", "--yes"), ("a", "b")))

    owners = json.loads(bench.run("status", "--format", "json").out)
    owned = [
        (item["kind"], item["name"])
        for cluster in owners["clusters"]
        for stack in cluster["stacks"]
        for item in stack["objects"]
    ]
    assert len(owned) == len(set(owned)), (owned, [run.text for run in ended])
    assert all(run.code in (0, 1, 3) for run in ended)
    assert [volume["name"] for volume in outside.all("volumes")] == ["data"]
    assert sum(run.code == 0 for run in ended) <= 1
