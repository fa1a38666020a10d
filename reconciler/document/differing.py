"""In how many places live is not as declared, and how."""

from collections.abc import Sequence

from reconciler.model import AnyPlan


def differing(plans: Sequence[AnyPlan]) -> dict[str, int]:
    """In how many places live is not as declared, by how: what the manifests ask for, what was changed outside git,
    services held after a rollback, those whose last rollout was not verified, and what could not be read."""
    changes = [change for plan in plans for change in plan.changes]
    return {
        "pending": sum(plan.pending or sum(1 for one in plan.changes if one.is_pending) for plan in plans),
        "drift": sum(1 for one in changes if one.is_drift),
        "held": sum(len(plan.held) for plan in plans),
        "unverified": sum(len(plan.verify) for plan in plans),
        "unread": sum(len(plan.unread) for plan in plans),
    }
