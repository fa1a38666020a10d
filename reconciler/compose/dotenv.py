"""Env files as Compose reads them (Compose Specification, 05-services, env_file): a NAME=VALUE a line.

``export`` before a name is passed over; ``#`` begins a comment at a line's start or after a space. A value in single
quotes is as it is; in double quotes ``\\n``, ``\\"`` and their like are escapes; without quotes its ends are trimmed.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_NAME = re.compile(r"\s*(?:export\s+)?([^\s=#][^\s=]*)\s*", re.ASCII)
_COMMENT = re.compile(r"\s#")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"', "$": "$$"}


class EnvLine(NamedTuple):
    """One variable of an env file. ``value`` is None for a name alone; ``expands``: variables in it are replaced."""

    name: str
    value: str | None
    number: int
    expands: bool


def lines(text: str, *, raw: bool = False) -> Iterator[EnvLine]:
    """The variables of an env file, in its order. ``raw``: values are as they stand, quotes included."""
    rest = text.replace("\r\n", "\n").split("\n")
    unclosed: set[str] = set()
    number = 0
    while number < len(rest):
        start, line = number, rest[number]
        number += 1
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _NAME.match(line)
        if match is None:
            continue
        name, tail = match[1], line[match.end() :]
        if not tail.startswith("="):
            yield EnvLine(name, None, start + 1, expands=False)
            continue
        value = tail[1:]
        if raw:
            yield EnvLine(name, value, start + 1, expands=False)
            continue
        stripped = value.lstrip()
        if stripped[:1] in ("'", '"'):
            quote = stripped[0]
            if _end(stripped, quote) is None and quote not in unclosed:
                joined = "\n".join([stripped, *rest[number:]])
                end = _end(joined, quote)
                if end is None:
                    unclosed.add(quote)  # nor is any later one: the rest is not looked through again
                else:
                    stripped = joined[: end + 1]
                    number += stripped.count("\n")
            yield EnvLine(name, _inner(stripped, quote), start + 1, expands=quote == '"')
        else:
            comment = _COMMENT.search(value)
            plain = value[: comment.start()] if comment else value
            yield EnvLine(name, plain.strip(), start + 1, expands=True)


def _end(text: str, quote: str) -> int | None:
    at = 1
    while at < len(text):
        if text[at] == "\\" and quote == '"':
            at += 2
            continue
        if text[at] == quote:
            return at
        at += 1
    return None


def _inner(text: str, quote: str) -> str:
    inner = text[1 : _end(text, quote)]
    if quote == "'":
        return inner
    parts, at = [], 0
    while at < len(inner):
        if inner[at] == "\\" and at + 1 < len(inner):
            parts.append(_ESCAPES.get(inner[at + 1], inner[at : at + 2]))
            at += 2
        else:
            parts.append(inner[at])
            at += 1
    return "".join(parts)
