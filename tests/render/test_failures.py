"""Errors as values and in words."""

from typing import get_args

import pytest

from reconciler.errors import ReconcilerError, Rejected, UsageError
from reconciler.model.failure import Failure, FailureKind
from reconciler.render.failures import failure_text


@pytest.mark.parametrize(
    "failure, text",
    [
        (Failure("rejected", "400: no such image", 400), "400: no such image"),
        (Failure("bug", "KeyError"), "a bug in reconciler (KeyError)"),
        (Failure("interrupted"), "the run was interrupted"),
    ],
)
def test_a_failure_is_worded(failure: Failure, text: str):
    assert failure_text(failure) == text


def _errors(parent: type[ReconcilerError]) -> list[type[ReconcilerError]]:
    return [parent, *(found for child in parent.__subclasses__() for found in _errors(child))]


@pytest.mark.parametrize("error", _errors(ReconcilerError))
def test_every_error_is_of_a_kind_and_none_raised_on_purpose_counts_as_a_bug(error: type[ReconcilerError]):
    raised = error.__new__(error)  # whatever its arguments are
    raised.__dict__["status"] = 400
    failure = Failure.of(raised)

    assert failure.kind in get_args(FailureKind)
    assert failure.kind != "bug"


def test_a_failure_keeps_the_status_of_the_answer_and_of_a_bug_only_the_type():
    rejected = Rejected("409: in use", status=409, method="DELETE", path="/volumes/1")

    assert Failure.of(rejected) == Failure("rejected", "409: in use", 409)
    assert Failure.of(UsageError("no token")) == Failure("other", "no token")
    assert Failure.of(ValueError("hunter2")) == Failure("bug", "ValueError")
