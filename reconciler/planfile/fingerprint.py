"""A digest of all that a change was planned from, and the form in which its fields are compared with approved ones."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from reconciler.document import plain
from reconciler.model import AnyChange, FieldChange, Sensitive
from reconciler.planfile.keyed import canonical, keyed

_NUMBERED = re.compile(r"\(sensitive #[0-9]{1,9}\)")


def fingerprint(change: AnyChange, *, key: bytes | None) -> str:
    """A digest of all that ``change`` was planned from: ``hmac-sha256:`` or ``sha256:`` and 64 hex digits.

    With a ``key`` it is an HMAC-SHA256 of the live object's id and changed fields, and of all declared fields, with
    the values of secrets, their sources and the lifecycle. Without a key it is a SHA-256 of the id and of what the
    plan shows: with a plain hash of a masked value anyone could test guesses.
    """
    desired = change.desired
    facts: dict[str, Any] = {
        "address": [change.address.cluster, change.address.kind, change.address.name],
        "action": change.action,
        "consented": change.consented,
        **({"replaced_by": change.replaced_by} if change.replaced_by else {}),
        "live": change.live.id if change.live else "",
        "fields": [compared(field) for field in change.fields],
        "source": desired.spec.get("source", "") if desired else "",
        "lifecycle": plain(desired.lifecycle._asdict()) if desired else {},
        "depends_on": list(desired.depends_on) if desired else [],
    }
    if key is None:
        return f"sha256:{hashlib.sha256(canonical(facts)).hexdigest()}"
    concerned = {field.field for field in change.fields}
    live = change.live.spec if change.live else {}
    facts["before"] = _revealed({name: live[name] for name in concerned if name in live})
    facts["declared"] = _revealed(desired.spec if desired else {})
    return keyed(facts, key=key, purpose="change")


def compared(field: FieldChange) -> list[Any]:
    """``[path, before, after, sensitive]`` of a field, as JSON data; masked values without the numbers of their
    masks."""
    if field.sensitive:
        return [field.path, _unnumbered(field.before), _unnumbered(field.after), True]
    return [field.path, plain(field.before), plain(field.after), False]


def _unnumbered(value: Any) -> Any:
    if isinstance(value, str):
        return _NUMBERED.sub("(sensitive)", value)
    if isinstance(value, Mapping):
        return {str(name): _unnumbered(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_unnumbered(item) for item in value]
    return plain(value)


def _revealed(value: Any) -> Any:
    """JSON data with sensitive values in the clear, only to compute a keyed digest of it."""
    if isinstance(value, Sensitive):
        return {"sensitive": value.reveal()}
    if isinstance(value, Mapping):
        return {str(name): _revealed(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_revealed(item) for item in value]
    return plain(value)
