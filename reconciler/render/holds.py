"""Why a change is not carried out now, in words."""

from reconciler.kinds import VERSIONED
from reconciler.model import Change
from reconciler.model.hold import (
    ClusterFailed,
    DeletesWait,
    DeletesWaitFor,
    ExternalChanged,
    Hold,
    NeedNotDone,
    NotBegun,
    NotReadAgain,
    NotSeen,
    OwnedMeanwhile,
    RolloutFailed,
    RolloutUnderWay,
    StackNotApplied,
    UsedMeanwhile,
    WaitsForReady,
    WaitsForServices,
)
from reconciler.render.failures import failure_text
from reconciler.render.reasons import user_text
from reconciler.render.services import unwritten_text
from reconciler.render.waits import WORKED_LAST, described, way_out
from reconciler.waits import is_consented_by_name

NAMES = 5
"""The most unfinished changes that a sentence names."""


def hold_text(hold: Hold, change: Change) -> str:
    """Why ``change`` is not carried out, and what can be done."""
    match hold:
        case NotBegun.INTERRUPTED:
            return "interrupted before it started"
        case NotBegun.RUN_ENDED:
            return "the run ended before it started"
        case ClusterFailed(cluster):
            return f"not started: {cluster} failed"
        case StackNotApplied(failure):
            text = failure_text(failure)
            return text if failure.kind == "refused" else f"nothing was written: {text}"
        case NotReadAgain(failure):
            return f"live state could not be read again: {failure_text(failure)}"
        case DeletesWaitFor(not_begun=False) if is_consented_by_name(change):
            later = "; named under removed: the next apply waits only for services that it writes itself"
            worked = ", and for those that worked with it last" if change.address.kind in VERSIONED else ""
            return _why_deletes_wait(hold) + later + worked
        case DeletesWait() | DeletesWaitFor() | NotSeen():
            return _why_deletes_wait(hold)
        case WaitsForReady(names):
            return f"it waits for {', '.join(names)} to be Ready"
        case WaitsForServices(held_by):
            if is_consented_by_name(change):
                return f"it waits for {described(held_by)}: {WORKED_LAST}; {way_out(change, held_by)}"
            if change.action == "delete":
                return f"it waits for {described(held_by)}; {way_out(change, held_by)}"
            return f"it needs {described(held_by)}"
        case NeedNotDone(need):
            return f"it needs {need}, which was not done"
        case OwnedMeanwhile() | UsedMeanwhile() | ExternalChanged():
            return f"changed since planned: {_what_changed(hold)}. Plan again to see what is to be done now."
        case RolloutUnderWay(rollout):
            service_text = unwritten_text(change.address, rollout)
            return f"held: its rollout is under way, and nothing is written into it ({service_text})"
        case RolloutFailed(rollout):
            service_text = unwritten_text(change.address, rollout)
            return (
                "held: its last rollout failed, and a write that starts no new tasks could resume it. Change what it "
                f"runs in the same apply ({service_text})"
            )


def _why_deletes_wait(hold: DeletesWait | DeletesWaitFor | NotSeen) -> str:
    match hold:
        case DeletesWait.NO_WAIT:
            return "--no-wait deletes nothing: deletes wait until every service is seen to be up"
        case DeletesWait.STACKS_NOT_DONE:
            return "it waits until all stacks of the run are applied and up"
        case DeletesWait.NOT_DUE:
            return "changed since planned: it is still in use. Plan again to see what is to be done now."
        case DeletesWaitFor(unfinished):
            names = ", ".join(f"{address.kind}/{address.name}" for address in unfinished[:NAMES])
            return f"deletes wait until everything else is done and up; not yet: {names}"
        case NotSeen(failure):
            return f"whether it may still be deleted could not be checked: {failure_text(failure)}"


def _what_changed(hold: OwnedMeanwhile | UsedMeanwhile | ExternalChanged) -> str:
    match hold:
        case OwnedMeanwhile(kind, live_name, stack):
            return f"the stack {stack} owns the {kind} {live_name} now, or is about to take it over"
        case UsedMeanwhile(users):
            return f"it is in use by {', '.join(map(user_text, users))}"
        case ExternalChanged(kind, name, was, now):
            return f"the external {kind} {name} was {was} and is {now or 'not there'} now"
