"""Reboots nodes one after the other. Reads no manifest. A request whose answer was lost is not repeated."""

from collections.abc import Sequence

from reconciler.api.client import Writer
from reconciler.errors import Ambiguous, NotFound, ReconcilerError
from reconciler.kinds.node import GOING, READY
from reconciler.model.failure import Failure
from reconciler.model.operation import AnswerLost, NotReadyAgain, OperationEnd, OperationResult, RebootNotSeen
from reconciler.pipeline.lookups import Found
from reconciler.pipeline.operation import OperationClock, Tell, exit_code
from reconciler.pipeline.session import Session
from reconciler.render.visible import visible

NOTICE = 20.0
"""Seconds for a node to show that it reboots. If it is Ready all this time, it has rebooted unseen, or never will."""
READY_WITHIN = 1800.0
"""Seconds for a node to be Ready again."""


def reboot(
    session: Session, nodes: Sequence[Found], *, tell: Tell, clock: OperationClock | None = None
) -> tuple[OperationResult, ...]:
    """Reboot nodes one after the other, each when the one before is Ready again. The first problem ends it."""
    writer, time_ = Writer(session.calls), clock or OperationClock()
    ended: list[OperationResult] = []
    for node in nodes:
        if exit_code(ended):
            ended.append(OperationResult(str(node.address), "skipped", OperationEnd.NODE_BEFORE_NOT_READY))
        else:
            ended.append(_reboot_one(writer, node, tell, time_))
    return tuple(ended)


def _reboot_one(writer: Writer, node: Found, tell: Tell, clock: OperationClock) -> OperationResult:
    what = str(node.address)
    lost: Ambiguous | None = None
    tell(f"{what}: rebooting")
    try:
        writer.reboot_node(node.at, node.live.id)
    except Ambiguous as error:
        lost = error
    except ReconcilerError as error:
        return OperationResult(what, "failed", Failure.of(error))
    began, pause, away = clock.now(), 0.25, False
    while (passed := clock.now() - began) < READY_WITHIN:
        status = _node_status(writer, node)
        if status in GOING:
            return OperationResult(what, "failed", OperationEnd.BEING_DELETED)
        if status == READY and away:
            return OperationResult(what, "applied", OperationEnd.REBOOTED)
        if status == READY and passed >= NOTICE:
            return _unnoticed(what, lost)
        if status not in ("", READY) and not away:
            away = True
            tell(f"{what}: {visible(status)}")
        clock.sleep(pause)
        pause = min(pause * 1.5, 5.0)
    return OperationResult(what, "failed", NotReadyAgain(READY_WITHIN))


def _unnoticed(what: str, lost: Ambiguous | None) -> OperationResult:
    if lost is not None:
        return OperationResult(what, "unknown", AnswerLost("reboot", Failure.of(lost)))
    return OperationResult(what, "applied", RebootNotSeen(NOTICE))


def _node_status(writer: Writer, node: Found) -> str:
    """The node's status in lower case; "" if it cannot be read now, for example while the manager reboots."""
    try:
        return str(writer.node(node.at, node.live.id).get("status") or "").lower()
    except NotFound:
        return "removed"
    except ReconcilerError:
        return ""
