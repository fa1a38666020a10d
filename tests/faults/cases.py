"""One fault at one request of an apply: its effect on the run, and whether another run completes the work."""

import os
import signal
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from reconciler.model import Change
from reconciler.pipeline.manifests import Manifests
from reconciler.transport import Exchange
from tests.faults.scenarios import Scenario, loaded
from tests.faults.truth import duplicates, lies, machines, shape
from tests.faults.worker import Workers
from tests.faults.world import ENVIRONMENT, FOR_GOOD, HANG, IMPATIENT, TIMEOUT, ApplyEnd, FaultWorld

LONGEST = 25.0
"""The longest pause of a run in seconds with any fault; much less than all its retries could take."""
HOLDS = frozenset({"hang", "hang-after"})
LEASE_IS_OVER = 200.0
"""Seconds after which a lease that is not renewed has expired."""
KINDS = (
    "drop-before", "drop-after", "500-before", "500-after", "502-html", "429", "half-json", "truncated", "hang",
    "hang-after", "html-200", "401", "403", "404", "409",
)  # fmt: skip
ABSORBED_IN_READS = frozenset(KINDS) - {"401", "403", "404", "409"}
"""The faults after which a read is repeated: one of them must not fail a run."""
UNRECORDED = "the record was not written at the end"


SHARE = 3
"""In a first apply, whose requests are similar, each request gets only every third kind of fault."""


@dataclass
class Tally:
    """The counts that are printed at the end of a session."""

    faults_injected: int = 0
    processes_killed: int = 0
    runs_interrupted: int = 0
    races_for_the_lease: int = 0
    changed_by_somebody_else: int = 0
    runs: int = 0
    absorbed_in_the_same_run: int = 0
    converged_in_one_more_run: int = 0
    not_converged: int = 0
    made_twice: int = 0
    lost_updates: int = 0
    false_reports: int = 0
    leaked_values: int = 0

    def counts(self) -> dict[str, int]:
        return asdict(self)

    def table(self) -> str:
        """In GitHub's Markdown."""
        rows = [(name.replace("_", " "), f"{count:,}") for name, count in self.counts().items()]
        return "\n".join(
            ["| what | how often |", "|---|---:|", *(f"| {what} | {count} |" for what, count in rows)]
        )

    def add(self, other: Mapping[str, int]) -> None:
        for name, count in other.items():
            setattr(self, name, getattr(self, name) + count)


@dataclass
class Stage:
    """A scenario with its start, its goal, and the requests in between.

    ``kept`` are the changes that remain at the end: deletes of volumes that stopped containers use.
    """

    world: FaultWorld
    folder: Path
    environment: Mapping[str, str]
    before: Any
    manifests: Manifests
    secrets: tuple[str, ...]
    goal: Mapping[str, Any]
    requests: tuple[tuple[str, str], ...]
    kept: frozenset[str]
    tally: Tally = field(default_factory=Tally)


def stage(world: FaultWorld, scenario: Scenario, folder: Path) -> Stage:
    """Run a scenario once without faults."""
    before = None if scenario.before is None else loaded(scenario.before, folder)
    after = loaded(scenario.after, folder)
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
    kept = frozenset(_title(outcome.change) for outcome in done.outcomes if outcome.kept)
    assert left(world, after) == kept
    former = scenario.before.secrets.values() if scenario.before else ()
    secrets = tuple({*scenario.after.secrets.values(), *former})
    return Stage(
        world, folder, scenario.after.environment, start, after, secrets, shape(end, secrets), requests, kept
    )


def numbers(stage: Stage, scenario: str, turn: int, *, all_of_them: bool) -> range:
    """The numbers (from 1) of the requests that get the kind of fault with this index."""
    share = SHARE if scenario == "first" and not all_of_them else 1
    return range(1 + turn % share, len(stage.requests) + 1, share)


def struck(stage: Stage, *faults: tuple[str, int], parallelism: int = 1) -> list[str]:
    """The errors after faults, each given by kind and number of the request; empty if everything is correct."""
    world = stage.world
    world.restore(stage.before)
    world.faults(
        *(
            {"kind": kind, "match": {"nth": number}, "seconds": 0.02 if kind == "429" else HANG}
            for kind, number in faults
        )
    )
    impatient = any(kind in HOLDS for kind, _ in faults)
    first = world.apply(stage.manifests, parallelism=parallelism, timeout=IMPATIENT if impatient else TIMEOUT)
    stage.tally.faults_injected += len(faults)
    stage.tally.runs += 1
    settled(world)
    hit = [entry for entry in world.journal() if entry["fault"]]
    world.faults()
    wrong = after_a_run(stage, first)
    if first.exit_code == 0:
        stage.tally.absorbed_in_the_same_run += 1
    elif (
        len(faults) == 1
        and parallelism == 1
        and faults[0][0] in ABSORBED_IN_READS
        and all(entry["method"] == "GET" for entry in hit)
    ):
        wrong.append(f"a read that can be repeated failed the run: {first.text}")
    wrong += converges(stage, unrecorded=any(UNRECORDED in problem for problem in first.problems))
    what = ", ".join(f"{kind} at request {number}" for kind, number in faults)
    where = ", ".join(f"{entry['fault']} hit {entry['method']} {entry['path']}" for entry in hit)
    return [f"{what} ({where}): {problem}\n{first.text}" for problem in wrong]


def settled(world: FaultWorld) -> None:
    """Wait until no request hangs any more."""
    held = [request for request in world.journal() if request["fault"] in HOLDS and not request["processed"]]
    for entry in held:
        world.wait_until_processed(entry["seq"])


def after_a_run(stage: Stage, result: ApplyEnd) -> list[str]:
    """The errors of a run: an untrue report, or a change made twice."""
    state = stage.world.state()
    made = sum(machines(state).values()) - sum(machines(stage.before).values())
    asked_for = sum(method == "POST" and path.endswith("/nodes") for method, path in stage.requests)
    twice = duplicates(state)
    if made > asked_for:
        twice.append(f"{made} nodes were made instead of {asked_for}")
    false_reports = lies(stage.world, result)
    stage.tally.made_twice += len(twice)
    stage.tally.false_reports += len(false_reports)
    if result.seconds > LONGEST:
        false_reports.append(f"paused for {result.seconds:.0f} s")
    if result.exit_code not in (0, 1, 3):
        false_reports.append(f"exit code {result.exit_code}")
    if (
        result.exit_code != 0
        and not result.problems
        and all(outcome.status == "applied" for outcome in result.outcomes)
    ):
        false_reports.append("failed, and nothing is said of why")
    return [*twice, *false_reports]


def converges(stage: Stage, *, unrecorded: bool = False) -> list[str]:
    """The errors if another run does not lead to the goal.

    After a lost record it may have to wait for the lease to expire.
    """
    wrong = _converges(stage, unrecorded=unrecorded)
    if wrong:
        stage.tally.not_converged += 1
    else:
        stage.tally.converged_in_one_more_run += 1
    return wrong


def _converges(stage: Stage, *, unrecorded: bool) -> list[str]:
    world = stage.world
    planned = world.plan(stage.manifests, ENVIRONMENT)
    if planned.changes or any(
        stack.read.pending or stack.plan.verify or stack.read.lease for stack in planned.planned
    ):
        again = world.apply(stage.manifests)
        stage.tally.runs += 1
        if again.exit_code == 3 and unrecorded:
            world.age_leases(LEASE_IS_OVER)
            again = world.apply(stage.manifests)
            stage.tally.runs += 1
        if again.exit_code != 0:
            return [f"the next run did not succeed: {again.text}"]
        if (remaining := left(world, stage.manifests)) != stage.kept:
            return [f"left after the next run: {sorted(remaining)}; without faults: {sorted(stage.kept)}"]
    state = world.state()
    twice = duplicates(state)
    stage.tally.made_twice += len(twice)
    reached = shape(state, stage.secrets)
    if reached != stage.goal:
        twice.append(f"another final state: {difference(reached, stage.goal)}")
    return twice


def left(world: FaultWorld, manifests: Manifests) -> frozenset[str]:
    """The changes that a plan would make now."""
    planned = world.plan(manifests, ENVIRONMENT)
    changes = frozenset(_title(change) for plan in planned.plans for change in plan.changes)
    assert len(changes) == planned.changes  # these scenarios release and move nothing
    return changes


def _title(change: Change) -> str:
    return f"{change.action} {change.address}"


def difference(reached: Mapping[str, Any], goal: Mapping[str, Any]) -> str:
    """The difference of two shapes, without values of secrets."""
    parts = []
    for key in sorted({*reached, *goal}):
        if reached.get(key) != goal.get(key):
            if "/record/" in key:
                mine, theirs = reached.get(key), goal.get(key)
                parts.append(f"{key}: {_record_difference(mine, theirs)}")
            else:
                how = (
                    "differs" if key in reached and key in goal else "missing" if key in goal else "too much"
                )
                parts.append(f"{key}: {how}")
    return "; ".join(parts)


def _record_difference(mine: Any, theirs: Any) -> str:
    if mine is None or theirs is None:
        return "there is none" if mine is None else "there is one"
    extra = [item for item in mine[0] if item not in theirs[0]]
    lacks = [item for item in theirs[0] if item not in mine[0]]
    return f"too much {extra}, lacks {lacks}, pending {len(mine[1])}, lease {mine[2]}"


def _kill(
    stage: Stage, workers: Workers, how: str, number: int, out: Path, *, parallelism: int
) -> tuple[int, int]:
    """Kill a run as described in ``killed``; returns its exit status, and the request's number in the journal (0 if
    answered).
    """
    world = stage.world
    world.restore(stage.before)
    out.unlink(missing_ok=True)
    if how != "answered":
        kind = "hang-after" if how == "committed" else "hang"
        world.faults({"kind": kind, "match": {"nth": number}, "seconds": FOR_GOOD})
    pid = workers.begin(
        folder=str(stage.folder), environment=dict(stage.environment), url=world.url, key=world.key,
        value=world.value, parallelism=parallelism, die_after=number if how == "answered" else None, out=str(out),
    )  # fmt: skip
    entry = 0
    if how != "answered":
        entry = world.wait_until_struck("processed" if how == "committed" else "arrived", unless=out.exists)
        if entry:
            os.kill(pid, signal.SIGKILL)
    return workers.wait(pid), entry


def killed(stage: Stage, workers: Workers, how: str, number: int, *, parallelism: int = 1) -> list[str]:
    """The errors after a SIGKILL at request ``number``; empty if everything is correct.

    ``how``: "answered": the run had the answer. "committed": the platform had carried the request out but not
    answered. "late": the platform carries it out after the kill. A run may make fewer requests if it looks at tasks
    less often: then it is killed at its last request.
    """
    world = stage.world
    out = stage.folder / "result.txt"
    status, entry = _kill(stage, workers, how, number, out, parallelism=parallelism)
    while status == 0 and (made := len(world.journal())) < number:
        number = made
        status, entry = _kill(stage, workers, how, number, out, parallelism=parallelism)
    stage.tally.processes_killed += 1
    stage.tally.runs += 1
    if status != -signal.SIGKILL:
        return [
            f"{how} {number}: it was to be killed, and ended with {status}: {out.read_text(encoding='utf-8')}"
        ]
    if how == "late":
        world.release()
        world.wait_until_processed(entry)
    world.faults()
    wrong = _while_the_lease_lasts(stage)
    world.age_leases(LEASE_IS_OVER)
    wrong += converges(stage)
    return [f"killed at request {number}, {how}: {problem}" for problem in wrong]


def _while_the_lease_lasts(stage: Stage) -> list[str]:
    """The errors of a run during the lease: it must be refused and write nothing, unless there is no lease."""
    planned = stage.world.plan(stage.manifests, ENVIRONMENT)
    if not any(stack.read.lease for stack in planned.planned):
        return []
    before = stage.world.state()
    early = stage.world.apply(stage.manifests)
    stage.tally.runs += 1
    if early.exit_code == 3 or len(planned.planned) > 1:
        return (
            []
            if early.exit_code == 3 or stage.world.state() != before
            else ["did nothing, and did not say so"]
        )
    return [f"came while the lease was held, and was let in: {early.text}"]


def interrupted(stage: Stage, number: int, *, parallelism: int = 1) -> list[str]:
    """The errors after a run that was asked to stop at answer ``number``; empty if everything is correct."""
    world, count = stage.world, 0
    world.restore(stage.before)

    def observe(_: Exchange) -> None:
        nonlocal count
        count += 1

    result = world.apply(
        stage.manifests, parallelism=parallelism, observe=observe, stop=lambda: count >= number
    )
    stage.tally.runs_interrupted += 1
    stage.tally.runs += 1
    wrong = after_a_run(stage, result)
    if any(planned.read.lease for planned in world.plan(stage.manifests, ENVIRONMENT).planned):
        wrong.append("the lease was not released")
    return [f"interrupted at {number}: {problem}\n{result.text}" for problem in [*wrong, *converges(stage)]]
