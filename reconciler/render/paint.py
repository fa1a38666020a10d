"""Colour for terminals: ANSI codes by a line's role. Whether there is colour is the caller's to say."""

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
    """``text`` in its role's colour, or as it is where there is no colour or the role has none."""
    code = _CODES.get(role) if colour else None
    return f"\x1b[{code}m{text}\x1b[0m" if code else text
