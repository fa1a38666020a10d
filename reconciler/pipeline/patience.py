"""Whether ``--timeout`` is long enough for the rollouts of a run."""

from msgspec.structs import replace

from reconciler.kinds import RUNNING
from reconciler.model import Write
from reconciler.model.refusal import TooShort
from reconciler.pipeline.planned import Planned, PlannedRun
from reconciler.policy import monitor_of, shortest


def within(run: PlannedRun, timeout: float | None) -> PlannedRun:
    """``run``, with a refusal if ``timeout``, in seconds, is less than a rollout takes by its update policy."""
    if timeout is None:
        return run
    return replace(run, planned=tuple(_within(planned, timeout) for planned in run.planned))


def _within(planned: Planned, timeout: float) -> Planned:
    needed = {
        change.address: seconds
        for change in planned.plan.changes
        if change.address.kind in RUNNING and change.action != "delete" and change.spec
        if (seconds := _shortest(change)) > timeout
    }
    reasons = tuple(TooShort(address, timeout, seconds) for address, seconds in needed.items())
    return replace(planned, plan=replace(planned.plan, refusals=(*planned.plan.refusals, *reasons)))


def _shortest(change: Write) -> float:
    """Seconds that the rollout of a change takes by its policy: a new service's tasks all at once, an update's in
    batches."""
    if change.live is None or not change.restarts:
        return monitor_of(change.spec)
    return shortest({**change.live.spec, **change.spec})
