"""The text for parts of a plan that are not approved."""

from typing import get_args

import pytest

from reconciler.model import Address, Applied
from reconciler.model.unapproved import (
    ChangeFault,
    LastApplyUnclear,
    NoApproval,
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
from reconciler.render.unapproved import superseded_text, unapproved_text

API = Address("production", "service", "api")
FOR = "`without-approval: apply` is for direct pushes and for workflow_dispatch"
BY_HAND = (
    "Look at the plan, then run this workflow by hand (workflow_dispatch) with `without-approval: apply`"
)
LAST = Applied("2026-11-24T10:00:00Z", "mia", "0123456789abcdef", {}, "github.com/clinic/infra")
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
    (
        OtherBase("next", ("main",)),
        "pull requests into next approve nothing, only those into main: the input base-branches names others",
    ),
    (OtherEvent("schedule"), f"{FOR}, not for schedule"),
    (OtherBranch("next", ("main", "prod")), f"{FOR}: pushes to main, prod, and this is to next"),
    (OtherBranch("", ("main",)), f"{FOR}: pushes to main, and this is to a tag"),
    (
        PushFault.PULLS_UNKNOWN,
        f"{FOR}: without github-token it is unknown whether this push belongs to a pull request",
    ),
    (PushFault.OF_A_PULL_REQUEST, f"{FOR}: this belongs to a pull request"),
    (NoApproval.NO_PLAN_KEY, "plan-key is not set, so the approval of a pull request cannot be checked"),
    (NoApproval.NO_PULL_REQUEST, f"this commit does not belong to a merged pull request. {BY_HAND}"),
    (RequestRefused(7, "its signature does not match"), "pull request #7: its signature does not match"),
    (
        LastApplyUnclear("production", "clinic", LAST, is_known=True),
        (
            "production, stack clinic: the last apply was of a commit that is not in this branch's history "
            f"(0123456789ab, 2026-11-24T10:00:00Z, by mia). {BY_HAND}"
        ),
    ),
    (
        LastApplyUnclear("production", "clinic", LAST._replace(commit=""), is_known=False),
        (
            "production, stack clinic: the last apply was of a commit that is unknown "
            f"(without a commit, 2026-11-24T10:00:00Z, by mia). {BY_HAND}"
        ),
    ),
]


@pytest.mark.parametrize("found, text", CASES)
def test_an_unapproved_part_is_worded(found: Unapproved, text: str):
    assert unapproved_text(found) == text


def test_every_unapproved_part_has_words():
    assert {type(found) for found, _ in CASES} == set(get_args(Unapproved))
    assert all(unapproved_text(UnapprovedChange(API, "update", fault)) for fault in ChangeFault)


def test_why_a_stack_is_not_applied_names_the_newer_apply():
    assert superseded_text(Superseded("production", "clinic", LAST)) == (
        "production, stack clinic: a newer commit, which includes this one, was already applied "
        "(0123456789ab, 2026-11-24T10:00:00Z, by mia)"
    )
