"""Files of variables as Docker Compose reads its env files (Docker: Compose, env file syntax).

A line is ``NAME=VALUE``, with ``export`` before it or not. A value in single quotes is taken as it is, in double
quotes with ``\\n``, ``\\r``, ``\\t``, ``\\"`` and ``\\\\``; both may go over several lines. Without quotes it
ends at the line's end or at a ``#`` after a space. ``${NAME}`` means a variable of an earlier line, but not in
single quotes. Lines end with a line feed alone: no other character of a value begins a new one.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

_SPACES = " \t\r\v\f"
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$$"}


class Malformed(Exception):
    """A line that can't be read; ``line`` counts from 1, and no value is part of ``str(error)``."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class _Value(NamedTuple):
    """A value, whether ``${NAME}`` is replaced in it, and the index of the line after it."""

    text: str
    is_literal: bool
    next_line: int


def parse(text: str, known: Mapping[str, str]) -> dict[str, str]:
    """The variables of a file's text; ``known`` are those of earlier files, which it may use.

    Raises Malformed.
    """
    variables: dict[str, str] = {}
    for line, name, value in _assignments(text.removeprefix("\ufeff").split("\n")):
        if value.is_literal:
            variables[name] = value.text
        else:
            variables[name] = _filled(value.text, {**known, **variables}, line)
    return variables


def _assignments(lines: list[str]) -> Iterator[tuple[int, str, _Value]]:
    at = 0
    while at < len(lines):
        line = lines[at].strip(_SPACES)
        if not line or line.startswith("#"):
            at += 1
            continue
        name, equals, rest = line.partition("=")
        name = name.strip(_SPACES)
        if name.startswith(("export ", "export\t")):
            name = name[7:].strip(_SPACES)
        if not equals or not is_name(name):
            raise Malformed(at + 1, "is not NAME=VALUE, with a NAME of letters, digits and _")
        value = _value(lines, at, rest.strip(_SPACES))
        yield at + 1, name, value
        at = value.next_line


def _value(lines: list[str], at: int, rest: str) -> _Value:
    """The value that begins with ``rest``, which is in line ``at``."""
    quote = rest[:1]
    if quote not in ("'", '"'):
        comments = (i for i, c in enumerate(rest) if c == "#" and (i == 0 or rest[i - 1] in _SPACES))
        return _Value(rest[: next(comments, len(rest))].rstrip(_SPACES), False, at + 1)
    first, line = at, rest[1:]
    parts: list[str] = []
    while (end := _closing(line, quote)) < 0:
        parts.append(line)
        at += 1
        if at == len(lines):
            raise Malformed(first + 1, f"has a value whose {quote} is never closed")
        line = lines[at]
    after = line[end + 1 :].strip(_SPACES)
    if after and not after.startswith("#"):
        raise Malformed(at + 1, f"has more after the closing {quote}")
    text = "\n".join((*parts, line[:end]))
    if quote == "'":
        return _Value(text.replace("\\'", "'"), True, at + 1)
    return _Value(_unescaped(text), False, at + 1)


def _closing(text: str, quote: str) -> int:
    """Where the quote is closed, or -1; a quote after a backslash does not count."""
    at, escaped = 0, False
    for at, c in enumerate(text):
        if c == quote and not escaped:
            return at
        escaped = c == "\\" and not escaped
    return -1


def _unescaped(text: str) -> str:
    """Text within double quotes without its backslashes; ``\\$`` becomes ``$$``, which stands for ``$``."""
    parts: list[str] = []
    characters = iter(text)
    for c in characters:
        following = next(characters, "") if c == "\\" else ""
        parts.append(_ESCAPES.get(following, c + following) if following else c)
    return "".join(parts)


def _filled(text: str, known: Mapping[str, str], line: int) -> str:
    """The text with ``${NAME}`` replaced, and ``$$`` by ``$``. Raises Malformed."""

    def refuse(message: str, _hint: str = "") -> None:
        raise Malformed(line, f"can't be read: {message}")

    def unset(name: str) -> None:
        refuse(f"{name} has no value in a line before it; in single quotes a value is taken as it is")

    from reconciler.loading.interpolate import expand  # only where a file of variables is given

    parts = text.split("$$")
    for part in parts:
        _, dollar, after = part.partition("$")
        while dollar:
            if after[:1] == "_" or (after[:1].isascii() and after[:1].isalpha()):
                refuse("a variable is written ${NAME}; in single quotes a value is taken as it is")
            _, dollar, after = after.partition("$")
    return "$".join(expand(part, known, refuse, unset) for part in parts)


def is_name(text: str) -> bool:
    """Whether a variable can have this name."""
    return text.isascii() and text.isidentifier()
