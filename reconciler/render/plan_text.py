"""A plan as text for a terminal or a log: what a reviewer reads before approving it."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from msgspec.structs import replace

from reconciler.document import PlanMeta
from reconciler.model import AnyPlan, Diagnostic
from reconciler.render.diagnostics import diagnostics_as_text
from reconciler.render.lines import (
    LOUD,
    SYMBOLS,
    Line,
    Summary,
    cells,
    change_lines,
    destroyed,
    drifted,
    legend,
    name_of,
    other_lines,
    summary_line,
    title,
)
from reconciler.render.paint import paint
from reconciler.render.visible import shorten

_COLUMNS = 80
"""The width of a table that any terminal shows without breaking its rows."""
_NARROW = 10
"""The characters at which the heading of a column of numbers is broken."""


def as_text(
    plans: Sequence[AnyPlan],
    *,
    diagnostics: Sequence[Diagnostic] = (),
    meta: PlanMeta | None = None,
    colour: bool = False,
    summary: Summary = summary_line,
) -> str:
    """The plans, each below its cluster and stack, then the warnings, and the summary as the last line. Ends in a
    newline."""
    parts = [f"{about(meta)}\n"] if meta else []
    parts += [_plan(plan, colour) for plan in plans if plan.changes or any(other_lines(plan))]
    parts += [diagnostics_as_text(diagnostics, colour=colour)] if diagnostics else []
    parts += [_end(plans, colour, summary)]
    return "\n".join(parts)


def about(meta: PlanMeta) -> str:
    """A line that says when a plan was made, for what and by which version, and when it expires (if it does)."""
    commit = f" at commit {meta.commit}" if meta.commit else ""
    text = f"Planned {meta.created}{commit} by reconciler {meta.tool_version} for company {meta.company}"
    until = f"; expires {meta.expires}" if meta.expires else ""
    return shorten(f"{text} at {meta.api_url}{until}.", 1000)


def _plan(plan: AnyPlan, colour: bool) -> str:
    lines = [paint("heading", title(plan), colour)]
    for change in plan.changes:
        lines += ["", *(_line(line, colour) for line in change_lines(change))]
    if others := [_line(line, colour) for line in other_lines(plan)]:
        lines += ["", *others]
    return "\n".join(lines) + "\n"


def _line(line: Line, colour: bool) -> str:
    if symbol := SYMBOLS.get(line.role):
        return paint(line.role, f"  {symbol:<3} {line.text}", colour)
    if line.role in ("added", "removed"):
        sign = "+" if line.role == "added" else "-"
        return paint(line.role, f"{'    ' * (1 + line.depth)}{sign} {line.text}", colour)
    if line.depth == 0:
        return paint(line.role, f"  {'!' if line.role == 'refusal' else 'i':<3} {line.text}", colour)
    return paint(line.role, f"{'    ' * (1 + line.depth)}{line.text}", colour)


def _end(plans: Sequence[AnyPlan], colour: bool, summary: Summary) -> str:
    lines = list(_warnings(plans, colour, summary))
    if sum(bool(plan.changes) for plan in plans) > 1:
        lines += [*([""] if lines else []), *_counts(plans, colour), ""]
    if symbols := legend(plans):
        lines.append(paint("context", f"Legend: {symbols}", colour))
    role = "refusal" if any(plan.refusals for plan in plans) else "heading"
    return "\n".join([*lines, paint(role, summary(plans), colour)]) + "\n"


def _counts(plans: Sequence[AnyPlan], colour: bool) -> list[str]:
    """The number of changes of each stack: a table, or a sentence for each where a table does not fit a terminal."""
    (_, *words), *rows = cells([replace(plan, cluster_id="") for plan in plans])
    heading = _headings(words)
    widths = [max(map(len, column)) for column in zip(*heading, *rows, strict=True)]
    if sum(widths) + 2 * len(words) <= _COLUMNS:
        lines = [_row(cells_of_row, widths) for cells_of_row in (*heading, *rows)]
        return [*(paint("heading", line, colour) for line in lines[: len(heading)]), *lines[len(heading) :]]
    return [
        f"{where}: {', '.join(f'{count} {word}' for count, word in zip(counts, words, strict=True) if count)}"
        for where, *counts in rows
    ]


def _headings(words: Sequence[str]) -> list[tuple[str, ...]]:
    """The rows of headings: words that are wide for a number are broken, and end on the same line."""
    broken = [wrap(word, _NARROW) for word in words]
    height = max(map(len, broken))
    columns = [[""] * (height - len(lines)) + lines for lines in broken]
    return list(zip([""] * (height - 1) + ["where"], *columns, strict=True))


def _row(row: Sequence[str], widths: Sequence[int]) -> str:
    where, *counts = zip(row, widths, strict=True)
    return "  ".join([where[0].ljust(where[1]), *(count.rjust(width) for count, width in counts)]).rstrip()


def _warnings(plans: Sequence[AnyPlan], colour: bool, summary: Summary) -> Iterator[str]:
    changes = destroyed(plans)
    for action in LOUD:
        if names := [name_of(change.address) for change in changes if change.action == action]:
            yield paint(action, f"{len(names)} to {action.upper()}:", colour)
            yield from (paint(action, f"  {SYMBOLS[action]:<3} {name}", colour) for name in names)
    if fields := drifted(plans, summary):
        what = "1 field was" if fields == 1 else f"{fields} fields were"
        yield paint("drift", f"{what} changed outside git", colour)
