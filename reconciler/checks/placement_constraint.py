"""Placement constraints that Docker refuses, or that no node can satisfy."""

import re
from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, Suggestions, error, of_kind, warning
from reconciler.kinds.service import SERVICE
from reconciler.model import Desired, Diagnostic

NAME = "placement-constraint"
KEYS = ("node.id", "node.hostname", "node.role", "node.ip", "node.platform.os", "node.platform.arch")
LABELS = ("node.labels.", "engine.labels.")
_FORM = re.compile(r"([^=!]*?)(==|!=)(.*)", re.DOTALL)
_KEY = re.compile(r"[a-z0-9_][a-z0-9_.-]*", re.IGNORECASE | re.ASCII)
_VALUE = re.compile(r"[a-z0-9:_\s.*()?+\[\]\\^$|/,@-]+", re.IGNORECASE | re.ASCII)


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """KEY == VALUE or KEY != VALUE, with a key that nodes have (Docker: placement constraints)."""
    suggestions = Suggestions()
    for service in of_kind(SERVICE, desired):
        for index, text in enumerate(service.spec.get("placement_constraints", ())):
            path = ("placement_constraints", index)
            match = _FORM.fullmatch(text)
            key, value = (match[1].strip(), match[3].strip()) if match else ("", "")
            if not _KEY.fullmatch(key) or not _VALUE.fullmatch(value):
                hint = "write KEY == VALUE or KEY != VALUE, such as node.hostname == node-1"
                yield error(NAME, service.marks(path), f"{text!r} is not a placement constraint", hint)
            elif key.lower() not in KEYS and not any(
                key.lower().startswith(prefix) and key[len(prefix) :] for prefix in LABELS
            ):
                close = "" if key.lower().startswith(LABELS) else suggestions.likely(key, KEYS)
                hint = (
                    f"did you mean {close}?"
                    if close
                    else f"accepted: {', '.join((*KEYS, *(f'{prefix}…' for prefix in LABELS)))}"
                )
                yield warning(NAME, service.marks(path), f"no node has {key!r}, so nothing would run", hint)
            elif key.lower() == "node.role" and value.lower() not in ("manager", "worker"):
                yield warning(
                    NAME, service.marks(path), f"no node has the role {value!r}", "accepted: manager, worker"
                )


CHECK = Check(NAME, "a placement constraint is malformed, or no node can satisfy it", check, warns=True)
