"""A changed field as lines: short values on a single line, texts of several lines as a unified diff."""

import json
import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any, Literal, NamedTuple

from reconciler.document import is_mask, masked
from reconciler.model import FieldChange
from reconciler.render.visible import short_digests, shorten, visible

ValueRole = Literal["field", "drift", "added", "removed", "context"]
ValueLine = tuple[ValueRole, int, str]
"""The line's role, its depth below the field, and its text."""


class DiffLine(NamedTuple):
    """A line of a unified diff. ``role``: the line was added, was removed, is the ``same``, or is a heading that gives
    the ``place`` of the next lines in the value. ``before`` and ``after`` are its line numbers in the two values, from
    1; 0 if it has none. ``text`` is visible and a single line."""

    role: Literal["added", "removed", "same", "place"]
    text: str
    before: int = 0
    after: int = 0


WIDTH = 160
"""Characters of a value that is shown on a single line."""
LINES = 200
"""Lines of a field's diff; the rest is counted."""
TEXT_WIDTH = 500
"""Characters of each line of a diff."""
CONTEXT = 3
_AROUND = 24
_COMPARABLE = 1_000_000
"""Lines before times lines after. Up to this product a comparison line by line takes well under a second."""
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
"""The ranges of characters that are read from right to left (Unicode's DerivedBidiClass.txt: R and AL)."""
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


def field_lines(field: FieldChange, *, mark: bool = True) -> Iterator[ValueLine]:
    """The lines that show a field's change. The first names its path, and says that it drifted if ``mark``."""
    role: ValueRole = "drift" if field.drift else "field"
    suffix = "   (changed outside git)" if field.drift and mark else ""
    path = shorten(field.path, 300)
    before = masked(field.before, sensitive=field.sensitive)
    after = masked(field.after, sensitive=field.sensitive)
    if field.sensitive and all(value is None or is_mask(value) for value in (before, after)):
        yield role, 0, f"{_between(path, before, after, before or 'nothing', after or 'nothing')}{suffix}"
        return
    if parts := in_lines(before, after):
        yield role, 0, f"{path}:{suffix}"
        yield from map(_as_text, capped(differences(*parts)))
        return
    if isinstance(before, str) and isinstance(after, str):
        texts = _pair(*_brief(before, after), WIDTH)
        shown = [f'"{_quoted(text)}"' for text in texts]
    else:
        shown = [shorten(text, WIDTH) for text in _brief(_encode(before), _encode(after))]
    yield role, 0, f"{_between(path, before, after, *shown)}{suffix}"


def _between(path: str, before: Any, after: Any, shown_before: str, shown_after: str) -> str:
    if before is None:
        return f"{path}: {shown_after}"
    if after is None:
        return f"{path}: {shown_before} → (nothing)"
    if _RIGHT_TO_LEFT.search(path + shown_before):
        # After text that is read from right to left, an arrow and the digits or such text behind it are so too:
        # the two values would be shown the other way round.
        return f"{path}: before {shown_before} → after {shown_after}"
    return f"{path}: {shown_before} → {shown_after}"


def _brief(before: str, after: str) -> tuple[str, str]:
    """Both texts with shortened digests, unless they differ only in what is cut."""
    brief = short_digests(before), short_digests(after)
    return (before, after) if brief[0] == brief[1] else brief


def _quoted(text: str) -> str:
    return visible(_encode(text)[1:-1])


def _as_text(line: DiffLine) -> ValueLine:
    if line.role == "same":
        return "context", 1, f"  {line.text}"
    return "context" if line.role == "place" else line.role, 1, line.text


def in_lines(before: Any, after: Any) -> tuple[list[str], list[str]] | None:
    """Both values as lists of lines, each with its newline, if they are too long for a single line; else None."""
    if all(value is None or isinstance(value, str) for value in (before, after)):
        if "\n" not in (before or "") + (after or ""):
            return None
        return _text_lines(before or ""), _text_lines(after or "")
    if all(value is None or isinstance(value, list | dict) for value in (before, after)):
        parts = _items(before), _items(after)
        if any(sum(map(len, lines)) > WIDTH for lines in parts):
            return parts
    return None


def _text_lines(text: str) -> list[str]:
    """Lines with their newlines, so that a missing newline at the end is a difference. Of a mask that is unknown."""
    if is_mask(text):
        return [f"{text}\n"]
    *lines, last = text.split("\n")
    return [f"{line}\n" for line in lines] + ([last] if last else [])


def _items(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [f"{_encode(key)}: {_encode(item)}\n" for key, item in value.items()]
    return [f"{_encode(item)}\n" for item in value or ()]


def capped(lines: Iterator[DiffLine]) -> Iterator[DiffLine]:
    """The first ``LINES`` of ``lines``, and a heading that counts the rest."""
    for number, line in enumerate(lines):
        if number == LINES:
            rest = 1 + sum(1 for _ in lines)
            yield DiffLine("place", f"… {rest:,} more lines: see --format json")
            return
        yield line


def differences(before: list[str], after: list[str]) -> Iterator[DiffLine]:
    """A unified diff. Texts that are too large to compare are shown as removed and added."""
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
    """Lines removed and added; ``above`` and ``new_above`` are the numbers of lines above them."""
    if len(before) == len(after):
        pairs = [
            _pair(old_line, new_line, TEXT_WIDTH) for old_line, new_line in zip(before, after, strict=True)
        ]
        before, after = [old_line for old_line, _ in pairs], [new_line for _, new_line in pairs]
    for number, text in enumerate(before, above + 1):
        yield DiffLine("removed", _line(text), before=number)
    for number, text in enumerate(after, new_above + 1):
        yield DiffLine("added", _line(text), after=number)


def _line(text: str) -> str:
    if text.endswith("\n"):
        return shorten(text[:-1], TEXT_WIDTH)
    return f"{shorten(text, TEXT_WIDTH)}   (no newline at the end)"


def _pair(before: str, after: str, limit: int) -> tuple[str, str]:
    """Two texts of about ``limit`` characters at most, cut so that their first difference is shown."""
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
