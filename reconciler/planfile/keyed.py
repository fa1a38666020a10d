"""JSON in a canonical form, HMAC-SHA256 over it (different for each purpose), and the check of a plan key."""

import hashlib
import hmac
import json
from typing import Any

from reconciler.errors import UsageError

LEAST_KEY, LEAST_DIFFERENT = 32, 12
"""The fewest characters that a plan key may have, and the fewest different ones: a weaker key could be guessed from a
public plan file."""


def checked_key(text: str | None, *, name: str = "RECONCILER_PLAN_KEY") -> bytes | None:
    """The bytes of a plan key, or None if it is not set or empty.

    Raises UsageError, which calls the key ``name``, if it has fewer than 32 characters or fewer than 12 different ones.
    """
    if not text:
        return None
    if len(text) < LEAST_KEY:
        fault = f"is shorter than {LEAST_KEY} characters"
    elif len(set(text)) < LEAST_DIFFERENT:
        fault = f"has fewer than {LEAST_DIFFERENT} different characters"
    else:
        return text.encode("utf-8", "surrogateescape")
    raise UsageError(f"{name} {fault}, so it could be guessed. Make one with: openssl rand -hex 32")


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no spaces, in ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def keyed(value: Any, *, key: bytes, purpose: str) -> str:
    """The HMAC-SHA256 of JSON data: ``hmac-sha256:`` and 64 hex digits. It differs with ``purpose``."""
    message = f"reconciler {purpose} 1\n".encode() + canonical(value)
    return f"hmac-sha256:{hmac.new(key, message, hashlib.sha256).hexdigest()}"


def equal(text: str, other: str) -> bool:
    """Whether two digests are the same, in constant time."""
    return hmac.compare_digest(text.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
