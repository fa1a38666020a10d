"""Ways to make a declared and a live value of one field comparable. Pure; which field needs which, its kind says."""

import struct
from collections.abc import Callable, Mapping
from typing import Any

from reconciler.kinds.base import Pair


def keyed(key: Callable[[Mapping[str, Any]], str], *parts: str) -> Pair:
    """Lists of items as dicts by ``key``, of ``parts`` alone: their order means nothing."""

    def by_key(items: Any) -> dict[str, Any]:
        return {key(item): {part: item[part] for part in parts} for item in items or ()}

    return lambda desired, live: (by_key(desired), by_key(live))


def as_set(clean: Callable[[str], str]) -> Pair:
    """Lists of texts of which neither order nor repetition means anything."""

    def cleaned(items: Any) -> list[str]:
        return sorted({clean(item) for item in items or ()})

    return lambda desired, live: (cleaned(desired), cleaned(live))


def with_default(default: Any) -> Pair:
    """What is not set, on either side, is ``default``."""

    def filled(value: Any) -> Any:
        return default if value in (None, "") else value

    return lambda desired, live: (filled(desired), filled(live))


def ratio(desired: Any, live: Any) -> tuple[Any, Any]:
    """Ratios, 0 if not set. API: of format float, so 0.33 comes back as the nearest 32-bit number."""
    desired, live = with_default(0.0)(desired, live)
    return (desired, desired) if _float32(desired) == _float32(live) else (desired, live)


def _float32(value: float) -> bytes:
    return struct.pack("f", value)
