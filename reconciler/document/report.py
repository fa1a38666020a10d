"""The result of an apply as JSON values, by report.schema.json."""

from collections.abc import Callable
from typing import Any, NamedTuple

from reconciler.document.plans import FORMAT_VERSION
from reconciler.model import Outcome, RunResult
from reconciler.model.problem import RunProblem


class ReportWords(NamedTuple):
    """Functions that turn the types of a result into text; ``render.report`` provides them."""

    error: Callable[[Outcome], str]
    note: Callable[[Outcome], str]
    problem: Callable[[RunProblem], str]


def report_document(result: RunResult, words: ReportWords, *, continue_with: str = "") -> dict[str, Any]:
    """The result of an apply as one document of report.schema.json, outcomes in the given order.

    ``continue_with`` is the command that continues an incomplete run; it is null in the document if the run is
    complete.
    """
    return {
        "format_version": FORMAT_VERSION,
        "complete": result.is_complete,
        "summary": result.counts,
        "outcomes": [
            {
                "cluster": outcome.change.address.cluster,
                "kind": outcome.change.address.kind,
                "name": outcome.change.address.name,
                "action": outcome.change.action,
                "status": outcome.status,
                "error": words.error(outcome),
                "note": words.note(outcome),
                "seconds": round(outcome.seconds, 3),
            }
            for outcome in result.outcomes
        ],
        "moved": [address._asdict() for address in result.moved],
        "released": [address._asdict() for address in result.released],
        "verified": [address._asdict() for address in result.verified],
        "accepted": [address._asdict() for address in result.accepted],
        "problems": [words.problem(problem) for problem in result.problems],
        "continue_with": None if result.is_complete else continue_with or None,
    }
