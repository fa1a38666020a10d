"""Values as plain JSON data that may be shown: nothing sensitive passes."""

import re
from collections.abc import Mapping
from typing import Any

from reconciler.model import Masked, Sensitive

_MASK = re.compile(r"(?:[a-zA-Z0-9.:\-]{1,255} )?\(sensitive(?: #[0-9]{1,9})?\)")
"""What may stand for a sensitive value; of a URL also its host, before the mask."""


def masked(value: Any, *, sensitive: bool) -> Any:
    """``value`` as plain JSON data that may be shown.

    Raises TypeError for what JSON has no form for; floats that are no number become text.
    """
    if sensitive and not (value is None or is_mask(value) or _is_masked(value)):
        return "(sensitive)"
    return plain(value)


def is_mask(value: Any) -> bool:
    """Whether a value is nothing but what stands for one that is not shown."""
    return isinstance(value, str) and _MASK.fullmatch(value) is not None


def _is_masked(value: Any) -> bool:
    """Whether each text of a value went through masking."""
    if isinstance(value, Mapping):
        return all(map(_is_masked, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_masked, value))
    return isinstance(value, Masked | bool) or value is None


def as_masked(value: Any) -> Any:
    """JSON data that was masked before it was written down, as masked again."""
    if isinstance(value, Mapping):
        return {key: as_masked(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [as_masked(one) for one in value]
    return Masked(value) if isinstance(value, str) else value


def plain(value: Any) -> Any:
    """JSON data with every ``Sensitive`` in it replaced by the text ``(sensitive)``."""
    if value is None or isinstance(value, str | bool | int):
        return str(value) if isinstance(value, Masked) else value
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    if isinstance(value, Sensitive):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    raise TypeError(f"a {type(value).__name__} has no form in JSON")
