"""Why a push or a pull request does not count for an apply, in words."""

import pytest

from reconciler.model.branches import NotDirect, OtherBase, OtherBranch, OtherEvent, PushFault
from reconciler.render.branches import not_direct_text, other_base_text

FOR = "`without-approval: apply` is for direct pushes and for workflow_dispatch"


@pytest.mark.parametrize(
    "why, text",
    [
        (OtherEvent("schedule"), f"{FOR}, not for schedule"),
        (OtherBranch("next", ("main", "prod")), f"{FOR}: pushes to main, prod, and this is to next"),
        (OtherBranch("", ("main",)), f"{FOR}: pushes to main, and this is to a tag"),
        (
            PushFault.PULLS_UNKNOWN,
            f"{FOR}: without github-token it is unknown whether this push belongs to a pull request",
        ),
        (PushFault.OF_A_PULL_REQUEST, f"{FOR}: this belongs to a pull request"),
    ],
)
def test_why_a_push_is_not_direct(why: NotDirect, text: str):
    assert not_direct_text(why) == text


def test_a_branch_whose_pull_requests_approve_nothing_is_named_beside_those_that_do():
    assert other_base_text(OtherBase("next", ("main",))) == (
        "pull requests into next approve nothing, only those into main: the input base-branches names others"
    )
