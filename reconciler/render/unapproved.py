"""What a plan file does not approve, in words."""

from collections.abc import Mapping, Sequence

from reconciler.model.unapproved import (
    ChangeFault,
    OtherActions,
    OtherFields,
    OtherInput,
    OtherPlace,
    Unapproved,
    UnapprovedChange,
    UnapprovedMove,
    UnapprovedRelease,
)

_AGAIN = "was approved once, and has been applied: have it approved again"
_FAULTS: Mapping[ChangeFault, str] = {
    ChangeFault.NO_SIGNATURE: (
        "has masked values, and a plan file without a signature can't approve these: set RECONCILER_PLAN_KEY for the "
        "plan and for the apply"
    ),
    ChangeFault.VALUE_MISSING: "is not approved, because its value was not available when the plan was made",
    ChangeFault.CHANGED_SINCE: (
        "was approved, but the live object, the manifest, a value or the source of a value has changed since"
    ),
    ChangeFault.USED: _AGAIN,
}


def unapproved_text(found: Unapproved) -> str:
    """What is not approved, and why."""
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
