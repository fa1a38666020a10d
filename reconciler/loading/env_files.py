"""Reads env files as Docker Compose does (Compose Specification, 05-services, env_file): lines NAME=VALUE.

``export`` may precede the name, and ``:`` may replace ``=``. A value in single quotes is taken literally, except
``\\'``; in double quotes ``\\n``, ``\\"`` etc. are escapes, and ``\\$`` becomes ``$$``, which means ``$``. Quoted
values may have several lines. A value without quotes ends at the end of the line, or at a ``#`` after a space. The
caller replaces variables in values. Only a line feed ends a line.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

MAX_BYTES = 1_000_000
"""Bytes of a file."""
MAX_EXPANDED = 16_000_000
"""Characters of all values of a file together, with their variables replaced."""
EXPANDS_TOO_FAR = f"makes the values of the file longer than {MAX_EXPANDED:,} characters"
_SPACES = " \t\r\v\f\x85\xa0"
_KEY = re.compile(r"(?:export[ \t\r\v\f]+)?([^\s=:\"'#$]+)[ \t\r\v\f]*(?:([=:])|$)")
_ESCAPE = re.compile(r"\\(?:0([0-7]{1,3})|([abfnrtv$\"\\]))")
_ESCAPES = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "$": "$$", '"': '"', "\\": "\\",
}  # fmt: skip


class Malformed(Exception):
    """A line that cannot be parsed; ``line`` counts from 1. ``str(error)`` holds no value."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class Assignment(NamedTuple):
    """A variable of an env file. ``value`` is None for a name alone; ``expands``: variables in it are replaced."""

    name: str
    value: str | None
    line: int
    expands: bool


def assignments(text: str, *, raw: bool = False) -> Iterator[Assignment]:
    """The variables of a file's text, in its order. ``raw``: values are taken literally, with their quotes.

    Raises Malformed.
    """
    lines = text.removeprefix("\ufeff").split("\n")
    next_line = 0
    while next_line < len(lines):
        first, line = next_line, lines[next_line].strip(_SPACES)
        next_line += 1
        if not line or line.startswith("#"):
            continue
        match = _KEY.match(line)
        if match is None:
            raise Malformed(first + 1, "is not NAME=VALUE, with a NAME of letters, digits and _")
        rest = line[match.end() :]
        if match[2] is None:
            yield Assignment(match[1], None, first + 1, expands=False)
        elif raw:
            yield Assignment(match[1], lines[first].partition(match[2])[2], first + 1, expands=False)
        elif (opening := rest.lstrip(_SPACES))[:1] in ("'", '"'):
            value, next_line = _quoted(lines, first, opening)
            yield Assignment(match[1], value, first + 1, expands=opening[0] == '"')
        else:
            yield Assignment(match[1], _bare(rest), first + 1, expands=True)


def _bare(rest: str) -> str:
    return rest.lstrip(_SPACES).partition(" #")[0].rstrip(_SPACES)


def _quoted(lines: list[str], first: int, opening: str) -> tuple[str, int]:
    """The value whose quote opens in line ``first``, and the index of the line after it."""
    quote, line, index = opening[0], opening[1:], first
    parts: list[str] = []
    while (end := _closing(line, quote)) < 0:
        parts.append(line)
        index += 1
        if index == len(lines):
            raise Malformed(first + 1, f"has a value whose {quote} is never closed")
        line = lines[index]
    after = line[end + 1 :].strip(_SPACES)
    if after and not after.startswith("#"):
        raise Malformed(index + 1, f"has more after the closing {quote}")
    text = "\n".join((*parts, line[:end]))
    return text.replace("\\'", "'") if quote == "'" else _ESCAPE.sub(_unescaped, text), index + 1


def _closing(text: str, quote: str) -> int:
    """The position of the closing quote, or -1; a quote after a backslash does not count."""
    escaped = False
    for position, character in enumerate(text):
        if character == quote and not escaped:
            return position
        escaped = character == "\\" and not escaped
    return -1


def _unescaped(match: re.Match[str]) -> str:
    return chr(int(match[1], 8)) if match[1] else _ESCAPES[match[2]]
