"""What makes text from outside harmless to look at: the one function every name, value and message passes."""

import re

# Printable by Unicode's categories, yet shown as nothing: fillers, joiners and variation selectors.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_DIGEST = re.compile(r"\b(sha256:[0-9a-f]{8})[0-9a-f]{52}([0-9a-f]{4})\b")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """``text`` on one line, with all that could hide, reorder or overwrite shown as an escape.

    That is every character Unicode files under Other or Separator but the plain space (controls, so also
    ANSI escapes, bidirectional overrides, zero-width characters, surrogates, line separators), and those
    that are printable in name only. Text without any of them comes back as it is.
    """
    if text.isprintable() and (text.isascii() or not _UNSEEN.search(text)):
        return text
    return "".join(
        one if one.isprintable() and not _UNSEEN.match(one) else _SHORT.get(one) or _escaped(ord(one))
        for one in text
    )


def shorten(text: str, limit: int) -> str:
    """Visible ``text`` of at most about ``limit`` characters: the middle gives way, and its size is said."""
    if len(text) <= limit:
        return visible(text)
    tail = limit // 4
    head = limit - tail
    return f"{visible(text[:head])}…({len(text) - limit:,} characters)…{visible(text[-tail:])}"


def short_digests(text: str) -> str:
    """``text`` with each SHA-256 digest in it cut in the middle: ``sha256:0123abcd…89ef``."""
    return _DIGEST.sub(r"\1…\2", text)


def _escaped(code: int) -> str:
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
