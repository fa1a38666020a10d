"""The report of an apply as JSON."""

from reconciler.document import ReportWords, report_document
from reconciler.model import Address, Outcome, RunResult
from tests.changes import change_of

API = Address("production", "service", "api")


def test_a_continue_command_is_reported_only_for_an_incomplete_run():
    change, words = change_of(API, "update"), ReportWords(str, str, str)

    assert (
        report_document(RunResult([Outcome(change, "applied")]), words, continue_with="again")[
            "continue_with"
        ]
        is None
    )
    assert (
        report_document(RunResult([Outcome(change, "skipped")]), words, continue_with="again")[
            "continue_with"
        ]
        == "again"
    )
