"""The report of an apply as one HTML page."""

from reconciler.model import STATUSES, RunResult
from reconciler.render.outcomes import problem_text
from reconciler.render.page.changes import OPEN, all_shown, drawings
from reconciler.render.page.environment import page
from reconciler.render.page.plan import Chip, Stack, controls
from reconciler.render.report import (
    NOT_COMPLETE,
    WHERE_DOWN,
    counted,
    may_be_down,
    of_the_record,
    report_line,
)
from reconciler.render.visible import shorten

_FIRST = ("failed", "unknown", "skipped", "applied")


def report_as_html(result: RunResult, *, continue_with: str = "") -> str:
    """The whole page, in UTF-8, with failures first; ends in a newline. Parameters as of ``report_as_text``."""
    ended = sorted(result.outcomes, key=lambda outcome: _FIRST.index(outcome.status))
    changes = [outcome.change for outcome in ended]
    shown = all_shown(changes, ended)
    counts, complete = result.counts, result.is_complete
    wide, narrow = drawings(changes, shown)
    clusters = dict.fromkeys(change.cluster for change in shown)
    return page(
        "report.html",
        name="Apply",
        places=list(clusters),
        tone="good" if complete else "bad",
        headline=_headline(result),
        sentence=report_line(result)
        if complete
        else " ".join((f"{counted(result)}.", *of_the_record(result))),
        about="",
        chips=[Chip(status, counts[status], status) for status in STATUSES if counts[status]],
        problems=[shorten(problem_text(problem), 2000) for problem in result.problems],
        failed=[outcome for outcome in shown if outcome.status in ("failed", "unknown")],
        advice=WHERE_DOWN if not complete and continue_with and may_be_down(result) else "",
        continue_with="" if complete else continue_with,
        wide=wide,
        narrow=narrow,
        controls=controls(shown),
        many=len(shown) > OPEN,
        stacks=[
            Stack(cluster, tuple(change for change in shown if change.cluster == cluster), ())
            for cluster in clusters
        ],
        warnings=[],
    )


def _headline(result: RunResult) -> str:
    if not result.is_complete:
        return NOT_COMPLETE
    return "Apply complete" if result.outcomes or result.moved or result.released else "Nothing to apply"
