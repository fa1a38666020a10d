"""Counts of the differences between live and the manifests."""

from collections.abc import Sequence

from reconciler.model import AnyPlan


def differing(plans: Sequence[AnyPlan]) -> dict[str, int]:
    """The number of differences by cause: ``pending`` changes of the manifests, ``drift`` (changed outside git),
    services ``held`` after a rollback, ``unverified`` rollouts, and objects that could not be read (``unread``)."""
    changes = [change for plan in plans for change in plan.changes]
    return {
        "pending": sum(
            plan.pending or sum(1 for change in plan.changes if change.is_pending) for plan in plans
        ),
        "drift": sum(1 for change in changes if change.is_drift),
        "held": sum(len(plan.held) for plan in plans),
        "unverified": sum(len(plan.verify) for plan in plans),
        "unread": sum(len(plan.unread) for plan in plans),
    }
