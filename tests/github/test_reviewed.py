"""An approval covers only what reviewers could read before the merge, and what was merged by itself."""

from datetime import timedelta

import pytest

from tests.github.conftest import HEAD, MANIFEST, MERGED, NEXT_HEAD
from tests.github.server import pull_body
from tests.github.test_used import FIRST, SECOND, approve, replicas, scale_by_hand, volumes

HOUR = timedelta(hours=1)
DELETING = "cluster: production\nstack: shop\nvolumes: {data: {}}\nremoved: {services: [web]}\n"


def refused(step, why):
    assert (step.code, step.outputs["failure-reason"]) == (3, "plan-changed"), step.log
    assert why in step.log


def deleting_is_planned(runner):
    """Pull request 8 deletes the running service ``web``; returns its comment."""
    assert approve(runner, MANIFEST.format(replicas=1), 7, HEAD, FIRST).code == 0
    runner.write(DELETING)
    runner.plan(NEXT_HEAD, number=8)
    (comment,) = runner.github.comments[8]
    return comment


def test_a_comment_that_was_edited_and_edited_back_approves_nothing(runner):
    comment = deleting_is_planned(runner)
    written = comment["body"]
    runner.github.ahead = HOUR
    runner.github.edit(comment, written.replace("DELETE", "KEEP"))
    runner.github.edit(comment, written)

    refused(runner.merge(8, head=NEXT_HEAD, commit=SECOND), "was edited")
    assert replicas(runner) == {"web": 1}


def test_a_comment_that_was_deleted_and_posted_again_approves_nothing(runner):
    comment = deleting_is_planned(runner)
    runner.github.comments[8].clear()
    runner.github.ahead = HOUR
    runner.github.add_comment(8, comment["body"])

    refused(runner.merge(8, head=NEXT_HEAD, commit=SECOND), "was edited")
    assert replicas(runner) == {"web": 1}


def test_a_hidden_comment_approves_nothing_until_it_is_shown(runner):
    comment = deleting_is_planned(runner)
    comment["hidden"] = True
    runner.github.add_comment(8, comment["body"].partition("\n")[2].replace("DELETE", "keep"))

    refused(runner.merge(8, head=NEXT_HEAD, commit=SECOND), "its comment is hidden")
    assert replicas(runner) == {"web": 1}
    comment["hidden"] = False
    assert runner.push(SECOND).code == 0
    assert replicas(runner) == {}


def test_without_an_edit_time_a_comments_last_change_counts(runner):
    comment = deleting_is_planned(runner)
    runner.github.fault("POST", "/graphql", status=403, times=9)
    runner.github.ahead = HOUR
    runner.github.edit(comment, comment["body"])

    refused(runner.merge(8, head=NEXT_HEAD, commit=SECOND), "was edited")


@pytest.mark.parametrize("days, code", [(6, 0), (8, 3)])
def test_a_plan_expires_by_githubs_clock_too(runner, days, code):
    runner.plan()
    runner.github.ahead = timedelta(days=days)

    step = runner.merge()

    assert step.code == code
    assert (volumes(runner) == set()) == (code == 3)
    assert ("its plan expired" in step.log) == (code == 3)


def test_of_two_comments_with_a_plan_neither_approves_until_the_plan_is_made_again(runner):
    comment = deleting_is_planned(runner)
    runner.github.add_comment(8, comment["body"].replace("DELETE", "KEEP"))

    refused(runner.merge(8, head=NEXT_HEAD, commit=SECOND), "it has 2 comments with a plan of this target")
    assert replicas(runner) == {"web": 1}

    runner.plan(NEXT_HEAD, number=8)
    first, second = (comment["body"] for comment in runner.github.comments[8][:2])
    assert "DELETE" in first
    assert second == "Replaced: the plan is in another comment of this pull request.\n"
    assert runner.merge(8, head=NEXT_HEAD, commit=SECOND).code == 0
    assert replicas(runner) == {}


@pytest.mark.parametrize("written", ["", "yesterday", 7, "2026-11-24"])
def test_a_time_that_cannot_be_read_approves_nothing(runner, written):
    comment = deleting_is_planned(runner)
    comment["edited_at"] = written or None
    comment["created_at"] = written

    step = runner.merge(8, head=NEXT_HEAD, commit=SECOND)

    assert (step.code, step.outputs["failure-reason"]) == (1, "api")
    assert replicas(runner) == {"web": 1}


def test_a_replanned_comment_approves_its_latest_plan(runner):
    runner.plan()
    runner.github.ahead = HOUR
    runner.write(MANIFEST.format(replicas=2))
    runner.plan()

    assert runner.merge().code == 0
    assert replicas(runner) == {"web": 2}


def test_a_plan_that_was_written_after_the_merge_approves_nothing(runner):
    assert approve(runner, MANIFEST.format(replicas=2), 7, HEAD, FIRST).code == 0
    scale_by_hand(runner, 3)
    runner.plan()
    early = pull_body(7, head=HEAD, merged=True, merged_at="2026-11-24T10:00:00Z")
    runner.github.pulls_by_commit[FIRST] = [early]

    refused(runner.push(FIRST), "after the pull request was merged")
    assert replicas(runner) == {"web": 3}


def test_a_comment_that_was_sealed_before_the_merge_and_written_after_it_approves_nothing(runner):
    comment = deleting_is_planned(runner)
    sealed = runner.github.now()
    merged, written = ((sealed + timedelta(seconds=late)).strftime("%Y-%m-%dT%H:%M:%SZ") for late in (20, 40))
    comment.update(edited_at=written, updated_at=written)
    runner.github.pulls_by_commit[SECOND] = [pull_body(8, head=NEXT_HEAD, merged=True, merged_at=merged)]

    refused(runner.push(SECOND), "after the pull request was merged")
    assert replicas(runner) == {"web": 1}


def test_without_the_time_of_the_merge_nothing_is_approved(runner):
    """Otherwise a plan that was written after it could count."""
    runner.plan()
    merged = {**pull_body(7, head=HEAD, merged=True), "merged": True, "merged_at": None}

    step = runner.run("apply", "pull_request", {"pull_request": merged})

    assert (step.code, step.outputs["failure-reason"]) == (1, "api"), step.log
    assert "GitHub does not say when pull request #7 was merged" in step.log
    assert replicas(runner) == {}


def test_two_pull_requests_with_the_same_head_approve_nothing(runner):
    runner.plan(number=7)
    runner.plan(number=8)
    runner.github.pulls_by_commit[HEAD] = [
        pull_body(7, head=HEAD, merged=True),
        pull_body(8, head=HEAD, merged=True),
    ]

    refused(runner.merge(7, 8), "#8")
    assert volumes(runner) == set()


def test_a_pull_request_merged_as_part_of_another_approves_nothing(runner):
    runner.plan(number=7)
    runner.write(MANIFEST.format(replicas=1) + "  more: {}\n")
    runner.plan(NEXT_HEAD, number=8)
    small, large = pull_body(7, head=HEAD, merged=True), pull_body(8, head=NEXT_HEAD, merged=True)
    runner.github.pulls_by_commit |= {MERGED: [large], HEAD: [small, large], NEXT_HEAD: [large]}
    runner.github.comments[8].clear()
    runner.write(MANIFEST.format(replicas=1))

    refused(runner.push(MERGED, commits=(HEAD, NEXT_HEAD, MERGED)), "#8")
    assert volumes(runner) == set()
