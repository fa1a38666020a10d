"""The report of an apply. It says that the apply is complete only if everything is done; otherwise how to continue."""

import json
from collections.abc import Iterator, Sequence

from reconciler.document import ReportWords, report_document
from reconciler.kinds import RUNNING
from reconciler.model import STATUSES, Outcome, RunResult
from reconciler.render.lines import SYMBOLS, listed, name_of
from reconciler.render.markup import BUDGET, code, fitting
from reconciler.render.outcomes import error_text, note_text, problem_text
from reconciler.render.paint import paint
from reconciler.render.visible import shorten, visible

_WORDS = {
    "applied": "applied",
    "failed": "FAILED",
    "skipped": "skipped",
    "unknown": "UNKNOWN",
}
NOT_COMPLETE = "Apply NOT complete"
WHERE_DOWN = (
    "If a service did not start, correct its manifest first. "
    "A spec that was rolled back is sent again unchanged only with --retry."
)
_DONE = {
    "create": "created",
    "update": "updated",
    "replace": "replaced",
    "delete": "deleted",
    "adopt": "adopted",
}
WORDS = ReportWords(error=error_text, note=note_text, problem=problem_text)
"""The texts of every report: those that the other formats show."""
_FEWER = (1_000_000, 200, 50, 10, 0)


def report_as_text(
    result: RunResult, *, continue_with: str = "", colour: bool = False, brief: bool = False
) -> str:
    """A line for each outcome, failures last, then the summary; ends in a newline.

    ``brief`` leaves out applied changes, which the progress has shown. ``continue_with`` is the command that continues,
    shown if the run is not complete.
    """
    shown = [outcome for outcome in _sorted(result.outcomes) if not (brief and outcome.status == "applied")]
    lines = [line for outcome in shown for line in _lines(outcome, colour)]
    lines += [
        paint("failed", f"  {'!':<3} {shorten(problem_text(problem), 2000)}", colour)
        for problem in result.problems
    ]
    lines += [""] if lines else []
    lines.append(paint(_worst(result), report_line(result), colour))
    if continue_with and not result.is_complete:
        lines += [WHERE_DOWN] if may_be_down(result) else []
        lines.append(f"To continue: {visible(continue_with)}")
    return "\n".join(lines) + "\n"


def report_as_json(result: RunResult, *, continue_with: str = "") -> str:
    """The document of report.schema.json, in the order given, in ASCII."""
    document = report_document(result, WORDS, continue_with=continue_with)
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def report_as_markdown(result: RunResult, *, continue_with: str = "", budget: int = BUDGET) -> str:
    """GitHub's Markdown of at most ``budget`` bytes (1,000 or more, else ValueError): failures first."""
    texts = ("\n\n".join(_blocks(result, continue_with, entries)) + "\n" for entries in _FEWER)
    return fitting(texts, budget)


def report_line(result: RunResult) -> str:
    """How the run ended, and the changes of the record alone: a sentence each, on one line."""
    return " ".join(filter(None, (_ending(result), *of_the_record(result)))) or "Nothing to apply."


def of_the_record(result: RunResult) -> tuple[str, ...]:
    """A sentence for each kind of change that a run made in the record alone, with the objects' addresses."""
    return tuple(
        f"{label}: {listed([str(address) for address in addresses])}."
        for label, addresses in (
            (f"Moved {len(result.moved)}", result.moved),
            (f"Released {len(result.released)}", result.released),
            ("Now verified", result.verified),
            ("Accepted, tasks not seen", result.accepted),
        )
        if addresses
    )


def _ending(result: RunResult) -> str:
    """How the changes ended, in one sentence; "" if there were none and there is no problem."""
    counts = result.counts
    if not result.is_complete:
        return f"{NOT_COMPLETE}: {counted(result)}."
    kept = sum(1 for outcome in result.outcomes if outcome.kept)
    ended = f"{counts['applied']} applied" + (f", {kept} kept for now" if kept else "")
    return f"Apply complete: {ended}." if result.outcomes else ""


def counted(result: RunResult) -> str:
    """How many changes ended how, as in ``3 applied, 1 failed``."""
    counts = result.counts
    ended = ", ".join(f"{counts[status]} {status}" for status in STATUSES if counts[status])
    return ended or "nothing was applied"


def ended(outcome: Outcome) -> str:
    """How a change ended, as in ``updated`` or ``update failed``."""
    action = outcome.change.action
    return _DONE[action] if outcome.status == "applied" else f"{action} {outcome.status}"


def may_be_down(result: RunResult) -> bool:
    """Whether the cause may be a manifest, so that the same apply would fail again."""
    return bool(result.problems) or any(
        outcome.status == "failed" and outcome.change.address.kind in RUNNING for outcome in result.outcomes
    )


def _worst(result: RunResult) -> str:
    present = {"failed"} if result.problems else {outcome.status for outcome in result.outcomes}
    return next((status for status in ("failed", "unknown", "skipped") if status in present), "applied")


def _sorted(outcomes: Sequence[Outcome]) -> list[Outcome]:
    order = ("applied", "skipped", "unknown", "failed")
    return sorted(outcomes, key=lambda outcome: order.index(outcome.status))


def _lines(outcome: Outcome, colour: bool) -> Iterator[str]:
    took = f" ({outcome.seconds:.1f} s)" if outcome.seconds else ""
    head = f"  {SYMBOLS[outcome.change.action]:<3} {name_of(outcome.change.address)}: {outcome.change.action}"
    yield paint(outcome.status, f"{head} {'kept' if outcome.kept else _WORDS[outcome.status]}{took}", colour)
    yield from (f"        {shorten(line, 2000)}" for line in error_text(outcome).splitlines())
    if note := note_text(outcome):
        yield f"        {shorten(note, 2000)}"


def _blocks(result: RunResult, continue_with: str, entries: int) -> Iterator[str]:
    yield f"### {report_line(result)}"
    if continue_with and not result.is_complete and entries:
        yield f"To continue: {code(continue_with, 1000)}"
    left_out = 0
    for status in ("failed", "unknown", "skipped", "applied"):
        of_status = [outcome for outcome in result.outcomes if outcome.status == status]
        left_out += max(0, len(of_status) - entries)
        if lines := [_entry(outcome) for outcome in of_status[:entries]]:
            yield "\n".join([f"**{len(of_status)} {status}:**", "", *lines])
    if left_out:
        yield f"**Too long to show in full:** {left_out:,} changes are not listed here."


def _entry(outcome: Outcome) -> str:
    text = " ".join(filter(None, (error_text(outcome), note_text(outcome))))
    return f"- {code(f'{outcome.change.action} {outcome.change.address}')}{f': {code(text, 1000)}' if text else ''}"
