"""The report of an apply. Says that all is done only where all is done, and how to carry on where it is not."""

import json
from collections.abc import Iterator, Sequence

from reconciler.document import STATUSES, report_document, tally
from reconciler.model import Outcome
from reconciler.render.lines import SYMBOLS, name_of
from reconciler.render.markup import BUDGET, code, fitting
from reconciler.render.paint import paint
from reconciler.render.visible import shorten, visible

_WORDS = {
    "applied": "applied",
    "failed": "FAILED",
    "skipped": "skipped",
    "unknown": "UNKNOWN: may or may not have been carried out",
}
_FEWER = (1_000_000, 200, 50, 10, 0)


def report_as_text(outcomes: Sequence[Outcome], *, continue_with: str = "", colour: bool = False) -> str:
    """A line for each outcome, what did not succeed last, then the summary; ends in a newline.

    ``continue_with`` is the command that carries on, told where something is left.
    """
    lines = [line for one in _sorted(outcomes) for line in _lines(one, colour)]
    lines += (
        ["", paint(_worst(outcomes), report_line(outcomes), colour)] if lines else [report_line(outcomes)]
    )
    if continue_with and not _complete(outcomes):
        lines.append(f"To carry on: {visible(continue_with)}")
    return "\n".join(lines) + "\n"


def report_as_json(outcomes: Sequence[Outcome], *, continue_with: str = "") -> str:
    """The document of report.schema.json, in the order given, in ASCII."""
    document = report_document(outcomes, continue_with=continue_with)
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def report_as_markdown(outcomes: Sequence[Outcome], *, continue_with: str = "", budget: int = BUDGET) -> str:
    """GitHub's Markdown of at most ``budget`` bytes (1,000 or more, else ValueError): failures first."""
    texts = ("\n\n".join(_blocks(outcomes, continue_with, entries)) + "\n" for entries in _FEWER)
    return fitting(texts, budget)


def report_line(outcomes: Sequence[Outcome]) -> str:
    """The one sentence that says how it ended."""
    if not outcomes:
        return "Nothing to apply."
    count = tally(outcomes)
    if _complete(outcomes):
        return f"Apply complete: {count['applied']} applied."
    return f"Apply NOT complete: {', '.join(f'{count[status]} {status}' for status in STATUSES)}."


def _complete(outcomes: Sequence[Outcome]) -> bool:
    return all(one.status == "applied" for one in outcomes)


def _worst(outcomes: Sequence[Outcome]) -> str:
    present = {one.status for one in outcomes}
    return next((one for one in ("failed", "unknown", "skipped") if one in present), "applied")


def _sorted(outcomes: Sequence[Outcome]) -> list[Outcome]:
    order = ("applied", "skipped", "unknown", "failed")
    return sorted(outcomes, key=lambda one: order.index(one.status))


def _lines(one: Outcome, colour: bool) -> Iterator[str]:
    took = f" ({one.seconds:.1f} s)" if one.seconds else ""
    head = f"  {SYMBOLS[one.change.action]:<3} {name_of(one.change.address)}: {one.change.action}"
    yield paint(one.status, f"{head} {_WORDS[one.status]}{took}", colour)
    yield from (f"        {shorten(line, 2000)}" for line in one.error.splitlines())
    if one.note:
        yield f"        {shorten(one.note, 2000)}"


def _blocks(outcomes: Sequence[Outcome], continue_with: str, entries: int) -> Iterator[str]:
    yield f"### {report_line(outcomes)}"
    if continue_with and not _complete(outcomes) and entries:
        yield f"To carry on: {code(continue_with, 1000)}"
    left_out = 0
    for status in ("failed", "unknown", "skipped", "applied"):
        these = [one for one in outcomes if one.status == status]
        left_out += max(0, len(these) - entries)
        if lines := [_entry(one) for one in these[:entries]]:
            yield "\n".join([f"**{len(these)} {status}:**", "", *lines])
    if left_out:
        yield f"**Too long to show whole:** {left_out:,} changes are not named here."


def _entry(one: Outcome) -> str:
    told = " ".join(text for text in (one.error, one.note) if text)
    return f"- {code(f'{one.change.action} {one.change.address}')}{f': {code(told, 1000)}' if told else ''}"
