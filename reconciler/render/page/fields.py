"""One changed field as a page shows it: two values beside each other, or a text line by line."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from reconciler.document import is_mask, masked
from reconciler.model import FieldChange
from reconciler.render.values import DiffLine, capped, differences, in_lines
from reconciler.render.visible import short_digests, shorten

SHORT = 120
"""Characters of a value that is not folded."""
WHOLE = 20_000
"""Characters of a folded value; what is more is in the JSON form."""
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


@dataclass(frozen=True, slots=True)
class Value:
    """One value. ``whole`` is "" where ``short`` is all of it; ``hidden`` says that it is sensitive."""

    short: str
    whole: str = ""
    hidden: bool = False


class ShownLine(NamedTuple):
    """A line of a diff; ``middle`` is what differs from the line beside it, where that is known."""

    role: Literal["added", "removed", "same", "place"]
    before: int
    after: int
    start: str
    middle: str
    end: str


@dataclass(frozen=True, slots=True)
class Field:
    """``blocks`` are the parts of a text, each what stays the same, or what was removed and added; else the two
    values, None where there is nothing."""

    path: str
    drift: bool
    before: Value | None = None
    after: Value | None = None
    blocks: tuple[tuple[ShownLine, ...], ...] = ()


def shown(field: FieldChange) -> Field:
    """What a page shows of ``field``: of a sensitive value only its mask."""
    before = masked(field.before, sensitive=field.sensitive)
    after = masked(field.after, sensitive=field.sensitive)
    path = shorten(field.path, 300)
    hidden = field.sensitive and all(one is None or is_mask(one) for one in (before, after))
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
    """Whether a text reads well without quotes: it is not empty, and has no blank at its ends."""
    return bool(text) and text == text.strip() and re.fullmatch(r"null|true|false|[-+.\d]+", text) is None


def _blocks(lines: Sequence[DiffLine]) -> Iterator[tuple[ShownLine, ...]]:
    """Neighbours that are all changed, or all not, as one block."""
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
    """The lines of a block; where as many were removed as added, with what differs in each pair."""
    removed = [one.text for one in block if one.role == "removed"]
    added = [one.text for one in block if one.role == "added"]
    paired = len(removed) == len(added)
    beside = {"removed": iter(added), "added": iter(removed)}
    for line in block:
        other = next(beside[line.role]) if paired and line.role in beside else None
        yield ShownLine(line.role, line.before, line.after, *_split(line.text, other))


def _split(text: str, other: str | None) -> tuple[str, str, str]:
    """``text`` in three: what it begins with like ``other``, what differs, what it ends with like ``other``."""
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
