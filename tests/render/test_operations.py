"""The text for the end of an operation."""

import pytest

from reconciler.model.failure import Failure
from reconciler.model.operation import (
    AnswerLost,
    NotReadyAgain,
    OperationEnd,
    OperationResult,
    RebootNotSeen,
)
from reconciler.model.rollout import RolloutResult
from reconciler.render.operations import end_text, operation_line

NO_ANSWER = Failure("unknown", "no whole answer came")


@pytest.mark.parametrize(
    "end, text",
    [
        (RebootNotSeen(20.0), "reboot accepted; the node stayed Ready for 20 s"),
        (NotReadyAgain(1800.0), "not Ready again after 30 minutes; it may still come back"),
        (
            AnswerLost("test event", NO_ANSWER),
            "the answer was lost, so it may or may not have been sent: no whole answer came",
        ),
        (RolloutResult("deleted", "failed"), "the service was deleted meanwhile"),
        (Failure("rejected", "403 Forbidden", 403), "403 Forbidden"),
    ],
)
def test_the_end_of_an_operation_is_worded(end, text):
    assert end_text(OperationResult("production/node/n1", "failed", end)) == text


@pytest.mark.parametrize("end", OperationEnd)
def test_every_end_has_words(end):
    assert end_text(OperationResult("production/node/n1", "failed", end))


def test_a_line_names_the_object_and_says_done_for_a_success():
    done = OperationResult("production/node/n1", "applied", OperationEnd.REBOOTED)
    failed = OperationResult("production/node/n1", "failed", OperationEnd.BEING_DELETED)

    assert operation_line(done) == "production/node/n1: done, rebooted, and Ready again"
    assert operation_line(failed) == "production/node/n1: failed, it is deleted, or is being deleted"


def test_a_hostile_name_stays_on_its_line():
    sent = OperationResult("x\n::add-mask::web (hooks.example.com)", "applied", OperationEnd.EVENT_ACCEPTED)

    assert operation_line(sent).startswith(r"x\n::add-mask::web (hooks.example.com): done, ")
