"""How an apply ended as JSON values, by report.schema.json."""

from typing import Any

from reconciler.document.plans import FORMAT_VERSION
from reconciler.model import RunResult


def report_document(result: RunResult, *, continue_with: str = "") -> dict[str, Any]:
    """How an apply ended as one document of report.schema.json, outcomes in the order given.

    ``continue_with`` is the command that carries on; null in the document when the run is complete.
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
                "error": outcome.error,
                "note": outcome.note,
                "seconds": round(outcome.seconds, 3),
            }
            for outcome in result.outcomes
        ],
        "moved": [address._asdict() for address in result.moved],
        "released": [address._asdict() for address in result.released],
        "verified": [address._asdict() for address in result.verified],
        "accepted": [address._asdict() for address in result.accepted],
        "problems": list(result.problems),
        "continue_with": None if result.is_complete else continue_with or None,
    }
