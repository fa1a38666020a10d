"""Makes text from outside safe to show. Every name, value and message passes ``visible`` before it is shown."""

import re

# Printable by Unicode's categories, but invisible: fillers, joiners and variation selectors.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_DIGEST = re.compile(r"\b(sha256:[0-9a-f]{8})[0-9a-f]{52}([0-9a-f]{4})\b")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """``text`` on one line, with every character that could hide, reorder or overwrite text as an escape.

    These are all characters of Unicode's categories Other and Separator except the space (control characters,
    ANSI escapes, bidirectional overrides, zero-width characters, surrogates, line separators), and those that
    Unicode calls printable but that show nothing. Any other text is returned unchanged.
    """
    if text.isprintable() and (text.isascii() or not _UNSEEN.search(text)):
        return text
    return "".join(
        character
        if character.isprintable() and not _UNSEEN.match(character)
        else _SHORT.get(character) or _escaped(ord(character))
        for character in text
    )


def shorten(text: str, limit: int) -> str:
    """Visible ``text`` of about ``limit`` characters at most; the number of those cut stands in the middle."""
    if len(text) <= limit:
        return visible(text)
    tail = limit // 4
    head = limit - tail
    return f"{visible(text[:head])}…({len(text) - limit:,} characters)…{visible(text[-tail:])}"


def short_digests(text: str) -> str:
    """``text`` with the middle of each SHA-256 digest cut: ``sha256:0123abcd…89ef``."""
    return _DIGEST.sub(r"\1…\2", text)


def _escaped(code: int) -> str:
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
