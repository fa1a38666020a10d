"""Finds parts of a live service that a PUT would lose: such a service is not updated. Pure."""

from collections.abc import Collection, Mapping
from typing import Any

from reconciler.kinds.service import EMPTY, FIELDS, PARTS, REFERENCES
from reconciler.model import Body

_ADDED: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(REFERENCES, frozenset({"id"})),
    "mounts": frozenset({"type"}),
}
"""The fields that responses add to each item of a list."""
_ABOUT = frozenset({"object", "created", "created_at", "updated", "updated_at"})
"""Fields of an item that only the API sets (API: ``object``, ``created``)."""


def unsupported(body: Body, keep: Collection[str] = ()) -> str:
    """Why a live service must not be written, since a PUT could not carry over what it has; "" if it can.

    A mount that is not a volume, a reference without a name and an unknown non-empty field would be lost. ``keep``
    names unknown fields that may be sent back as they are.
    """
    if lost := lost_in_lists(body):
        return lost
    unknown = [field for field in unknown_fields(body) if field not in keep]
    return f"it has fields this version does not know: {', '.join(unknown)}" if unknown else ""


def lost_in_lists(body: Body) -> str:
    """Which mount or reference a PUT could not carry over, and why; "" if there is none."""
    for mount in body.get("mounts") or ():
        if (mount.get("type") or "volume") != "volume":
            return f"its mount at {mount.get('target')} is of type {mount.get('type')}, not volume"
    for field in REFERENCES:
        for item in body.get(field) or ():
            if not item.get("name"):
                return f"one of its {field} has no name"
    return ""


def unknown_fields(body: Body) -> tuple[str, ...]:
    """The non-empty fields that this version does not know, sorted: ``labels``, ``mounts[].driver``."""
    return tuple(sorted(_values(body)))


def kept(before: Body, after: Body, keep: Collection[str]) -> tuple[str, ...]:
    """The fields in ``keep`` that are not the same in ``after`` as in ``before``."""
    was, now = _values(before), _values(after)
    return tuple(sorted(field for field in keep if was.get(field) != now.get(field)))


def _values(body: Body) -> dict[str, Any]:
    known = FIELDS | _ABOUT | {"id", "name", "mode"}
    found: dict[str, Any] = {
        field: value for field, value in body.items() if field not in known and value not in EMPTY
    }
    for field, parts in PARTS.items():
        ours = parts | _ABOUT | _ADDED.get(field, frozenset())
        for item in body.get(field) or ():
            for part, value in item.items():
                if part not in ours and value not in EMPTY:
                    found.setdefault(f"{field}[].{part}", []).append(value)
    return found
