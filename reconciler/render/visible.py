"""Makes text from outside safe to show. Every name, value and message passes ``visible`` before it is shown."""

import re

_MARKS = "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
# Printable by Unicode's categories, but invisible: fillers, joiners, blanks and variation selectors. Also what strikes
# other characters out, and every mark above four on one character: such a pile covers the lines around it.
_DECEIVING = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
    "\U0001d159\U00013441\U00013442\U00016fe4"
    f"\u0334-\u0338\u20d2\u20d3\u20d8-\u20da\u20e5\u20e6\u20ea\u20eb]|(?<={_MARKS * 4}){_MARKS}"
)
_DIGEST = re.compile(r"\b(sha256:[0-9a-f]{8})[0-9a-f]{52}([0-9a-f]{4})\b")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """``text`` on one line, with every character that could hide, reorder or overwrite text as an escape.

    These are all characters of Unicode's categories Other and Separator except the space (control characters,
    ANSI escapes, bidirectional overrides, zero-width characters, surrogates, line separators), and those that
    Unicode calls printable but that show nothing, strike text out or pile up. Any other text is returned unchanged.
    """
    if text.isprintable() and (text.isascii() or not _DECEIVING.search(text)):
        return text
    shown = "".join(
        character if character.isprintable() else _SHORT.get(character) or _escaped(ord(character))
        for character in text
    )
    return _DECEIVING.sub(lambda found: _escaped(ord(found[0])), shown)


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
