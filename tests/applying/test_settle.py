"""A write with an unclear answer is settled by reading; it counts as failed only if it certainly did not happen."""

import pytest

from reconciler.applying.settle import Found, settle
from reconciler.errors import (
    Ambiguous,
    ChangedSincePlanned,
    ReconcilerError,
    Rejected,
    ServerFault,
    UnknownOutcome,
    Unreachable,
)

NO_ANSWER = Ambiguous("no whole answer came")
REJECTED = Rejected("no such image", status=400, method="POST", path="/services")


def answered(status: int) -> Ambiguous:
    """The error of a write that the server answered with 5xx."""
    doubt = Ambiguous(f"{status} (the change may or may not have been carried out)")
    doubt.__cause__ = ServerFault(str(status), status=status, method="POST", path="/services")
    return doubt


def tried(*answers: ReconcilerError | None, found: Found | ReconcilerError = "unchanged") -> int:
    """Settle a write with one of these answers for each attempt; returns the number of attempts."""
    sent = 0

    def write() -> None:
        nonlocal sent
        sent += 1
        answer = answers[sent - 1]
        if answer is not None:
            raise answer

    def look() -> Found:
        if isinstance(found, ReconcilerError):
            raise found
        return found

    settle(write, look, pause=lambda tries: tries < len(answers))
    return sent


def test_a_successful_answer_needs_no_further_request():
    assert tried(None, None, found=Unreachable("nobody looks")) == 1


@pytest.mark.parametrize("doubt", [NO_ANSWER, answered(500), answered(502)])
def test_a_lost_answer_counts_as_done_if_the_object_is_as_planned(doubt):
    assert tried(doubt, found="done") == 1
    assert tried(doubt, found="made") == 1


def test_a_write_with_a_lost_answer_and_no_effect_is_sent_once_more():
    assert tried(NO_ANSWER, None) == 2
    assert tried(Unreachable("no connection"), None) == 2


def test_an_object_with_that_name_that_this_run_did_not_create_is_foreign():
    with pytest.raises(ChangedSincePlanned):
        tried(REJECTED, found="made")


@pytest.mark.parametrize("answer", [NO_ANSWER, answered(500), REJECTED])
def test_a_concurrent_change_is_not_overwritten(answer):
    with pytest.raises(ChangedSincePlanned):
        tried(answer, None, found="changed")


def test_a_definite_refusal_raises_its_own_error():
    with pytest.raises(Rejected):
        tried(REJECTED, REJECTED)


def test_a_server_error_without_an_effect_counts_as_a_failure():
    with pytest.raises(ReconcilerError, match="nothing has changed") as failed:
        tried(answered(500), answered(500))

    assert not isinstance(failed.value, UnknownOutcome)


@pytest.mark.parametrize("doubt", [NO_ANSWER, answered(408), answered(502), answered(504)])
@pytest.mark.parametrize("then", [answered(500), REJECTED, Unreachable("no connection")])
def test_a_write_that_may_still_arrive_stays_unknown_after_a_second_try(doubt, then):
    for answers in [(doubt, then), (then, doubt)]:
        with pytest.raises(UnknownOutcome):
            tried(*answers)


def test_a_write_whose_result_cannot_be_read_stays_unknown():
    with pytest.raises(UnknownOutcome, match="reading it again failed"):
        tried(NO_ANSWER, found=Unreachable("no connection"))


def test_a_refused_write_stays_refused_if_the_object_can_not_be_read():
    with pytest.raises(Rejected):
        tried(REJECTED, found=Unreachable("no connection"))
