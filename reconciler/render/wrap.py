"""Wraps long lines for a terminal between words, and indents the lines that continue."""

import re
from collections.abc import Iterator

_CODE = re.compile("\x1b\\[[0-9;]*m")
_START = re.compile(r"(?:\x1b\[[0-9;]*m)*(?P<blanks> *)(?P<symbol>(?:[-+~&]|-/\+|[!i]) +)?")
"""The start of a line: colour, spaces, and the symbol of a change or a note."""
_MEASURE = re.compile(r"(?<=[0-9]) (?=(?:ms|s|min|h|d|B|kB|MB|GB|%)(?![A-Za-z0-9]))")
"""The space between a number and its unit."""
_HELD = "\x00"
"""Stands for such a space while a line is split; no text that is shown has it."""
_FURTHER = 4
"""How many spaces more the rest of a line without a symbol is indented."""


def measures_kept(text: str) -> str:
    """``text`` for a page, which breaks lines by itself: a space that does not break between a number and its unit."""
    return _MEASURE.sub("\N{NO-BREAK SPACE}", text)


def wrapped(text: str, width: int) -> str:
    """``text`` with lines of at most ``width`` characters, not counting colour codes; a longer word stays whole.

    Only spaces between words become line breaks, and none between a number and its unit; words, their order and
    existing line breaks stay.
    """
    return "\n".join(part for line in text.split("\n") for part in _parts(line, width))


def _parts(line: str, width: int) -> Iterator[str]:
    if len(_CODE.sub("", line)) <= width:
        yield line
        return
    start = _START.match(line)
    head = start[0] if start else ""
    symbol = len(start["symbol"] or "") if start else 0
    blanks = len(start["blanks"]) if start else 0
    indent = " " * min(blanks + (symbol or _FURTHER), width // 2)
    part, filled, is_empty = head, blanks + symbol, True
    pieces = ["", *re.split(r"( +)", _MEASURE.sub(_HELD, line[len(head) :]))]
    for gap, held in zip(pieces[::2], pieces[1::2], strict=True):
        word = held.replace(_HELD, " ")
        if not word:
            continue
        size = len(_CODE.sub("", word))
        if not is_empty and filled + len(gap) + size > width:
            yield part
            part, filled = indent + word, len(indent) + size
        else:
            part, filled = part + gap + word, filled + len(gap) + size
        is_empty = False
    yield part
