"""Why a push or a pull request does not count for an apply, in words."""

from reconciler.model.branches import NotDirect, OtherBase, OtherBranch, OtherEvent, PushFault

_FOR = "`without-approval: apply` is for direct pushes and for workflow_dispatch"


def not_direct_text(why: NotDirect) -> str:
    """Why ``without-approval: apply`` does not cover an event."""
    match why:
        case OtherEvent(name):
            return f"{_FOR}, not for {name}"
        case OtherBranch(branch, bases):
            return f"{_FOR}: pushes to {', '.join(bases)}, and this is to {branch or 'a tag'}"
        case PushFault.PULLS_UNKNOWN:
            return f"{_FOR}: without github-token it is unknown whether this push belongs to a pull request"
        case PushFault.OF_A_PULL_REQUEST:
            return f"{_FOR}: this belongs to a pull request"


def other_base_text(other: OtherBase) -> str:
    """Why pull requests into a branch approve nothing."""
    return (
        f"pull requests into {other.branch or 'no branch'} approve nothing, only those into "
        f"{', '.join(other.bases)}: the input base-branches names others"
    )
