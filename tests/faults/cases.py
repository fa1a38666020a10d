"""One fault at one request of one apply: what it does to the run, and whether one more run makes it good."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.pipeline.manifests import Loaded
from tests.faults import scenarios
from tests.faults.truth import duplicates, lies, machines, shape
from tests.faults.world import ENVIRONMENT, HANG, Result, World

LEASE_IS_OVER = 200.0
"""Seconds after which a lease that nobody renews has run out."""
KINDS = (
    "drop-before", "drop-after", "500-before", "500-after", "502-html", "429", "half-json", "truncated", "hang",
    "hang-after", "html-200", "401", "403", "404", "409",
)  # fmt: skip
ABSORBED_IN_READS = frozenset(KINDS) - {"401", "403", "404", "409"}
"""What a read is repeated after: one such fault must not fail a run."""
UNRECORDED = "the record could not be written"


@dataclass
class Tally:
    """What is told at the end of a session."""

    faults: int = 0
    kills: int = 0
    runs: int = 0
    absorbed: int = 0
    converged: int = 0
    duplicates: int = 0
    leaks: int = 0
    lies: int = 0

    def add(self, other: Mapping[str, int]) -> None:
        for name, count in other.items():
            setattr(self, name, getattr(self, name) + count)


@dataclass
class Stage:
    """A scenario on a world: where it starts from, what it must end at, and which requests that takes."""

    world: World
    before: Any
    manifests: Loaded
    secrets: tuple[str, ...]
    goal: Mapping[str, Any]
    machines: Mapping[str, int]
    requests: tuple[tuple[str, str], ...]
    tally: Tally = field(default_factory=Tally)


def stage(world: World, name: str, folder: Path) -> Stage:
    """Go through a scenario once without faults."""
    scenario = scenarios.SCENARIOS[name]
    before, after = scenarios.sides(name, folder)
    world.reset()
    if before is not None:
        begun = world.apply(before)
        assert begun.exit_code == 0, begun.text
    start = world.state()
    world.restore(start)
    done = world.apply(after)
    assert done.exit_code == 0, done.text
    requests = tuple((entry["method"], entry["path"]) for entry in world.journal())
    end = world.state()
    secrets = tuple({*scenario.after.secrets.values(), *(scenario.before.secrets.values() if scenario.before else ())})
    return Stage(world, start, after, secrets, shape(end, secrets), machines(end), requests)


def struck(stage: Stage, kind: str, number: int, *, parallelism: int = 1) -> list[str]:
    """What is wrong after a fault at the ``number``-th request; nothing, if all is as it must be."""
    world = stage.world
    world.restore(stage.before)
    seconds = 0.02 if kind == "429" else HANG
    world.faults({"kind": kind, "match": {"nth": number}, "seconds": seconds})
    first = world.apply(stage.manifests, parallelism=parallelism)
    stage.tally.faults += 1
    stage.tally.runs += 1
    settled(world)
    world.faults()
    wrong = after_a_run(stage, first)
    method, path = stage.requests[number - 1] if number <= len(stage.requests) else ("?", "?")
    if first.exit_code == 0:
        stage.tally.absorbed += 1
    elif kind in ABSORBED_IN_READS and method == "GET":
        wrong.append(f"a read that can be repeated failed the run: {first.text}")
    wrong += converges(stage, unrecorded=any(UNRECORDED in one for one in first.problems))
    return [f"{kind} at request {number} ({method} {path}): {one}\n{first.text}" for one in wrong]


def settled(world: World) -> None:
    """Wait until a request that hangs has come to its end."""
    held = [one for one in world.journal() if one["fault"] in ("hang", "hang-after") and not one["processed"]]
    for entry in held:
        world.wait_until_processed(entry["seq"])


def after_a_run(stage: Stage, result: Result) -> list[str]:
    """Whether the run was honest and did nothing twice."""
    state = stage.world.state()
    twice = duplicates(state) + [
        f"{count} nodes of {size} instead of {stage.machines.get(size, 0)}"
        for size, count in machines(state).items()
        if count > max(stage.machines.get(size, 0), machines(stage.before).get(size, 0))
    ]
    told = lies(stage.world, result)
    stage.tally.duplicates += len(twice)
    stage.tally.lies += len(told)
    if result.exit_code not in (0, 1, 3):
        told.append(f"exit code {result.exit_code}")
    if result.exit_code != 0 and not result.problems and all(one.status == "applied" for one in result.outcomes):
        told.append("failed, and nothing is said of why")
    return [*twice, *told]


def converges(stage: Stage, *, unrecorded: bool = False) -> list[str]:
    """Whether one more run leads to the goal. After a lost record it may have to wait for the lease to end."""
    world = stage.world
    planned = world.plan(stage.manifests, ENVIRONMENT)
    if planned.changes or any(one.read.pending or one.plan.verify or one.read.lease for one in planned.planned):
        again = world.apply(stage.manifests)
        stage.tally.runs += 1
        if again.exit_code == 3 and unrecorded:
            world.ahead(LEASE_IS_OVER)
            again = world.apply(stage.manifests)
            stage.tally.runs += 1
        if again.exit_code != 0:
            return [f"the next run did not succeed: {again.text}"]
        if left := world.plan(stage.manifests, ENVIRONMENT).changes:
            return [f"{left} changes are left after the next run"]
    state = world.state()
    twice = duplicates(state)
    stage.tally.duplicates += len(twice)
    reached = shape(state, stage.secrets)
    if reached != stage.goal:
        return [*twice, f"another final state: {difference(reached, stage.goal)}"]
    stage.tally.converged += 1
    return twice


def difference(reached: Mapping[str, Any], goal: Mapping[str, Any]) -> str:
    """In what two shapes differ, without values of secrets."""
    parts = []
    for key in sorted({*reached, *goal}):
        if reached.get(key) != goal.get(key):
            if "/record/" in key:
                mine, theirs = reached.get(key), goal.get(key)
                parts.append(f"{key}: {_record_difference(mine, theirs)}")
            else:
                how = "differs" if key in reached and key in goal else "missing" if key in goal else "too much"
                parts.append(f"{key}: {how}")
    return "; ".join(parts)


def _record_difference(mine: Any, theirs: Any) -> str:
    if mine is None or theirs is None:
        return "there is none" if mine is None else "there is one"
    extra = [one for one in mine[0] if one not in theirs[0]]
    lacks = [one for one in theirs[0] if one not in mine[0]]
    return f"too much {extra}, lacks {lacks}, pending {len(mine[1])}, lease {mine[2]}"
