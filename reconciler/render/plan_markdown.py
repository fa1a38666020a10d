"""A plan as Markdown for a pull request: destroyed objects first, and never longer than a comment may be."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count, groupby
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
    Role,
    Summary,
    cells,
    change_lines,
    destroyed,
    drifted,
    legend,
    other_lines,
    role_of,
    summary_line,
    title,
)
from reconciler.render.markup import BUDGET, LIMIT, code, fence, fitting, label
from reconciler.render.plan_text import about
from reconciler.render.reasons import reason_of
from reconciler.render.refusals import refusal_text
from reconciler.render.visible import shorten, visible

READABLE = 30
"""A plan with more changes than this has no graph."""
FEW = 20
"""Services that restart and are named; the rest is counted."""
_RUNS = next(kind.name for kind in KINDS.values() if kind.rolls_out)
_FILLS: Mapping[Role, str] = {
    "create": "fill:#dafbe1,stroke:#1a7f37,color:#0a3317",
    "delete": "fill:#ffebe9,stroke:#cf222e,color:#4c0b10,stroke-width:3px",
    "replace": "fill:#ffebe9,stroke:#cf222e,color:#4c0b10,stroke-width:3px",
}
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

    text: str
    names_destroyed: bool


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
    entries: list[int] = []

    def levels() -> Iterator[str]:
        for detail in _levels():
            entries.append(detail.entries)
            yield "\n\n".join(_blocks(plans, diagnostics, meta, detail, summary)) + "\n"

    text = fitting(levels(), budget)
    losses = list(destroyed(plans))
    most = max((sum(1 for change in losses if change.action == action) for action in LOUD), default=0)
    named = all(visible(str(change.address)) in shorten(_named(change), LIMIT) for change in losses)
    return Fitted(text, named and most <= entries[-1])


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
    for plan in plans:
        yield from _plan(plan, detail)
    if detail.graph:
        yield from _graph(plans)
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
    lines = [
        _marked(line)
        for change in plan.changes
        if change.action in detail.heads
        for line in change_lines(change, body=change.action in detail.bodies)
    ]
    if detail.others:
        lines += [_marked(line) for line in other_lines(plan)]
    if lines:
        yield f"<details><summary>{code(title(plan))}: {_counted(len(plan.changes), 'change')}</summary>"
        if detail.heads and plan.changes:
            yield f"`{legend([plan])}`"
        yield fence(lines, "diff")
        yield "</details>"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _marked(line: Line) -> str:
    """A line of a diff block, whose colour depends on its first character."""
    symbol = SYMBOLS.get(line.role, "")
    mark = _MARKS.get(line.role, " ")
    shown = f"{symbol} " if symbol not in ("", mark) else ""
    return f"{mark} {'    ' * line.depth}{shown}{line.text}"


def _graph(plans: Sequence[AnyPlan]) -> Iterator[str]:
    changes = [change for plan in plans for change in plan.changes]
    number = {change.address: index for index, change in enumerate(changes)}
    edges = [
        f"  n{number[need]} --> n{index}"
        for index, change in enumerate(changes)
        for need in change.needs
        if need in number
    ]
    if edges and len(changes) <= READABLE:
        yield "<details><summary>The order</summary>"
        yield fence(["graph LR", *_nodes(plans), *edges, *_painted(changes)], "mermaid")
        yield "</details>"


def _nodes(plans: Sequence[AnyPlan]) -> Iterator[str]:
    """A node for each change, grouped by cluster."""
    numbers = count()
    for group, (cluster, stacks) in enumerate(groupby(plans, key=lambda plan: plan.cluster)):
        lines = [
            f'    n{next(numbers)}["{change.action} {label(f"{change.address.kind}/{change.address.name}")}"]'
            for plan in stacks
            for change in plan.changes
        ]
        if lines:
            yield f'  subgraph c{group}["{label(cluster)}"]'
            yield from lines
            yield "  end"


def _painted(changes: Sequence[AnyChange]) -> Iterator[str]:
    """Destroyed objects in red, created ones in green; readable on a light and on a dark page."""
    for role, colours in _FILLS.items():
        if members := [f"n{index}" for index, change in enumerate(changes) if role_of(change) == role]:
            yield f"  classDef {role} {colours}"
            yield f"  class {','.join(members)} {role}"
