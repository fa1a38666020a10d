"""The report of an apply. Says that all is done only where all is done, and how to carry on where it is not."""

import json
from collections.abc import Iterator, Sequence

from reconciler.document import STATUSES, is_complete, report_document, tally
from reconciler.kinds import RUNNING
from reconciler.model import Address, Outcome
from reconciler.render.lines import SYMBOLS, listed, name_of
from reconciler.render.markup import BUDGET, code, fitting
from reconciler.render.paint import paint
from reconciler.render.visible import shorten, visible

_WORDS = {
    "applied": "applied",
    "failed": "FAILED",
    "skipped": "skipped",
    "unknown": "UNKNOWN",
}
WHERE_DOWN = (
    "Where a service did not come up, correct its manifest first. "
    "What was rolled back is sent again unchanged only with --retry."
)
_FEWER = (1_000_000, 200, 50, 10, 0)


def report_as_text(
    outcomes: Sequence[Outcome],
    *,
    problems: Sequence[str] = (),
    released: Sequence[Address] = (),
    verified: Sequence[Address] = (),
    continue_with: str = "",
    colour: bool = False,
    brief: bool = False,
) -> str:
    """A line for each outcome, what did not succeed last, then the summary; ends in a newline.

    ``brief`` leaves out what was applied, which was told as it ended.

    ``problems`` are what is wrong beside the outcomes, ``released`` what was forgotten, ``verified`` what was seen
    to be up without a change; ``continue_with`` is the command that carries on, told where something is left.
    """
    complete = is_complete(outcomes, problems)
    shown = [one for one in _sorted(outcomes) if not (brief and one.status == "applied")]
    lines = [line for one in shown for line in _lines(one, colour)]
    lines += [paint("failed", f"  {'!':<3} {shorten(one, 2000)}", colour) for one in problems]
    lines += [""] if lines else []
    lines.append(
        paint(_worst(outcomes, problems), report_line(outcomes, problems, released, verified), colour)
    )
    if continue_with and not complete:
        lines += [WHERE_DOWN] if may_be_down(outcomes, problems) else []
        lines.append(f"To continue: {visible(continue_with)}")
    return "\n".join(lines) + "\n"


def report_as_json(
    outcomes: Sequence[Outcome],
    *,
    problems: Sequence[str] = (),
    released: Sequence[Address] = (),
    verified: Sequence[Address] = (),
    continue_with: str = "",
) -> str:
    """The document of report.schema.json, in the order given, in ASCII."""
    document = report_document(
        outcomes, problems=problems, released=released, verified=verified, continue_with=continue_with
    )
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def report_as_markdown(outcomes: Sequence[Outcome], *, continue_with: str = "", budget: int = BUDGET) -> str:
    """GitHub's Markdown of at most ``budget`` bytes (1,000 or more, else ValueError): failures first."""
    texts = ("\n\n".join(_blocks(outcomes, continue_with, entries)) + "\n" for entries in _FEWER)
    return fitting(texts, budget)


def report_line(
    outcomes: Sequence[Outcome],
    problems: Sequence[str] = (),
    released: Sequence[Address] = (),
    verified: Sequence[Address] = (),
) -> str:
    """The one sentence that says how it ended."""
    count = tally(outcomes)
    if not is_complete(outcomes, problems):
        ended = ", ".join(f"{count[status]} {status}" for status in STATUSES if count[status])
        return f"Apply NOT complete: {ended if outcomes else 'nothing was applied'}."
    kept = sum(1 for one in outcomes if one.kept)
    ended = f"{count['applied']} applied" + (f", {kept} kept for now" if kept else "")
    told = [f"Apply complete: {ended}."] if outcomes else []
    told += [f"Released {len(released)}: {listed([str(one) for one in released])}."] if released else []
    told += [f"Now verified: {listed([str(one) for one in verified])}."] if verified else []
    return " ".join(told) or "Nothing to apply."


def may_be_down(outcomes: Sequence[Outcome], problems: Sequence[str]) -> bool:
    """Whether it may be a manifest that is at fault, so that the same again would end the same."""
    return bool(problems) or any(
        one.status == "failed" and one.change.address.kind in RUNNING for one in outcomes
    )


def _worst(outcomes: Sequence[Outcome], problems: Sequence[str]) -> str:
    present = {"failed"} if problems else {one.status for one in outcomes}
    return next((one for one in ("failed", "unknown", "skipped") if one in present), "applied")


def _sorted(outcomes: Sequence[Outcome]) -> list[Outcome]:
    order = ("applied", "skipped", "unknown", "failed")
    return sorted(outcomes, key=lambda one: order.index(one.status))


def _lines(one: Outcome, colour: bool) -> Iterator[str]:
    took = f" ({one.seconds:.1f} s)" if one.seconds else ""
    head = f"  {SYMBOLS[one.change.action]:<3} {name_of(one.change.address)}: {one.change.action}"
    yield paint(one.status, f"{head} {'kept' if one.kept else _WORDS[one.status]}{took}", colour)
    yield from (f"        {shorten(line, 2000)}" for line in one.error.splitlines())
    if one.note:
        yield f"        {shorten(one.note, 2000)}"


def _blocks(outcomes: Sequence[Outcome], continue_with: str, entries: int) -> Iterator[str]:
    yield f"### {report_line(outcomes)}"
    if continue_with and not is_complete(outcomes) and entries:
        yield f"To continue: {code(continue_with, 1000)}"
    left_out = 0
    for status in ("failed", "unknown", "skipped", "applied"):
        these = [one for one in outcomes if one.status == status]
        left_out += max(0, len(these) - entries)
        if lines := [_entry(one) for one in these[:entries]]:
            yield "\n".join([f"**{len(these)} {status}:**", "", *lines])
    if left_out:
        yield f"**Too long to show in full:** {left_out:,} changes are not named here."


def _entry(one: Outcome) -> str:
    told = " ".join(text for text in (one.error, one.note) if text)
    return f"- {code(f'{one.change.action} {one.change.address}')}{f': {code(told, 1000)}' if told else ''}"
