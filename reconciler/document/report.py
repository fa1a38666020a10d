"""The report of an apply as JSON values, by report.schema.json."""

from collections.abc import Sequence
from typing import Any, get_args

from reconciler.document.plans import FORMAT_VERSION
from reconciler.model import Address, Outcome, Status

STATUSES: tuple[Status, ...] = get_args(Status)


def report_document(
    outcomes: Sequence[Outcome],
    *,
    problems: Sequence[str] = (),
    released: Sequence[Address] = (),
    verified: Sequence[Address] = (),
    continue_with: str = "",
) -> dict[str, Any]:
    """How an apply ended as one document of report.schema.json, in the order given.

    ``problems`` are what is wrong beside the outcomes, ``released`` what was forgotten, ``verified`` what was seen
    to be up without a change. ``continue_with`` is the command that carries on; null in the document when all is as
    it should be.
    """
    complete = is_complete(outcomes, problems)
    return {
        "format_version": FORMAT_VERSION,
        "complete": complete,
        "summary": tally(outcomes),
        "outcomes": [
            {
                "cluster": one.change.address.cluster,
                "kind": one.change.address.kind,
                "name": one.change.address.name,
                "action": one.change.action,
                "status": one.status,
                "error": one.error,
                "note": one.note,
                "seconds": round(one.seconds, 3),
            }
            for one in outcomes
        ],
        "released": [one._asdict() for one in released],
        "verified": [one._asdict() for one in verified],
        "problems": list(problems),
        "continue_with": None if complete else continue_with or None,
    }


def is_complete(outcomes: Sequence[Outcome], problems: Sequence[str] = ()) -> bool:
    """Whether everything was applied, or is kept by the platform for now, and nothing else is wrong."""
    return not problems and all(one.is_done for one in outcomes)


def tally(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many changes ended in each status."""
    return {status: sum(1 for one in outcomes if one.status == status) for status in STATUSES}
