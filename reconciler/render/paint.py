"""Colour for terminals: ANSI codes by a line's role. The caller decides whether there is colour."""

_CODES = {
    "heading": "1",
    "create": "32",
    "added": "32",
    "update": "33",
    "replace": "1;31",
    "delete": "1;31",
    "version": "33",
    "sweep": "2",
    "removed": "31",
    "adopt": "36",
    "drift": "35",
    "refusal": "1;31",
    "context": "2",
    "error": "1;31",
    "warning": "33",
    "applied": "32",
    "failed": "1;31",
    "skipped": "33",
    "unknown": "1;35",
}


def paint(role: str, text: str, colour: bool) -> str:
    """``text`` in the colour of ``role``; unchanged if ``colour`` is False or the role has no colour."""
    code = _CODES.get(role) if colour else None
    return f"\x1b[{code}m{text}\x1b[0m" if code else text
