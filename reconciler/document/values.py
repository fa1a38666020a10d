"""Values as plain JSON data that may be shown: sensitive values are masked."""

import re
from collections.abc import Mapping
from typing import Any

from reconciler.model import Masked, Sensitive

_MASK = re.compile(r"(?:[a-zA-Z0-9.:\-]{1,255} )?\(sensitive(?: #[0-9]{1,9})?\)")
"""The mask that replaces a sensitive value. For a URL, the mask may follow the host."""


def masked(value: Any, *, sensitive: bool) -> Any:
    """``value`` as plain JSON data that may be shown: masked if ``sensitive``.

    Raises TypeError for a type that JSON does not have. NaN and infinity become text.
    """
    if sensitive and not (value is None or is_mask(value) or _is_masked(value)):
        return "(sensitive)"
    return plain(value)


def is_mask(value: Any) -> bool:
    """Whether a value is the mask of a sensitive value."""
    return isinstance(value, str) and _MASK.fullmatch(value) is not None


def _is_masked(value: Any) -> bool:
    """Whether every text in a value is ``Masked``."""
    if isinstance(value, Mapping):
        return all(map(_is_masked, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_masked, value))
    return isinstance(value, Masked | bool) or value is None


def as_masked(value: Any) -> Any:
    """Masked JSON data from a file, with every text as ``Masked`` again."""
    if isinstance(value, Mapping):
        return {key: as_masked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_masked(item) for item in value]
    return Masked(value) if isinstance(value, str) else value


def plain(value: Any) -> Any:
    """JSON data with every ``Sensitive`` in it replaced by the text ``(sensitive)``.

    Raises ``TypeError`` for a value that JSON does not have."""
    if value is None or isinstance(value, str | bool | int):
        return str(value) if isinstance(value, Masked) else value
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    if isinstance(value, Sensitive):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    raise TypeError(f"a {type(value).__name__} cannot be written as JSON")
