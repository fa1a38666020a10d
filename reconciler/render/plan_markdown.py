"""A plan as Markdown for a pull request: destroyed objects first, and never longer than a comment may be."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from reconciler.document import ACTIONS, PlanMeta
from reconciler.kinds import KINDS
from reconciler.model import Action, AnyChange, AnyPlan, Diagnostic
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
    other_lines,
    summary_line,
    title,
)
from reconciler.render.markup import BUDGET, LIMIT, code, fence, fitting
from reconciler.render.plan_mermaid import mermaid
from reconciler.render.plan_text import about
from reconciler.render.reasons import reason_of
from reconciler.render.refusals import refusal_text
from reconciler.render.visible import shorten, visible

FEW = 20
"""The most restarting services that are named; the others are counted."""
_RUNS = next(kind.name for kind in KINDS.values() if kind.rolls_out)
_MARKS = {"create": "+", "added": "+", "delete": "-", "replace": "-", "removed": "-", "refusal": "-"}
_MARKS |= {"update": "!", "adopt": "!", "version": "!", "drift": "!"}


class Detail(Struct, frozen=True):
    """How much is shown: for which actions the fields (``bodies``) and the first line (``heads``), and how many entries
    of each list."""

    graph: bool = True
    bodies: tuple[Action, ...] = ACTIONS
    heads: tuple[Action, ...] = ACTIONS
    others: bool = True
    restarts: bool = True
    table: bool = True
    entries: int = 500
    left_out: tuple[str, ...] = ()


def _levels() -> Iterator[Detail]:
    """From everything down to the totals alone. Destroyed objects are left out last, totals never."""
    detail = Detail()
    yield detail
    for what, smaller in (
        ("the graph", replace(detail, graph=False)),
        ("the fields of created objects", replace(detail, graph=False, bodies=ACTIONS[1:])),
        ("the fields of updated and adopted objects", replace(detail, graph=False, bodies=LOUD)),
        ("all fields", replace(detail, graph=False, bodies=())),
        (
            "the names of created, updated and adopted objects",
            replace(detail, graph=False, bodies=(), heads=LOUD),
        ),
        (
            "notes, the names of restarted services",
            replace(detail, graph=False, bodies=(), heads=(), others=False, restarts=False),
        ),
    ):
        detail = replace(smaller, left_out=(*detail.left_out, what))
        yield detail
    for entries in (100, 20, 5):
        yield replace(detail, entries=entries)
    what = "the names of DELETED and REPLACED objects, warnings, the reasons of refusals, the table"
    yield replace(detail, entries=0, table=False, left_out=(*detail.left_out, what))


class Fitted(NamedTuple):
    """A plan's Markdown, and whether it names every object that the plan deletes or replaces (``names_destroyed``)."""

    blocks: tuple[str, ...]
    names_destroyed: bool

    @property
    def text(self) -> str:
        """The blocks, the summary first, with an empty line between two; ends in a newline."""
        return as_text(self.blocks)


def as_text(blocks: Iterable[str]) -> str:
    """Blocks of Markdown as a text."""
    return "\n\n".join(blocks) + "\n"


def as_markdown(
    plans: Sequence[AnyPlan],
    *,
    diagnostics: Sequence[Diagnostic] = (),
    meta: PlanMeta | None = None,
    budget: int = BUDGET,
    summary: Summary = summary_line,
) -> str:
    """GitHub Markdown of at most ``budget`` bytes of UTF-8. Raises ValueError for a budget below 1,000.

    Parts that do not fit are left out in a fixed order, and the text says which.
    """
    return fitted(plans, diagnostics=diagnostics, meta=meta, budget=budget, summary=summary).text


def fitted(
    plans: Sequence[AnyPlan],
    *,
    diagnostics: Sequence[Diagnostic] = (),
    meta: PlanMeta | None = None,
    budget: int = BUDGET,
    summary: Summary = summary_line,
) -> Fitted:
    """As ``as_markdown``, and whether the text names every destroyed object."""
    tried: list[tuple[Detail, tuple[str, ...]]] = []

    def levels() -> Iterator[str]:
        for level in _levels():
            tried.append((level, tuple(_blocks(plans, diagnostics, meta, level, summary))))
            yield as_text(tried[-1][1])

    fitting(levels(), budget)
    detail, blocks = tried[-1]
    losses = list(destroyed(plans))
    largest = max((sum(1 for change in losses if change.action == action) for action in LOUD), default=0)
    named = all(visible(str(change.address)) in shorten(_named(change), LIMIT) for change in losses)
    return Fitted(blocks, named and largest <= detail.entries)


def _blocks(
    plans: Sequence[AnyPlan],
    diagnostics: Sequence[Diagnostic],
    meta: PlanMeta | None,
    detail: Detail,
    summary: Summary,
) -> Iterator[str]:
    yield f"### {summary(plans)}"
    if detail.left_out:
        yield (
            f"**Too long to show in full.** Left out: {', '.join(detail.left_out)}. "
            "The plan file has everything: `reconciler show FILE`."
        )
    refusals = [f"{title(plan)}: {refusal_text(refusal)}" for plan in plans for refusal in plan.refusals]
    yield from map(_loud, _entries("Refused", refusals, detail.entries))
    for action in LOUD:
        changes = [change for change in destroyed(plans) if change.action == action]
        yield from map(
            _loud, _entries(f"{len(changes)} to {action.upper()}", list(map(_named, changes)), detail.entries)
        )
    if detail.restarts:
        yield from _restarts(plans)
    if fields := drifted(plans, summary):
        yield f"**Changed outside git:** {_counted(fields, 'field')}, marked below."
    if detail.table and sum(bool(plan.changes) for plan in plans) > 1:
        yield _table(plans)
    yield from _entries(
        "Warnings",
        [f"{diagnostic.location}: {diagnostic.message}" for diagnostic in diagnostics],
        detail.entries,
    )
    if detail.graph:
        yield from _graph(plans)
    for plan in plans:
        yield from _plan(plan, detail)
    if meta and detail.table:
        yield code(about(meta), 1000)


def _named(change: AnyChange) -> str:
    return ": ".join(filter(None, (str(change.address), reason_of(change))))


def _entries(heading: str, texts: Sequence[str], limit: int) -> Iterator[str]:
    if texts and limit:
        lines = [f"- {code(text)}" for text in texts[:limit]]
        rest = len(texts) - limit
        lines += [f"- **and {rest:,} more, not listed here**"] if rest > 0 else []
        yield "\n".join([f"**{heading}:**", "", *lines])


def _loud(block: str) -> str:
    """A block as an alert of GitHub's Markdown."""
    return "\n".join(["> [!CAUTION]", *(f"> {line}".rstrip() for line in block.splitlines())])


def _restarts(plans: Sequence[AnyPlan]) -> Iterator[str]:
    """The services that restart, each named once."""
    names = sorted(
        {
            str(change.address._replace(kind=_RUNS, name=name))
            for plan in plans
            for change in plan.changes
            for name in change.restarts
        }
    )
    if names:
        rest = f" and {len(names) - FEW:,} more" if len(names) > FEW else ""
        yield f"**Restarts {_counted(len(names), _RUNS)}:** {', '.join(map(code, names[:FEW]))}{rest}"


def _table(plans: Sequence[AnyPlan]) -> str:
    (_, *counts), *rows = cells(plans)
    lines = [f"| Where | {' | '.join(counts)} |", f"| --- |{' ---: |' * len(counts)}"]
    lines += [f"| {code(where)} | {' | '.join(numbers)} |" for where, *numbers in rows]
    return "\n".join(lines)


def _plan(plan: AnyPlan, detail: Detail) -> Iterator[str]:
    lines = [line for change in plan.changes for line in _change(change, detail)]
    if detail.others:
        lines += map(_marked, other_lines(plan))
    if lines:
        yield f"<details><summary>{code(title(plan))}: {_counted(len(plan.changes), 'change')}</summary>"
        if detail.heads and plan.changes:
            yield f"`{legend([plan])}`"
        yield fence(lines if lines[-1] else lines[:-1], "diff")
        yield "</details>"


def _change(change: AnyChange, detail: Detail) -> Iterator[str]:
    """The lines of a change; after its fields an empty line."""
    if change.action in detail.heads:
        body = change.action in detail.bodies
        yield from map(_marked, change_lines(change, body=body))
        if body:
            yield ""


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _marked(line: Line) -> str:
    """A line of a diff block, whose colour depends on its first character."""
    symbol = SYMBOLS.get(line.role, "")
    mark = _MARKS.get(line.role, " ")
    shown = f"{symbol} " if symbol not in ("", mark) else ""
    return f"{mark} {'    ' * line.depth}{shown}{line.text}"


def _graph(plans: Sequence[AnyPlan]) -> Iterator[str]:
    """The order as a picture, which GitHub draws."""
    if lines := mermaid([change for plan in plans for change in plan.changes]):
        yield "<details open><summary>The order</summary>"
        yield fence(lines, "mermaid")
        yield "</details>"
