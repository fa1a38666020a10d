"""Of two simultaneous applies exactly one writes. A run whose lease is taken away deletes nothing more."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.api.client import ClusterRef, Writer
from reconciler.record import RecordStore, read, unlock
from reconciler.transport import Exchange
from tests.faults.cases import Stage, Tally
from tests.faults.scenarios import Side, loaded
from tests.faults.truth import duplicates, shape
from tests.faults.worker import Workers
from tests.faults.world import FaultWorld

RACES = 100
RECORD = "/configs"


def test_only_one_of_two_simultaneous_applies_writes(
    stages: Callable[[str], Stage], forks: Workers, tally: Tally
):
    stage = replace(stages("move"), tally=tally)
    wrong = [problem for race in range(RACES) for problem in _race(stage, forks, race)]
    assert not wrong, "\n\n".join(wrong)


BEFORE = """\
cluster: production
configs:
  old: {data: "1"}
services:
  api: {image: "nginx:1.0", update_monitor: 0}
  other: {image: "nginx:1.0", update_monitor: 0, hosts: [a.example.com]}
"""
LATE = """\
cluster: production
services:
  api: {image: "nginx:1.1", update_monitor: 0}
removed: {services: [other], configs: [old]}
"""
EARLY = """\
cluster: production
services:
  api: {image: "nginx:1.1", update_monitor: 0}
  next: {image: "nginx:1.0", update_monitor: 0, hosts: [a.example.com], depends_on: [api]}
removed: {services: [other], configs: [old]}
"""
"""The delete of ``other`` comes before the create of ``next``, which takes over its host."""


@pytest.mark.parametrize("after", [LATE, EARLY])
def test_a_run_whose_lease_was_taken_away_deletes_nothing_more(
    platform: FaultWorld, tally: Tally, tmp_path: Path, after: str
):
    platform.reset()
    assert platform.apply(loaded(Side({"cluster.yaml": BEFORE}, {}), tmp_path)).exit_code == 0
    taken = 0

    def take_away(exchange: Exchange) -> None:
        nonlocal taken
        if exchange.method == "PUT" and not taken:
            taken += 1
            _force_unlock(platform)

    ended = platform.apply(loaded(Side({"cluster.yaml": after}, {}), tmp_path), observe=take_away)
    tally.runs += 2

    assert taken == 1
    assert ended.exit_code == 1
    assert "lost to another run, or unlocked" in ended.text
    assert [outcome.status for outcome in ended.outcomes if outcome.change.action == "delete"] != []
    assert not [
        outcome
        for outcome in ended.outcomes
        if outcome.change.action == "delete" and outcome.status == "applied"
    ]
    assert {"other", "old.v1"} <= {str(body[2].get("name")) for body in platform.state()["objects"]}


def _force_unlock(platform: FaultWorld) -> None:
    with platform.session() as session:
        company = str(session.reader.company()["id"])
        for cluster in session.reader.clusters(company):
            at = ClusterRef(company, str(cluster["id"]))
            record = read(session.reader.configs(at), "default").record
            if record.lease is not None:
                unlock(RecordStore(Writer(session.calls), at, "default"), record, server=None, force=True)


def _race(stage: Stage, forks: Workers, race: int) -> list[str]:
    world, goal = stage.world, stage.goal
    world.restore(stage.before)
    outs = [stage.folder / f"racer-{number}.txt" for number in range(2)]
    racers = [
        forks.begin(
            folder=str(stage.folder), environment=dict(stage.environment), url=world.url, key=world.key,
            value=world.value, parallelism=4, die_after=None, out=str(out),
        )
        for out in outs
    ]  # fmt: skip
    codes = sorted(forks.wait(racer) for racer in racers)
    stage.tally.races_for_the_lease += 1
    stage.tally.runs += 2
    output = "\n".join(out.read_text(encoding="utf-8") for out in outs)
    state = world.state()
    wrong = duplicates(state)
    # The other run was refused, or started so late that it had nothing to do.
    writers = [out for out in outs if "\napplied " in out.read_text(encoding="utf-8")]
    if len(writers) != 1 or codes not in ([0, 3], [0, 0]):
        wrong.append(f"{len(writers)} wrote, exit codes {codes}")
    if shape(state, stage.secrets) != goal:
        wrong.append("another final state")
    return [f"race {race}: {problem}\n{output}" for problem in wrong]
