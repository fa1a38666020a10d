"""Bodies of services, as manifests, answers and requests have them."""

from typing import Any

from reconciler.kinds import KINDS
from reconciler.kinds.service import (
    canonical,
    decode,
)
from reconciler.normalize import same

SERVICE = KINDS["service"]


def is_same(field: str, desired: Any, live: Any) -> bool:
    """Whether a field as people write it is what an answer says."""
    return same(SERVICE, field, canonical({field: desired})[field], decode({field: live}).get(field))
