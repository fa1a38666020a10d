"""A service whose rollout was not watched to its end is verified by the next run."""

import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from reconciler.pipeline.manifests import Manifests
from tests.faults import scenarios
from tests.faults.cases import LEASE_IS_OVER, Tally
from tests.faults.worker import Workers
from tests.faults.world import ENVIRONMENT, FOR_GOOD, FaultWorld

GOOD = """\
cluster: production
services:
  api:
    image: registry.example.com/api:1.0
    replicas: 2
    update_monitor: 0
    update_order: start-first
    update_failure_action: pause
"""
BAD = GOOD.replace("api:1.0", "api:crash")
MORE = BAD.replace("replicas: 2", "replicas: 3")


@pytest.fixture
def load(tmp_path: Path) -> Callable[[str], Manifests]:
    return lambda text: scenarios.loaded(scenarios.Side({"cluster.yaml": text}, {}), tmp_path)


def killed_after_the_write(
    world: FaultWorld, forks: Workers, folder: Path, environment: Mapping[str, str]
) -> None:
    world.faults({"kind": "hang-after", "match": {"method": "PUT"}, "seconds": FOR_GOOD})
    pid = forks.begin(
        folder=str(folder), environment=dict(environment), url=world.url, key=world.key, value=world.value,
        parallelism=4, die_after=None, out=str(folder / "out.txt"),
    )  # fmt: skip
    world.wait_until_struck("processed")
    os.kill(pid, signal.SIGKILL)
    forks.wait(pid)
    world.faults()
    world.age_leases(LEASE_IS_OVER)


def test_old_tasks_that_still_run_do_not_count_as_new(
    platform: FaultWorld, forks: Workers, tally: Tally, load: Callable[[str], Manifests], tmp_path: Path
):
    platform.reset()
    assert platform.apply(load(GOOD)).exit_code == 0
    bad = load(BAD)
    killed_after_the_write(platform, forks, tmp_path, {})
    tally.processes_killed += 1
    tally.runs += 3
    for _ in range(2):  # the second time, the record of the first counts
        found = platform.apply(bad)
        assert found.exit_code == 1, found.text
        assert "production/service/api is not up: 2 of 2 running, of the previous version" in found.text
    assert platform.plan(bad, ENVIRONMENT).changes == 0


def test_a_failed_rollout_stays_failed_until_the_service_is_up(
    platform: FaultWorld, tally: Tally, load: Callable[[str], Manifests]
):
    platform.reset()
    tally.runs += 5
    assert platform.apply(load(GOOD)).exit_code == 0
    assert platform.apply(load(BAD)).exit_code == 1
    assert platform.apply(load(BAD)).exit_code == 1, "its former tasks still run"
    assert platform.apply(load(MORE)).exit_code == 1, "another number of them says nothing of the new image"
    assert platform.apply(load(GOOD)).exit_code == 0


def test_a_service_that_came_up_later_is_recorded_as_verified(
    platform: FaultWorld, forks: Workers, tally: Tally, load: Callable[[str], Manifests], tmp_path: Path
):
    platform.reset()
    assert platform.apply(load(GOOD)).exit_code == 0
    better = load(GOOD.replace("api:1.0", "api:1.1"))
    killed_after_the_write(platform, forks, tmp_path, {})
    tally.processes_killed += 1
    tally.runs += 3
    planned = platform.plan(better, ENVIRONMENT).planned[0]
    assert [owned.name for owned in planned.plan.verify] == ["api"]
    assert platform.apply(better).exit_code == 0
    after = platform.plan(better, ENVIRONMENT).planned[0]
    assert (after.plan.verify, after.read.pending, after.read.lease) == ((), (), None)
    assert [owned.state for owned in after.read.owned] == ["verified"]
