"""How changes ended, and the other problems of a run, in words."""

from reconciler.model import HostsLeft, Outcome
from reconciler.model.failure import Failure
from reconciler.model.problem import (
    AuditIncomplete,
    ClustersNotStarted,
    HostsNotRecorded,
    NothingWritten,
    NotRead,
    NotReady,
    RecordNotWritten,
    RunProblem,
    ServiceNotUp,
    StaysRolledBack,
)
from reconciler.render.failures import failure_text
from reconciler.render.holds import hold_text
from reconciler.render.services import unwritten_text, written_text


def error_text(outcome: Outcome) -> str:
    """Why a change was not applied, or why that is unknown; "" if it was applied."""
    if outcome.status == "applied":
        return ""
    return _why(outcome) + _where_hosts_are(outcome)


def note_text(outcome: Outcome) -> str:
    """Notes on a change that was applied; "" if there are none."""
    return written_text(outcome.rollout) if outcome.status == "applied" and outcome.rollout else ""


def _why(outcome: Outcome) -> str:
    cause = outcome.cause
    if isinstance(cause, Failure):
        unknown = "; whether it was written is not known" if cause.kind == "bug" else ""
        return failure_text(cause) + unknown
    if cause is not None:
        return hold_text(cause, outcome.change)
    return written_text(outcome.rollout) if outcome.rollout else ""


def _where_hosts_are(outcome: Outcome) -> str:
    if isinstance(outcome.hosts, Failure):
        return f"; the hosts could not be given back: {failure_text(outcome.hosts)}"
    return where_hosts_are(outcome.hosts) if outcome.hosts else ""


def where_hosts_are(left: HostsLeft) -> str:
    """A part of a sentence for each place where hosts are; "" if none was moved."""
    back = ", ".join(left.restored)
    text = f"; hosts given back to the services that had them: {back}" if back else ""
    text += "".join(f"; it has {host} now, and {giver} no longer does" for _, giver, _, host in left.kept)
    return text + (f"; no service has {', '.join(left.lost)} now" if left.lost else "")


def problem_text(problem: RunProblem) -> str:
    """A problem of a run other than how its changes ended."""
    match problem:
        case ServiceNotUp(address, rollout):
            return unwritten_text(address, rollout)
        case StaysRolledBack(address):
            return f"{address} was rolled back with this spec, and is not sent again until it changes, or with --retry"
        case NotRead(address):
            return f"{address} is not changed: it could not be read"
        case NotReady(address, failure):
            return f"{address}: {failure_text(failure)}"
        case NothingWritten(failure):
            return f"nothing was written: {failure_text(failure)}"
        case HostsNotRecorded(failure):
            return f"the hosts that services have now could not be recorded: {failure_text(failure)}"
        case RecordNotWritten(failure):
            return (
                "the record was not written at the end; the next apply continues from its journal: "
                + failure_text(failure)
            )
        case ClustersNotStarted(failed, clusters):
            return f"Not started, because {failed} failed: {', '.join(clusters)}."
        case AuditIncomplete(error):
            return f"the audit file is not complete: {error}"
        case Failure():
            return failure_text(problem)
