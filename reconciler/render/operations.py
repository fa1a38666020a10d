"""How one-off operations ended, in words."""

from collections.abc import Mapping

from reconciler.model.failure import Failure
from reconciler.model.operation import (
    AnswerLost,
    NotReadyAgain,
    OperationEnd,
    OperationResult,
    RebootNotSeen,
)
from reconciler.model.rollout import RolloutResult
from reconciler.render.failures import failure_text
from reconciler.render.services import rollout_text
from reconciler.render.visible import visible

_ENDS: Mapping[OperationEnd, str] = {
    OperationEnd.REBOOTED: "rebooted, and Ready again",
    OperationEnd.BEING_DELETED: "it is deleted, or is being deleted",
    OperationEnd.NODE_BEFORE_NOT_READY: "not started, because the node before it is not Ready",
    OperationEnd.RESTART_NOT_WATCHED: "restart accepted; its rollout was not watched",
    OperationEnd.SERVICE_DELETED: "it was deleted meanwhile",
    OperationEnd.EVENT_ACCEPTED: "the server accepted the request; check the receiver for the event",
}
_LOST: Mapping[str, str] = {
    "restart": "the answer was lost and no new task is seen, so it may or may not have restarted",
    "reboot": "the answer was lost, and the node stayed Ready, so it may not have rebooted",
    "test event": "the answer was lost, so it may or may not have been sent",
}


def operation_line(result: OperationResult) -> str:
    """``production/service/api: done, 2 of 2 running``."""
    word = "done" if result.status == "applied" else result.status
    return f"{visible(result.what)}: {word}, {end_text(result)}"


def end_text(result: OperationResult) -> str:
    """How an operation ended, after its object and status."""
    match result.end:
        case OperationEnd() as end:
            return _ENDS[end]
        case RebootNotSeen(seconds):
            return f"reboot accepted; the node stayed Ready for {seconds:.0f} s"
        case NotReadyAgain(seconds):
            return f"not Ready again after {seconds / 60:.0f} minutes; it may still come back"
        case AnswerLost(operation, failure):
            return f"{_LOST[operation]}: {failure_text(failure)}"
        case RolloutResult() as rollout:
            return rollout_text(rollout)
        case Failure() as failure:
            return failure_text(failure)
