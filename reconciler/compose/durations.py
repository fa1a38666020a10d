"""Durations of the Compose Specification (11-extension, "Specifying durations") as whole seconds."""

import math
import re
from typing import Any

from reconciler.compose.context import Context
from reconciler.compose.nodes import ComposeNode
from reconciler.compose.notes import LeftOut
from reconciler.compose.variables import has_references

_PART = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,9})?)(us|µs|ns|ms|s|m|h|d)", re.ASCII | re.IGNORECASE)
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds(context: Context, node: ComposeNode, subject: tuple[str, ...], what: str) -> Any:
    """A duration in whole seconds, rounded up; None, with a note, if it is invalid. ``0`` needs no unit."""
    text = context.known(node).strip()
    if has_references(context.text(node)):
        context.matters(
            node.place,
            subject,
            what,
            f"the variable in {what} is replaced by its current value: the API takes seconds",
        )
    if text.isdigit():
        return int(text)
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        context.changes(node.place, subject, what, LeftOut(what, "it is not a duration such as 1m30s"))
        return None
    exact = sum(float(number) * _SECONDS[unit.lower()] for number, unit in parts)
    whole = math.ceil(round(exact, 9))
    if whole != exact:
        context.matters(node.place, subject, what, f"{what} becomes {whole} s: the API takes whole seconds")
    return whole
