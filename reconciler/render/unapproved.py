"""Changes that are not approved, in words."""

from collections.abc import Mapping, Sequence

from reconciler.model import Applied
from reconciler.model.unapproved import (
    ChangeFault,
    LastApplyUnclear,
    NoApproval,
    NotDirect,
    OtherActions,
    OtherBase,
    OtherBranch,
    OtherEvent,
    OtherFields,
    OtherInput,
    OtherPlace,
    PushFault,
    RequestRefused,
    Superseded,
    Unapproved,
    UnapprovedChange,
    UnapprovedMove,
    UnapprovedRelease,
)

BY_HAND = (
    "Look at the plan, then run this workflow by hand (workflow_dispatch) with `without-approval: apply`"
)
_FOR = "`without-approval: apply` is for direct pushes and for workflow_dispatch"
_AGAIN = "was approved once, and has been applied: have it approved again"
_FAULTS: Mapping[ChangeFault, str] = {
    ChangeFault.NO_SIGNATURE: (
        "has masked values, and a plan file without a signature cannot approve these: set RECONCILER_PLAN_KEY for the "
        "plan and for the apply"
    ),
    ChangeFault.VALUE_MISSING: "is not approved, because its value was not available when the plan was made",
    ChangeFault.CHANGED_SINCE: (
        "was approved, but the live object, the manifest, a value or the source of a value has changed since"
    ),
    ChangeFault.USED: _AGAIN,
}
_ON_GITHUB: Mapping[PushFault | NoApproval, str] = {
    PushFault.PULLS_UNKNOWN: f"{_FOR}: without github-token it is unknown whether this push belongs to a pull request",
    PushFault.OF_A_PULL_REQUEST: f"{_FOR}: this belongs to a pull request",
    NoApproval.NO_PLAN_KEY: "plan-key is not set, so the approval of a pull request cannot be checked",
    NoApproval.NO_PULL_REQUEST: f"this commit does not belong to a merged pull request. {BY_HAND}",
}

REPLACED = "Replaced: the plan is in another comment of this pull request.\n"
"""The text of a second comment with a plan of the same target, which approves nothing any more."""


def unapproved_text(found: Unapproved) -> str:
    """A change, release, move or input that is not approved, and why."""
    match found:
        case UnapprovedChange(address, action, why):
            return f"{address}: {action} {_why(why)}"
        case UnapprovedRelease(address):
            return f"{address}: its release is not approved"
        case UnapprovedMove(address, used=True):
            return f"{address}: its move {_AGAIN}"
        case UnapprovedMove(address, before, after):
            return f"{address}: its move from {before} to {after} was not approved"
        case OtherPlace(cluster, then, now):
            return (
                f"{cluster}: approved for cluster {then[0]} of company {then[1]}, "
                f"it is now cluster {now[0]} of company {now[1]}"
            )
        case OtherInput(name, before, now):
            return f"it was approved with {name} {_input(before)}, and this run has {_input(now)}"
        case _:
            return _on_github(found)


def superseded_text(found: Superseded) -> str:
    """Why a stack is not applied: its last apply was of a newer commit."""
    newer = "a newer commit, which includes this one, was already applied"
    return _last_apply(found.cluster, found.stack, newer, found.last)


def _last_apply(cluster: str, stack: str, what: str, last: Applied) -> str:
    commit = last.commit[:12] or "without a commit"
    return f"{cluster}, stack {stack}: {what} ({commit}, {last.when}, by {last.who})"


def _on_github(found: OtherBase | NotDirect | NoApproval | RequestRefused | LastApplyUnclear) -> str:
    """Why no pull request, and no push, approves the run."""
    match found:
        case RequestRefused(number, why):
            return f"pull request #{number}: {why}"
        case LastApplyUnclear(cluster, stack, last, is_known):
            what = "is not in this branch's history" if is_known else "is unknown"
            return f"{_last_apply(cluster, stack, f'the last apply was of a commit that {what}', last)}. {BY_HAND}"
        case OtherEvent(name):
            return f"{_FOR}, not for {name}"
        case OtherBranch(branch, bases):
            return f"{_FOR}: pushes to {', '.join(bases)}, and this is to {branch or 'a tag'}"
        case OtherBase(branch, bases):
            return (
                f"pull requests into {branch or 'no branch'} approve nothing, only those into "
                f"{', '.join(bases)}: the input base-branches names others"
            )
        case PushFault() | NoApproval():
            return _ON_GITHUB[found]


def _why(why: ChangeFault | OtherActions | OtherFields) -> str:
    match why:
        case OtherActions(approved):
            return "was not approved" + (f", {' or '.join(approved)} was" if approved else "")
        case OtherFields(paths):
            return f"differs from the approval in {', '.join(paths) or 'its fields'}"
        case ChangeFault():
            return _FAULTS[why]


def _input(value: str | bool | Sequence[str]) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = value if isinstance(value, str) else ", ".join(value)
    return f"{text!r:.200}" if text else "none"
