"""What a plan file does not approve, in words."""

from typing import get_args

import pytest

from reconciler.model import Address
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
from reconciler.render.unapproved import unapproved_text

API = Address("production", "service", "api")
CASES: list[tuple[Unapproved, str]] = [
    (UnapprovedChange(API, "delete", OtherActions(())), "production/service/api: delete was not approved"),
    (
        UnapprovedChange(API, "delete", OtherActions(("create", "update"))),
        "production/service/api: delete was not approved, create or update was",
    ),
    (
        UnapprovedChange(API, "update", OtherFields(("image", "replicas"))),
        "production/service/api: update differs from the approval in image, replicas",
    ),
    (
        UnapprovedChange(API, "update", OtherFields(())),
        "production/service/api: update differs from the approval in its fields",
    ),
    (
        UnapprovedChange(API, "update", ChangeFault.USED),
        "production/service/api: update was approved once, and has been applied: have it approved again",
    ),
    (UnapprovedRelease(API), "production/service/api: its release is not approved"),
    (UnapprovedMove(API, "a", "b"), "production/service/api: its move from a to b was not approved"),
    (
        UnapprovedMove(API, "a", "b", used=True),
        "production/service/api: its move was approved once, and has been applied: have it approved again",
    ),
    (
        OtherPlace("production", ("c1", "k1"), ("c2", "k2")),
        "production: approved for cluster c1 of company k1, it is now cluster c2 of company k2",
    ),
    (
        OtherInput("adopt", then=True, now=False),
        "it was approved with adopt true, and this run has false",
    ),
    (
        OtherInput("targets", (), ("a", "b")),
        "it was approved with targets none, and this run has 'a, b'",
    ),
]


@pytest.mark.parametrize("found, text", CASES)
def test_what_is_not_approved_in_words(found: Unapproved, text: str):
    assert unapproved_text(found) == text


def test_everything_that_is_not_approved_has_words():
    assert {type(found) for found, _ in CASES} == set(get_args(Unapproved))
    assert all(unapproved_text(UnapprovedChange(API, "update", fault)) for fault in ChangeFault)
