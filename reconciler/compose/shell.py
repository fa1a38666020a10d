"""Commands: one text to words and back. Docker and Compose start no shell: they only part a text into words.

Quotes are the shell's, with two differences: outside single quotes a backslash always stands for the character after
it, and the text ends at an unquoted ``;``, ``&``, ``|``, ``<`` or ``>``.
"""

import re
import shlex
from typing import NamedTuple

from reconciler.compose.variables import is_reference

_SPACES, _ENDS, _DIGITS = frozenset(" \t\r\n"), frozenset(";&|<>"), frozenset("0123456789")
_STRONGER = {
    "'": frozenset('"('), '"': frozenset("'("), "`": frozenset("'\"("), "(": frozenset("'\"`"), ")": frozenset("'\"`"),
}  # fmt: skip
"""Within which open quotes a quote is a character like any other."""
_SAFE = re.compile(r"[A-Za-z0-9_@%+=:,./-]+", re.ASCII)


def joined(words: list[str]) -> str:
    """The words as one text that is parted into the same words; a variable's value stays within its word."""
    return " ".join(_quoted(word) for word in words)


class Parted(NamedTuple):
    """The words of a command, and what of its text comes after the character that ends it for Docker."""

    words: list[str]
    rest: str


def parted(text: str) -> Parted:
    """The words of a text as Docker and Compose take them. Raises ValueError where they refuse it."""
    reader = _Reader()
    for at, character in enumerate(text):
        if reader.ends_before(character):
            return Parted(reader.closed(), text[at:])
        reader.take(character)
    return Parted(reader.closed(), "")


class _Reader:
    """Reads a command character by character. ``quotes`` are the open ones, ``(`` for what a shell would run."""

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
            self.word = None  # the number of a file, as in 2>
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
        """The words read. Raises ValueError where a quote is still open."""
        self._end_word()
        if self.quotes or self.is_escaped:
            raise ValueError("a quote that is not closed")
        return self.words


def is_parted_alike(text: str, words: list[str]) -> bool:
    """Whether a text can stand as it is: in one line, and a shell makes the same words of it."""
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
