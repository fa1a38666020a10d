"""Bodies of services in the form of manifests, answers and requests."""

from typing import Any

from reconciler.kinds import KINDS
from reconciler.kinds.service import (
    canonical,
    decode,
)
from reconciler.normalize import same

SERVICE = KINDS["service"]


def is_same(field: str, desired: Any, live: Any) -> bool:
    """Whether a field of a manifest equals a field of an answer."""
    return same(SERVICE, field, canonical({field: desired})[field], decode({field: live}).get(field))
