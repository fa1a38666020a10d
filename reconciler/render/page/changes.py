"""Changes as a page shows them, and the drawing of their order: plain values for the templates."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from reconciler.model import Address, AnyChange, Delete, Outcome
from reconciler.render.lines import SYMBOLS, listed, role_of, word_of
from reconciler.render.outcomes import error_text, note_text
from reconciler.render.page import graph
from reconciler.render.page.fields import Field, shown
from reconciler.render.page.order import Step, steps
from reconciler.render.reasons import reason_of
from reconciler.render.visible import short_digests, shorten
from reconciler.render.waits import described, way_out

OPEN = 40
"""With more changes than this, each is closed until a reader opens it."""
MARGIN, LETTER = 60, 8
"""The pixels of a box without its name, and the pixels of one letter."""
LINKS = 40
"""The most names that a change links to; the rest is only counted."""


class Link(NamedTuple):
    """A name, and the ``number`` of its change on the page; None if the page has no change of it."""

    text: str
    number: int | None


class ShownChange(Struct, frozen=True):
    """One change. ``role`` is as in ``lines``; ``status`` is "" in a plan, and how it ended in a report.

    ``after`` is what it waits for, ``before`` what waits for it.
    """

    number: int
    action: str
    role: str
    word: str
    symbol: str
    cluster: str
    kind: str
    name: str
    address: str
    known_as: str
    place: str
    reason: str
    runs: str
    fields: tuple[Field, ...]
    drift: int
    restarts: str
    waits: str
    after: tuple[Link, ...]
    before: tuple[Link, ...]
    is_open: bool
    status: str = ""
    took: str = ""
    error: tuple[str, ...] = ()
    note: str = ""


class GraphNode(NamedTuple):
    """A box of the drawing with its text. ``number`` is that of the first change in it."""

    box: graph.Box
    number: int
    title: str
    under: str
    symbol: str
    role: str
    status: str
    label: str


class Drawn(NamedTuple):
    """A drawing with its boxes filled in."""

    width: int
    height: int
    nodes: tuple[GraphNode, ...]
    curves: tuple[graph.Curve, ...]


def all_shown(changes: Sequence[AnyChange], outcomes: Sequence[Outcome] = ()) -> list[ShownChange]:
    """Each change with its number on the page, from 1. ``outcomes``, where there are any, are those of the changes."""
    number = {change.address: index for index, change in enumerate(changes, 1)}
    followers: dict[Address, list[Address]] = defaultdict(list)
    for change in changes:
        for need in change.needs:
            followers[need].append(change.address)
    return [
        _shown(
            change,
            index,
            (_links(change.needs, number), _links(followers[change.address], number)),
            is_open=len(changes) <= OPEN,
            outcome=outcomes[index - 1] if outcomes else None,
        )
        for index, change in enumerate(changes, 1)
    ]


def _shown(
    change: AnyChange,
    number: int,
    links: tuple[tuple[Link, ...], tuple[Link, ...]],
    *,
    is_open: bool,
    outcome: Outcome | None,
) -> ShownChange:
    image = change.runs if isinstance(change, Delete) else ""
    advice = way_out(change, change.waits_for) if change.waits_for else ""
    fields = tuple(map(shown, change.fields))
    role = role_of(change)
    return ShownChange(
        number=number,
        action=change.action,
        role=role,
        word=word_of(change),
        symbol=SYMBOLS[role],
        cluster=shorten(change.address.cluster, 200),
        kind=change.address.kind,
        name=shorten(change.address.name, 200),
        address=shorten(str(change.address), 300),
        known_as=shorten(change.live_name, 200) if change.live_name != change.address.name else "",
        place=f"{shorten(change.location.path, 200)}:{change.location.line}" if change.location else "",
        reason=shorten(reason_of(change), 2000),
        runs=shorten(short_digests(image), 300),
        fields=fields,
        drift=sum(field.drift for field in fields),
        restarts=listed(change.restarts),
        waits=shorten("; ".join(filter(None, (described(change.waits_for), advice))), 2000),
        after=links[0],
        before=links[1],
        is_open=is_open if outcome is None else outcome.status != "applied",
        status=outcome.status if outcome else "",
        took=f"{outcome.seconds:.1f} s" if outcome and outcome.seconds else "",
        error=tuple(shorten(line, 2000) for line in error_text(outcome).splitlines()) if outcome else (),
        note=shorten(note_text(outcome), 2000) if outcome else "",
    )


def _links(addresses: Iterable[Address], number: Mapping[Address, int]) -> tuple[Link, ...]:
    unique = list(dict.fromkeys(addresses))
    links = [
        Link(shorten(f"{address.kind}/{address.name}", 200), number.get(address))
        for address in unique[:LINKS]
    ]
    if len(unique) > LINKS:
        links.append(Link(f"{len(unique) - LINKS:,} more", None))
    return tuple(links)


def drawings(
    changes: Sequence[AnyChange], shown_changes: Sequence[ShownChange]
) -> tuple[Drawn | None, Drawn | None]:
    """The order of the changes, for a wide and a narrow page; None if nothing waits, or there are too many to draw."""
    found = steps(changes)
    if not any(change.needs for change in found):
        return None, None
    many = len({change.address.cluster for change in changes}) > 1
    wide, narrow = graph.wide(found), graph.narrow(found)
    return _filled(wide, found, shown_changes, many=many), _filled(narrow, found, shown_changes, many=many)


def _filled(
    drawing: graph.Drawing | None,
    found: Sequence[Step],
    changes: Sequence[ShownChange],
    *,
    many: bool,
) -> Drawn | None:
    if drawing is None:
        return None
    nodes = tuple(_node(box, found, changes, many=many) for box in drawing.boxes)
    return Drawn(drawing.width, drawing.height, nodes, drawing.curves)


def _node(box: graph.Box, found: Sequence[Step], changes: Sequence[ShownChange], *, many: bool) -> GraphNode:
    step, room = found[box.step], (box.width - MARGIN) // LETTER
    first = changes[step.members[0]]
    count = len(step.members)
    title = first.name if count == 1 else f"{count:,} {first.kind}s"
    under = f"{first.kind} in {first.cluster}" if many else first.kind
    waits = [_title(found[need], changes) for need in step.needs]
    label = f"{first.word} {_title(step, changes)}"
    label += f", {first.status}" if count == 1 and first.status else ""
    label += f", after {listed(waits, 10)}" if waits else ""
    ended = {changes[member].status for member in step.members}
    worst = next((status for status in ("failed", "unknown", "skipped", "applied") if status in ended), "")
    return GraphNode(
        box,
        first.number,
        _middle(title, room),
        _middle(under if count == 1 else first.word, room + 4),
        first.symbol,
        first.role,
        worst,
        label,
    )


def _title(step: Step, changes: Sequence[ShownChange]) -> str:
    first = changes[step.members[0]]
    return f"{first.kind} {first.name}" if len(step.members) == 1 else f"{len(step.members):,} {first.kind}s"


def _middle(text: str, room: int) -> str:
    """``text`` of at most ``room`` characters, its middle cut."""
    if len(text) <= room:
        return text
    tail = room // 3
    return f"{text[: room - tail - 1]}…{text[-tail:]}"
