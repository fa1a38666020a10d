"""The report of an apply as JSON."""

from reconciler.document import report_document
from reconciler.model import Address, Outcome, RunResult
from tests.changes import change_of

API = Address("production", "service", "api")


def test_a_command_to_carry_on_with_is_reported_only_where_something_is_left():
    change = change_of(API, "update")

    assert (
        report_document(RunResult([Outcome(change, "applied")]), continue_with="again")["continue_with"]
        is None
    )
    assert (
        report_document(RunResult([Outcome(change, "skipped")]), continue_with="again")["continue_with"]
        == "again"
    )
