"""Applies a planned run stack by stack, and begins no other cluster after a failure."""

from msgspec.structs import replace

from reconciler.errors import ReconcilerError, Refused, UsageError
from reconciler.guard import missing_values
from reconciler.model import Event, RunResult
from reconciler.model.failure import Failure
from reconciler.model.hold import ClusterFailed, DeletesWait, NotBegun, NotSeen, StackNotApplied
from reconciler.model.problem import ClustersNotStarted
from reconciler.pipeline.apply_stack import apply_stack, skip
from reconciler.pipeline.freed import at_first, at_last
from reconciler.pipeline.planned import Planned, PlannedRun
from reconciler.pipeline.session import Session
from reconciler.pipeline.settings import ApplySettings, Tell
from reconciler.render.refusals import refusal_text

__all__ = ["ApplySettings", "apply"]


def apply(session: Session, run: PlannedRun, settings: ApplySettings | None = None) -> RunResult:
    """Apply a planned run stack by stack; after a failure no other cluster is begun.

    It asks for no confirmation: the caller has checked ``run``. Each object is read again before it is written, and is
    not written if it was changed since the plan. Failures are in the result, not raised; also if ``settings.tell``
    raises an error.

    Raises ``Refused`` by a guard and ``UsageError`` for a secret without a value, both before anything is written;
    ``LeaseHeld`` if another run holds the lease.
    """
    settings = settings or ApplySettings()
    faults: list[Exception] = []
    settings = replace(settings, tell=_until_it_raises(settings.tell, faults))
    run.raise_if_refused()
    if missing := [
        refusal_text(refusal)
        for planned in run.planned
        for refusal in missing_values(planned.plan, planned.desired, run.targets)
    ]:
        raise UsageError("\n".join(missing))
    result, failed = RunResult(), ""
    not_begun: dict[str, None] = {}
    for planned in run.planned:
        cluster = planned.plan.cluster
        if settings.stop():
            skip(result, planned, settings, NotBegun.INTERRUPTED)
        elif failed not in ("", cluster):
            not_begun |= {cluster: None} if planned.has_work or planned.plan.held else {}
            skip(result, planned, settings, ClusterFailed(failed))
        else:
            _apply_or_tell(session, run, at_first(planned), settings, result)
            failed = cluster if result.exit_code else ""
    for planned in run.planned:
        if planned.deferred:
            _delete_what_was_freed(session, run, planned, settings, result)
    if not_begun:
        result.problems.append(ClustersNotStarted(failed, tuple(not_begun)))
    result.problems += map(Failure.of, faults)
    return result


def _until_it_raises(tell: Tell, faults: list[Exception]) -> Tell:
    """``tell``, but not called again after it raised an error. The error is appended to ``faults``, so that it stops no
    writes.
    """

    def tell_unless_it_raised(event: Event) -> None:
        if not faults:
            try:
                tell(event)
            except Exception as error:  # noqa: BLE001 - it is the caller's function
                faults.append(error)

    return tell_unless_it_raised


def _delete_what_was_freed(
    session: Session, run: PlannedRun, planned: Planned, settings: ApplySettings, result: RunResult
) -> None:
    """Make the deletes of a stack that waited until the other stacks of its cluster were applied."""
    if settings.stop():
        skip(result, planned, settings, NotBegun.INTERRUPTED)
    elif not settings.wait:
        skip(result, planned, settings, DeletesWait.NO_WAIT)
    elif result.exit_code or planned.again is None:
        skip(result, planned, settings, DeletesWait.STACKS_NOT_DONE)
    else:
        try:
            now = planned.again()
        except ReconcilerError as error:
            failure = Failure.of(error)
            result.problems.append(failure)
            skip(result, planned, settings, NotSeen(failure))
            return
        _apply_or_tell(session, run, at_last(planned, now), settings, result)
        skip(result, planned, settings, DeletesWait.NOT_DUE)


def _apply_or_tell(
    session: Session, run: PlannedRun, planned: Planned, settings: ApplySettings, result: RunResult
) -> None:
    """Apply one stack. If it cannot be applied, the reason goes into the result. Raises ``Refused`` if nothing was
    done."""
    try:
        with session.stages.stage("apply"):
            apply_stack(session, run, planned, settings, result)
    except Refused as error:
        if not (result.outcomes or result.wrote or settings.stop()):
            raise
        result.problems += [Failure("refused", reason) for reason in error.reasons]
        skip(result, planned, settings, StackNotApplied(Failure.of(error)))
    except Exception as error:  # noqa: BLE001 - the result must report what was written before
        failure = Failure.of(error)
        result.problems.append(failure)
        skip(result, planned, settings, StackNotApplied(failure))
