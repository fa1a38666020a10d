"""A changed field as a page shows it: two values side by side, or a text line by line."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

from msgspec import Struct

from reconciler.document import is_mask, masked
from reconciler.model import FieldChange
from reconciler.render.values import DiffLine, capped, differences, in_lines
from reconciler.render.visible import short_digests, shorten

SHORT = 120
"""A value of up to this many characters is not folded."""
WHOLE = 20_000
"""A folded value shows up to this many characters; ``--format json`` has all."""
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


class Value(Struct, frozen=True):
    """A value. ``whole`` is "" if ``short`` is the whole value; ``hidden``: it is sensitive."""

    short: str
    whole: str = ""
    hidden: bool = False


class ShownLine(NamedTuple):
    """A line of a diff; ``middle`` is the part that differs from the line opposite, where that is known."""

    role: Literal["added", "removed", "same", "place"]
    before: int
    after: int
    start: str
    middle: str
    end: str


class Field(Struct, frozen=True):
    """A changed field. ``blocks`` are the parts of a text, each unchanged or changed; without blocks ``before`` and
    ``after`` are the two values, None if there is none."""

    path: str
    drift: bool
    before: Value | None = None
    after: Value | None = None
    blocks: tuple[tuple[ShownLine, ...], ...] = ()


def shown(field: FieldChange) -> Field:
    """``field`` as a page shows it; a sensitive value is masked."""
    before = masked(field.before, sensitive=field.sensitive)
    after = masked(field.after, sensitive=field.sensitive)
    path = shorten(field.path, 300)
    hidden = field.sensitive and all(value is None or is_mask(value) for value in (before, after))
    parts = None if hidden else in_lines(before, after)
    if parts:
        return Field(path, field.drift, blocks=tuple(_blocks(list(capped(differences(*parts))))))
    return Field(path, field.drift, _value(before, hidden=hidden), _value(after, hidden=hidden))


def _value(value: Any, *, hidden: bool) -> Value | None:
    if value is None:
        return None
    if hidden:
        return Value(str(value).strip("()"), hidden=True)
    text = value if isinstance(value, str) and _is_plain(value) else _encode(value)
    short = shorten(short_digests(text), SHORT)
    return Value(short, "" if short == text else shorten(text, WHOLE))


def _is_plain(text: str) -> bool:
    """Whether a text can be shown without quotes: not empty, no space at its ends, and not like a number or null."""
    return bool(text) and text == text.strip() and re.fullmatch(r"null|true|false|[-+.\d]+", text) is None


def _blocks(lines: Sequence[DiffLine]) -> Iterator[tuple[ShownLine, ...]]:
    """The lines as blocks, in which all lines are changed or all are not."""
    block: list[DiffLine] = []
    for line in lines:
        if block and _is_change(block[-1]) != _is_change(line):
            yield tuple(_marked(block))
            block = []
        block.append(line)
    if block:
        yield tuple(_marked(block))


def _is_change(line: DiffLine) -> bool:
    return line.role in ("added", "removed")


def _marked(block: Sequence[DiffLine]) -> Iterator[ShownLine]:
    """The lines of a block; if as many were removed as added, with the part that differs in each pair."""
    removed = [removed_line.text for removed_line in block if removed_line.role == "removed"]
    added = [added_line.text for added_line in block if added_line.role == "added"]
    paired = len(removed) == len(added)
    opposite = {"removed": iter(added), "added": iter(removed)}
    for line in block:
        other = next(opposite[line.role]) if paired and line.role in opposite else None
        yield ShownLine(line.role, line.before, line.after, *_split(line.text, other))


def _split(text: str, other: str | None) -> tuple[str, str, str]:
    """``text`` in three parts: the start that it shares with ``other``, what differs, and the end that it shares."""
    if other is None:
        return text, "", ""
    least = min(len(text), len(other))
    start = 0
    while start < least and text[start] == other[start]:
        start += 1
    end = 0
    while end < least - start and text[-1 - end] == other[-1 - end]:
        end += 1
    if start + end < least // 4:
        return text, "", ""
    return text[:start], text[start : len(text) - end], text[len(text) - end :]
