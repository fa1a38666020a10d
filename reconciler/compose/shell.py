"""Commands: one text to words and back, by the quoting that Docker and Compose know (the shell's, POSIX 2.2)."""

import re
import shlex

from reconciler.compose.variables import is_reference

_SAFE = re.compile(r"[A-Za-z0-9_@%+=:,./-]+", re.ASCII)


def joined(words: list[str]) -> str:
    """The words as one text that is parted into the same words; a variable's value stays within its word."""
    return " ".join(_quoted(word) for word in words)


def parted(text: str) -> list[str]:
    """The words of a text. Raises ValueError where a quote is not closed."""
    return shlex.split(text)


def is_one_line(text: str) -> bool:
    """Whether the text can stand as it is."""
    return "\n" not in text.strip() and "\r" not in text


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
