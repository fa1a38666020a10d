"""One changed field as lines: short values on one line, texts of many lines as a unified diff."""

import json
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any, Literal, NamedTuple

from reconciler.document import is_mask, masked
from reconciler.model import FieldChange
from reconciler.render.visible import short_digests, shorten, visible

ValueRole = Literal["field", "drift", "added", "removed", "context"]
ValueLine = tuple[ValueRole, int, str]
"""What it is, how deep below the field it stands, and its text."""


class DiffLine(NamedTuple):
    """One line of a unified diff. ``role``: the line was added or removed, is the ``same``, or the text is a heading
    that says at which ``place`` of the value the next lines are. ``before`` and ``after`` are its numbers, from 1, in
    the two values; 0 where it has none. ``text`` is visible and of one line."""

    role: Literal["added", "removed", "same", "place"]
    text: str
    before: int = 0
    after: int = 0


WIDTH = 160
"""Characters of one value on one line."""
LINES = 200
"""Lines of one field's diff; what is more is counted."""
TEXT_WIDTH = 500
"""Characters of one line of a text of many."""
CONTEXT = 3
_AROUND = 24
_COMPARABLE = 1_000_000
"""Lines before times lines after, up to which comparing them line by line takes well under a second."""
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


def field_lines(field: FieldChange, *, mark: bool = True) -> Iterator[ValueLine]:
    """The lines that show one field's change; the first one names its path, and drift where that is to be marked."""
    role: ValueRole = "drift" if field.drift else "field"
    said = "   (changed outside git)" if field.drift and mark else ""
    path = shorten(field.path, 300)
    before = masked(field.before, sensitive=field.sensitive)
    after = masked(field.after, sensitive=field.sensitive)
    if field.sensitive and all(one is None or is_mask(one) for one in (before, after)):
        yield role, 0, f"{path}: {_between(before, after, before or 'nothing', after or 'nothing')}{said}"
        return
    if parts := in_lines(before, after):
        yield role, 0, f"{path}:{said}"
        yield from map(_as_text, capped(differences(*parts)))
        return
    if isinstance(before, str) and isinstance(after, str):
        texts = _pair(*_brief(before, after), WIDTH)
        shown = [f'"{_quoted(one)}"' for one in texts]
    else:
        shown = [shorten(one, WIDTH) for one in _brief(_encode(before), _encode(after))]
    yield role, 0, f"{path}: {_between(before, after, *shown)}{said}"


def _between(before: Any, after: Any, shown_before: str, shown_after: str) -> str:
    if before is None:
        return shown_after
    return f"{shown_before} → {'(nothing)' if after is None else shown_after}"


def _brief(before: str, after: str) -> tuple[str, str]:
    """Both texts with their digests cut in the middle, unless that is all in which they differ."""
    brief = short_digests(before), short_digests(after)
    return (before, after) if brief[0] == brief[1] else brief


def _quoted(text: str) -> str:
    return visible(_encode(text)[1:-1])


def _as_text(line: DiffLine) -> ValueLine:
    if line.role == "same":
        return "context", 1, f"  {line.text}"
    return "context" if line.role == "place" else line.role, 1, line.text


def in_lines(before: Any, after: Any) -> tuple[list[str], list[str]] | None:
    """Both values as lists of lines, each with its newline, if they are better shown so; else None."""
    if all(one is None or isinstance(one, str) for one in (before, after)):
        if "\n" not in (before or "") + (after or ""):
            return None
        return _text_lines(before or ""), _text_lines(after or "")
    if all(one is None or isinstance(one, list | dict) for one in (before, after)):
        parts = _items(before), _items(after)
        if any(sum(map(len, one)) > WIDTH for one in parts):
            return parts
    return None


def _text_lines(text: str) -> list[str]:
    """Lines with their newlines: a last line without one is not the same as one with it."""
    *lines, last = text.split("\n")
    return [f"{one}\n" for one in lines] + ([last] if last else [])


def _items(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [f"{_encode(key)}: {_encode(one)}\n" for key, one in value.items()]
    return [f"{_encode(one)}\n" for one in value or ()]


def capped(lines: Iterator[DiffLine]) -> Iterator[DiffLine]:
    """The first 200 of ``lines``, and a heading that counts the rest."""
    for number, line in enumerate(lines):
        if number == LINES:
            rest = 1 + sum(1 for _ in lines)
            yield DiffLine("place", f"… {rest:,} more lines, all of them in the JSON form")
            return
        yield line


def differences(before: list[str], after: list[str]) -> Iterator[DiffLine]:
    """A unified diff. Texts too large to compare are shown as removed and added whole."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    skip, keep = max(0, start - CONTEXT), max(0, end - CONTEXT)
    before, after = before[skip : len(before) - keep], after[skip : len(after) - keep]
    if len(before) * len(after) > _COMPARABLE:
        yield DiffLine("place", f"@@ line {skip + 1}: {len(before):,} lines → {len(after):,} lines @@")
        yield from _replaced(before, after, skip, skip)
        return
    for group in SequenceMatcher(None, before, after).get_grouped_opcodes(CONTEXT):
        if skip or len(before) > CONTEXT or group[0][1]:
            yield DiffLine("place", f"@@ line {skip + group[0][1] + 1} → {skip + group[0][3] + 1} @@")
        for tag, low, high, new_low, new_high in group:
            if tag == "equal":
                for number, text in enumerate(before[low:high], 1):
                    yield DiffLine("same", _line(text), skip + low + number, skip + new_low + number)
            else:
                yield from _replaced(before[low:high], after[new_low:new_high], skip + low, skip + new_low)


def _replaced(before: Sequence[str], after: Sequence[str], above: int, new_above: int) -> Iterator[DiffLine]:
    """Lines removed and added; ``above`` and ``new_above`` are how many stand above them."""
    if len(before) == len(after):
        pairs = [_pair(one, other, TEXT_WIDTH) for one, other in zip(before, after, strict=True)]
        before, after = [one for one, _ in pairs], [other for _, other in pairs]
    for number, text in enumerate(before, above + 1):
        yield DiffLine("removed", _line(text), before=number)
    for number, text in enumerate(after, new_above + 1):
        yield DiffLine("added", _line(text), after=number)


def _line(text: str) -> str:
    if text.endswith("\n"):
        return shorten(text[:-1], TEXT_WIDTH)
    return f"{shorten(text, TEXT_WIDTH)}   (no newline at the end)"


def _pair(before: str, after: str, limit: int) -> tuple[str, str]:
    """Two texts of at most about ``limit`` characters whose difference is not in what was cut."""
    if max(len(before), len(after)) <= limit:
        return before, after
    least = min(len(before), len(after))
    start = 0
    while start < least and before[start] == after[start]:
        start += 1
    start = max(0, start - _AROUND)
    return _window(before, start, limit), _window(after, start, limit)


def _window(text: str, start: int, limit: int) -> str:
    head = f"…({start:,} characters)…" if start else ""
    rest = len(text) - start - limit
    tail = f"…({rest:,} characters)…" if rest > 0 else ""
    return f"{head}{text[start : start + limit]}{tail}"
