"""A write whose answer leaves it open is settled by looking; only what certainly did not happen is called failed."""

import pytest

from reconciler.applying.settle import ChangedSincePlanned, Found, UnknownOutcome, settle
from reconciler.errors import Ambiguous, ReconcilerError, Rejected, ServerFault, Unreachable

NO_ANSWER = Ambiguous("no whole answer came")
REJECTED = Rejected("no such image", status=400, method="POST", path="/services")


def answered(status: int) -> Ambiguous:
    """What a write raises that the server answered with 5xx."""
    doubt = Ambiguous(f"{status} (the change may or may not have been carried out)")
    doubt.__cause__ = ServerFault(str(status), status=status, method="POST", path="/services")
    return doubt


def tried(*answers: ReconcilerError | None, found: Found | ReconcilerError = "unchanged") -> int:
    """Settle a write that is answered so, one answer for each time that it is sent; how often it was."""
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


def test_a_good_answer_is_the_end_of_it():
    assert tried(None, None, found=Unreachable("nobody looks")) == 1


@pytest.mark.parametrize("doubt", [NO_ANSWER, answered(500), answered(502)])
def test_a_doubt_is_over_where_the_object_is_as_it_was_to_be(doubt):
    assert tried(doubt, found="done") == 1
    assert tried(doubt, found="made") == 1


def test_what_left_no_trace_is_sent_once_more():
    assert tried(NO_ANSWER, None) == 2
    assert tried(Unreachable("no connection"), None) == 2


def test_a_namesake_that_nobody_can_have_made_for_us_is_somebody_elses():
    with pytest.raises(ChangedSincePlanned):
        tried(REJECTED, found="made")


@pytest.mark.parametrize("answer", [NO_ANSWER, answered(500), REJECTED])
def test_what_somebody_else_wrote_meanwhile_is_not_written_over(answer):
    with pytest.raises(ChangedSincePlanned):
        tried(answer, None, found="changed")


def test_a_refusal_without_a_doubt_is_the_error_itself():
    with pytest.raises(Rejected):
        tried(REJECTED, REJECTED)


def test_the_servers_own_fault_without_a_trace_is_believed():
    with pytest.raises(ReconcilerError, match="nothing has changed") as failed:
        tried(answered(500), answered(500))

    assert not isinstance(failed.value, UnknownOutcome)


@pytest.mark.parametrize("doubt", [NO_ANSWER, answered(408), answered(502), answered(504)])
@pytest.mark.parametrize("then", [answered(500), REJECTED, Unreachable("no connection")])
def test_what_may_still_come_stays_unknown_whatever_is_answered_to_the_next_try(doubt, then):
    for answers in [(doubt, then), (then, doubt)]:
        with pytest.raises(UnknownOutcome):
            tried(*answers)


def test_a_doubt_that_nobody_could_look_into_stays_one():
    with pytest.raises(UnknownOutcome, match="reading it again failed"):
        tried(NO_ANSWER, found=Unreachable("no connection"))


def test_a_refusal_that_nobody_could_look_into_is_a_refusal():
    with pytest.raises(Rejected):
        tried(REJECTED, found=Unreachable("no connection"))
