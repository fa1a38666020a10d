"""Counts of the differences between live and the manifests."""

from reconciler.document.differing import differing
from reconciler.model import Address, FieldChange, Owned, Plan
from tests.changes import change_of

API = Address("production", "service", "api")
OWNED = Owned("service", "api", "api", "s1")


def test_differences_are_counted_by_cause_over_all_plans():
    image, replicas = FieldChange("image", "a:1", "a:2"), FieldChange("replicas", 5, 2, drift=True)
    drifted, both = change_of(API, "update", (replicas,)), change_of(API, "update", (image, replicas))
    plans = [
        Plan("production", "c1", "d1", "a", changes=(drifted, both), held=(API,), verify=(OWNED, OWNED)),
        Plan("production", "c1", "d1", "b", changes=(both,), unread=(API,)),
    ]

    assert differing(plans) == {"pending": 2, "drift": 3, "held": 1, "unverified": 2, "unread": 1}


def test_a_drift_report_counts_the_pending_changes():
    plan = Plan("production", "c1", "d1", "a", pending=3)

    assert differing([plan])["pending"] == 3
