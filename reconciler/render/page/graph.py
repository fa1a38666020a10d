"""The order of a plan as a drawing: boxes and the curves between them, in units of an SVG.

There are two drawings: columns from left to right for a wide page, rows for a narrow one.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from msgspec import Struct

from reconciler.render.page.order import Step

MOST = 60
"""The most boxes that a drawing has."""
COLUMNS = 6
"""Columns that a wide page has room for."""
_WIDTHS = {1: 300, 2: 300, 3: 300, 4: 256, 5: 200, 6: 176}
"""How wide a box is, by the number of columns: as wide as a page has room for, so that names can be read."""
_HEIGHT, _ACROSS, _DOWN = 44, 44, 12
_RAIL, _ROW_WIDTH = 64, 276


class Box(NamedTuple):
    """Where the box of a step stands: its upper left corner and its width."""

    step: int
    x: int
    y: int
    width: int
    height: int


class Curve(NamedTuple):
    """From a step to one that waits for it: the steps, and the path's ``d``."""

    before: int
    after: int
    path: str


class Drawing(Struct, frozen=True):
    """``width`` and ``height`` are those of the view box."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    curves: tuple[Curve, ...]


def wide(steps: Sequence[Step]) -> Drawing | None:
    """Columns from left to right; None if there are fewer than two steps, or too many to be read."""
    count = 1 + max((step.column for step in steps), default=0)
    if not 2 <= len(steps) <= MOST or count > COLUMNS:
        return None
    columns = _rows(_passing(steps), count)
    across = _WIDTHS[count]
    heights = [sum(map(_height, members)) - _DOWN for members in columns]
    boxes: dict[Stop, Box] = {}
    for column, members in enumerate(columns):
        y = 2 + (max(heights) - heights[column]) // 2
        for stop in members:
            boxes[stop] = Box(stop[0], column * (across + _ACROSS) + 2, y, across, _height(stop) - _DOWN)
            y += _height(stop)
    curves = [
        Curve(need, index, _across([boxes[stop] for stop in _stops(steps, need, index)]))
        for index, step in enumerate(steps)
        for need in step.needs
    ]
    width = count * (across + _ACROSS) - _ACROSS + 4
    drawn = tuple(boxes[index, index] for index in range(len(steps)))
    return Drawing(width, max(heights) + 4, drawn, tuple(curves))


Stop = tuple[int, int] | tuple[int, int, int]
"""A place in a column: that of a step, its number twice; or one that a curve passes, between two steps, and where."""


def _stops(steps: Sequence[Step], need: int, index: int) -> list[Stop]:
    """Where the curve between two steps goes through, so that it crosses no box."""
    between = range(steps[need].column + 1, steps[index].column)
    return [(need, need), *((need, index, column) for column in between), (index, index)]


def _passing(steps: Sequence[Step]) -> dict[Stop, tuple[int, list[Stop]]]:
    """The column of every stop, and the stops that lead to it."""
    found: dict[Stop, tuple[int, list[Stop]]] = {
        (index, index): (step.column, []) for index, step in enumerate(steps)
    }
    for index, step in enumerate(steps):
        for need in step.needs:
            stops = _stops(steps, need, index)
            for before, stop in pairwise(stops):
                found.setdefault(stop, (stop[-1], []))[1].append(before)
    return found


def _rows(stops: Mapping[Stop, tuple[int, list[Stop]]], count: int) -> list[list[Stop]]:
    """The stops of each column, from top to bottom: each about as high as the stops that lead to it."""
    columns: list[list[Stop]] = []
    place: dict[Stop, float] = {}
    for column in range(count):
        members = sorted(stop for stop, (at, _) in stops.items() if at == column)
        members.sort(
            key=lambda stop: _mean([place[neighbour] for neighbour in stops[stop][1] if neighbour in place])
        )
        place |= {stop: row - len(members) / 2 for row, stop in enumerate(members)}
        columns.append(members)
    return columns


def _mean(rows: Sequence[float]) -> float:
    return sum(rows) / len(rows) if rows else 0


def _height(stop: Stop) -> int:
    return _DOWN + (_HEIGHT if len(stop) == 2 else 6)


def narrow(steps: Sequence[Step]) -> Drawing | None:
    """A row for each step, one cluster after the other, with arcs on the left.

    None if there are fewer than two steps, or too many to be read.
    """
    if not 2 <= len(steps) <= MOST:
        return None
    rows = sorted(range(len(steps)), key=lambda index: (steps[index].part, steps[index].column, index))
    boxes = {
        index: Box(index, _RAIL, 2 + place * (_HEIGHT + _DOWN), _ROW_WIDTH, _HEIGHT)
        for place, index in enumerate(rows)
    }
    curves = [
        Curve(need, index, _arc(boxes[need], boxes[index]))
        for index, step in enumerate(steps)
        for need in step.needs
    ]
    height = len(rows) * (_HEIGHT + _DOWN) - _DOWN + 4
    return Drawing(
        _RAIL + _ROW_WIDTH + 4, height, tuple(boxes[index] for index in sorted(boxes)), tuple(curves)
    )


def _across(boxes: Sequence[Box]) -> str:
    """From the right of the first box over the middle of those between to the left of the last."""
    start = boxes[0]
    x, y = start.x + start.width, start.y + start.height // 2
    path = f"M{x} {y}"
    for box in boxes[1:]:
        to_x, to_y = box.x - (7 if box is boxes[-1] else 0), box.y + box.height // 2
        bend = (to_x - x) // 2
        path += f"C{x + bend} {y} {to_x - bend} {to_y} {to_x} {to_y}"
        x, y = to_x, to_y
        if box is not boxes[-1]:
            x += box.width
            path += f"H{x}"
    return path


def _arc(start: Box, end: Box) -> str:
    y, to_y = start.y + start.height // 2 + 6, end.y + end.height // 2 - 6
    out = max(0, start.x - min(54, 22 + abs(to_y - y) // 10))
    return f"M{start.x} {y}C{out} {y} {out} {to_y} {end.x - 7} {to_y}"
