"""JSON in its one canonical form, and HMAC-SHA256 over it, different for each purpose; what a plan key must be."""

import hashlib
import hmac
import json
from typing import Any

from reconciler.errors import UsageError

LEAST_KEY, LEAST_DIFFERENT = 32, 12
"""Characters of the shortest plan key, and how many different ones it has: what is less could be guessed from a
public plan file."""


def checked_key(text: str | None, *, name: str = "RECONCILER_PLAN_KEY") -> bytes | None:
    """A plan key as the bytes that sign; None where it is not set or empty.

    Raises UsageError, under ``name``, for one of under 32 characters or of under 12 different ones.
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
    """``hmac-sha256:`` and 64 hex digits; a digest made for one purpose is none for another."""
    message = f"reconciler {purpose} 1\n".encode() + canonical(value)
    return f"hmac-sha256:{hmac.new(key, message, hashlib.sha256).hexdigest()}"


def equal(text: str, other: str) -> bool:
    """Whether two digests are the same, in constant time."""
    return hmac.compare_digest(text.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
