"""Two hundred clusters and eight jobs: each cluster is planned and applied by exactly one job."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler import emulator
from tests.e2e.conftest import Bench

CLUSTERS = [f"clinic-{number:03d}" for number in range(200)]
SHARDS = 8
MANIFEST = """\
cluster: {cluster}
configs: {{site: {{data: "{cluster}"}}}}
services: {{web: {{image: "nginx:1.27", configs: [site], update_monitor: 1}}}}
"""


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with emulator.serve(pace=0.0, clusters=CLUSTERS) as server:
        bench = Bench(tmp_path_factory.mktemp("fleet"), server)
        for cluster in CLUSTERS:
            bench.write(MANIFEST.format(cluster=cluster), f"fleet/{cluster}.yaml")
        yield bench


@pytest.fixture(scope="module")
def jobs(fleet: Bench) -> list[str]:
    """The shards of the matrix, as in a workflow."""
    ended = fleet.run("clusters", "--matrix", "fleet", "--shards", str(SHARDS))
    assert ended.code == 0, ended.text
    return [job["shard"] for job in json.loads(ended.out)["include"]]


@pytest.fixture(scope="module")
def plans(fleet: Bench, jobs: list[str]) -> list[Path]:
    """The plan of each job, before any is applied."""
    files = [fleet.folder / f"{shard.replace('/', '-of-')}.plan.json" for shard in jobs]
    for shard, file in zip(jobs, files, strict=True):
        ended = fleet.run("plan", "fleet", "--shard", shard, "--out", file.name)
        assert ended.code == 0, ended.text
    return files


def test_every_cluster_is_planned_exactly_once(plans: list[Path]) -> None:
    changes = Counter(
        (change["cluster"], change["kind"], change["name"])
        for file in plans
        for change in json.loads(file.read_text(encoding="utf-8"))["changes"]
    )

    assert changes == Counter(
        (cluster, *identity) for cluster in CLUSTERS for identity in (("config", "site"), ("service", "web"))
    )


def test_the_plans_of_all_jobs_make_one_report(fleet: Bench, plans: list[Path]) -> None:
    ended = fleet.run("show", *(file.name for file in plans))

    assert ended.code == 0, ended.text
    assert "Plan: 400 to create" in ended.out


def test_each_job_applies_its_part_and_no_changes_remain(
    fleet: Bench, jobs: list[str], plans: list[Path]
) -> None:
    for shard, file in zip(jobs, plans, strict=True):
        ended = fleet.run("apply", "fleet", "--shard", shard, "--plan", file.name, "--yes", "-q", "--no-wait")
        assert ended.code == 0, ended.text

    left = fleet.run("plan", "fleet", "--detailed-exitcode")
    assert left.code == 2, left.text
    assert f"No changes, but {len(CLUSTERS)} to verify again." in left.out

    waited = fleet.run("apply", "fleet", "--shard", jobs[0], "--yes", "-q")
    assert waited.code == 0, waited.text

    verified = fleet.run("plan", "fleet", "--shard", jobs[0], "--detailed-exitcode")
    assert verified.code == 0, verified.text
    assert "No changes. Live state matches the manifests." in verified.out


def test_a_shard_without_clusters_has_nothing_to_do(fleet: Bench) -> None:
    fleet.write(MANIFEST.format(cluster=CLUSTERS[0]), "one/one.yaml")
    taken = json.loads(fleet.run("clusters", "--matrix", "one").out)["include"]
    assert len(taken) == 1
    other = next(f"{number}/8" for number in range(1, 9) if f"{number}/8" != taken[0]["shard"])

    ended = fleet.run("plan", "one", "--shard", other, "--detailed-exitcode")

    assert ended.code == 0, ended.text
