"""Splits commands into words and joins them. Docker and Compose start no shell: they only split a text into words.

Quotes work as in a shell, with two differences: outside single quotes a backslash always escapes the next
character, and the text ends at an unquoted ``;``, ``&``, ``|``, ``<`` or ``>``.
"""

import re
import shlex
from typing import NamedTuple

from reconciler.compose.variables import is_reference

_SPACES, _ENDS, _DIGITS = frozenset(" \t\r\n"), frozenset(";&|<>"), frozenset("0123456789")
_STRONGER = {
    "'": frozenset('"('), '"': frozenset("'("), "`": frozenset("'\"("), "(": frozenset("'\"`"), ")": frozenset("'\"`"),
}  # fmt: skip
"""For each quote: the open quotes inside which it is an ordinary character."""
_SAFE = re.compile(r"[A-Za-z0-9_@%+=:,./-]+", re.ASCII)


def joined(words: list[str]) -> str:
    """The words as one text that is split into the same words again; a variable stays inside its word."""
    return " ".join(_quoted(word) for word in words)


class Parted(NamedTuple):
    """The words of a command, and the rest of the text from the character at which Docker stops."""

    words: list[str]
    rest: str


def parted(text: str) -> Parted:
    """Split a text into words as Docker and Compose do. Raises ValueError for a text that they refuse."""
    reader = _Reader()
    for at, character in enumerate(text):
        if reader.ends_before(character):
            return Parted(reader.closed(), text[at:])
        reader.take(character)
    return Parted(reader.closed(), "")


class _Reader:
    """Reads a command character by character. ``quotes`` are the open ones; ``(`` is an open command substitution."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.word: str | None = None
        self.quotes: set[str] = set()
        self.is_escaped = False

    def ends_before(self, character: str) -> bool:
        """Whether an unquoted character ends the whole command."""
        if character not in _ENDS or self.quotes or self.is_escaped:
            return False
        if character == ">" and self.word and self.word[0] in _DIGITS:
            self.word = None  # the number of a file descriptor, as in 2>
        return True

    def take(self, character: str) -> None:
        """Read one character. Raises ValueError for an unquoted parenthesis."""
        if self.is_escaped:
            self.is_escaped = False
            self._add(character)
        elif character == "\\" and "'" not in self.quotes:
            self.is_escaped = True
        elif character in _SPACES and not self.quotes:
            self._end_word()
        elif character in _STRONGER and not self.quotes & _STRONGER[character]:
            self._quote(character)
        else:
            self._add(character)

    def _quote(self, character: str) -> None:
        if character == "(" and ("(" in self.quotes or not (self.word or "").endswith("$")):
            raise ValueError("an unquoted parenthesis")
        self.quotes ^= {"(" if character == ")" else character}
        self._add("" if character in "'\"" else character)

    def _add(self, character: str) -> None:
        self.word = (self.word or "") + character

    def _end_word(self) -> None:
        if self.word is not None:
            self.words.append(self.word)
        self.word = None

    def closed(self) -> list[str]:
        """The words that were read. Raises ValueError if a quote is still open."""
        self._end_word()
        if self.quotes or self.is_escaped:
            raise ValueError("a quote that is not closed")
        return self.words


def is_parted_alike(text: str, words: list[str]) -> bool:
    """Whether a text can be kept: it has one line, and a shell splits it into the same words."""
    if "\n" in text.strip() or "\r" in text:
        return False
    try:
        return shlex.split(text) == words
    except ValueError:
        return False


def _quoted(word: str) -> str:
    if (
        word
        and _SAFE.fullmatch("".join("x" if is_reference(character) else character for character in word))
        and not any(map(is_reference, word))
    ):
        return word
    if any(map(is_reference, word)) and not set(word) & set('"$`\\'):
        return f'"{word}"'
    return shlex.quote(word)
