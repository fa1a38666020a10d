"""JSON in its one canonical form, and HMAC-SHA256 over it, told apart by what it is for."""

import hashlib
import hmac
import json
from typing import Any


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no spaces, in ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def keyed(value: Any, *, key: bytes, purpose: str) -> str:
    """``hmac-sha256:`` and 64 hex digits; a digest made for one purpose is none for another."""
    message = f"reconciler {purpose} 1\n".encode() + canonical(value)
    return f"hmac-sha256:{hmac.new(key, message, hashlib.sha256).hexdigest()}"


def equal(one: str, other: str) -> bool:
    """Whether two digests are the same, in time that tells nothing of where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
