"""Functions that make a desired and a live value of a field comparable. Pure; a kind says which field needs which."""

import struct
from collections.abc import Callable, Mapping
from typing import Any

from reconciler.kinds.base import Comparator


def keyed(key: Callable[[Mapping[str, Any]], str], *parts: str) -> Comparator:
    """Compare lists of items as dicts by ``key``, with only ``parts`` of each item: order does not matter."""

    def by_key(items: Any) -> dict[str, Any]:
        return {key(item): {part: item[part] for part in parts} for item in items or ()}

    return lambda desired, live: (by_key(desired), by_key(live))


def as_set(clean: Callable[[str], str]) -> Comparator:
    """Compare lists of texts as sets: neither order nor repetition matters."""

    def cleaned(items: Any) -> list[str]:
        return sorted({clean(item) for item in items or ()})

    return lambda desired, live: (cleaned(desired), cleaned(live))


def with_default(default: Any) -> Comparator:
    """Compare with ``default`` in place of a value that is not set."""

    def filled(value: Any) -> Any:
        return default if value in (None, "") else value

    return lambda desired, live: (filled(desired), filled(live))


def never_zero(desired: Any, live: Any) -> tuple[Any, Any]:
    """Compare numbers of which 0 means that they are not set."""
    return desired or None, live or None


def ratio(desired: Any, live: Any) -> tuple[Any, Any]:
    """Ratios, 0 if not set. API: of format float, so 0.33 comes back as the nearest 32-bit number."""
    desired, live = with_default(0.0)(desired, live)
    return (desired, desired) if _float32(desired) == _float32(live) else (desired, live)


def _float32(value: float) -> bytes:
    return struct.pack("f", value)
