"""Keyed digests of values that must not be readable. Pure; the caller provides salts.

There are two kinds of values. A *secret* cannot be read from the platform, so nobody may test guesses with its
digest: HMAC-SHA256 with ``RECONCILER_DIGEST_KEY``, or without a key scrypt, which is slow on purpose. A *readable*
value (an environment variable, a webhook's URL, a config's data) can be read in the live object by everyone who can
read the record; only old values, in older records, need protection. So a fast HMAC is enough, with the same key or
else with the record's salt: a thousand services take milliseconds.

No digest is a plain hash, equal secrets have different digests, and no message or exception of this module contains
a value.
"""

import hmac
from collections.abc import Callable, Mapping, Sequence
from hashlib import scrypt
from typing import Any

from reconciler.errors import UsageError
from reconciler.kinds import KINDS
from reconciler.model import Sensitive, Spec

MIN_KEY_BYTES = 16
"""The shortest key that is accepted: someone who has the digest of a known value could find a shorter key by
guessing.
"""
SALT_BYTES = 16
_HMAC, _SCRYPT = "hmac-sha256", "scrypt"
_READABLE_HEX = 32
_ENVIRONMENT = "environment_variables"


def checked_key(text: str | None) -> bytes | None:
    """``RECONCILER_DIGEST_KEY`` as bytes; None if it is not set or empty.

    Raises UsageError for a key of less than 16 bytes.
    """
    if not text:
        return None
    key = text.encode("utf-8", "surrogateescape")
    if len(key) < MIN_KEY_BYTES:
        raise UsageError(
            f"RECONCILER_DIGEST_KEY is too short: {len(key)} bytes, at least {MIN_KEY_BYTES} are needed. "
            "Make one with: openssl rand -hex 32"
        )
    return key


def readable_key(key: bytes | None, salt: str) -> bytes:
    """The key for digests of readable values: the digest key, else the record's salt (hex)."""
    return key if key is not None else bytes.fromhex(salt)


def key_id(key: bytes) -> str:
    """Eight hex digits that identify a key without revealing it."""
    return hmac.digest(key, b"reconciler: which key is this", "sha256").hex()[:8]


def digest(value: str | Sensitive, *, key: bytes | None, salt: bytes) -> str:
    """The digest of a secret's value, with ``key``, else by scrypt (2^14, r 8, p 1: 60 ms, 16 MiB).

    ``salt``: 16 random bytes, new each time. The result names its method: ``hmac-sha256:<key id>:<salt>:<digest>``
    or ``scrypt:<salt>:<digest>``. Other threads can run during scrypt.
    """
    if key is not None:
        return f"{_HMAC}:{key_id(key)}:{salt.hex()}:{_mac(value, key=key, salt=salt)}"
    return f"{_SCRYPT}:{salt.hex()}:{_stretched(value, salt)}"


def matches(text: str, value: str | Sensitive, *, key: bytes | None) -> bool | None:
    """Whether ``text`` is the digest of ``value``; None if it was made with another key, or is no valid digest.

    For a digest made without a key this takes as long as making one.
    """
    match text.split(":"):
        case ["hmac-sha256", made_under, salt, mac] if _is_hex(salt, 2 * SALT_BYTES) and _is_hex(mac, 64):
            if key is None or made_under != key_id(key):
                return None
            return hmac.compare_digest(_mac(value, key=key, salt=bytes.fromhex(salt)), mac)
        case ["scrypt", salt, stretched] if _is_hex(salt, 2 * SALT_BYTES) and _is_hex(stretched, 64):
            return hmac.compare_digest(_stretched(value, bytes.fromhex(salt)), stretched)
    return None


def is_slow(text: str) -> bool:
    """Whether ``matches`` takes 60 ms for this digest, so that many digests should be checked in threads."""
    return text.startswith(f"{_SCRYPT}:")


def is_masked(kind: str, field: str) -> bool:
    """Whether a record holds only digests of this field."""
    return field in KINDS[kind].digested


def masked(kind: str, spec: Spec, *, key: bytes) -> Spec:
    """``spec`` as a record holds it; ``key`` is the result of ``readable_key``.

    The fields in ``Kind.digested`` become digests, such as environment variables, a service's command and args, a
    webhook's URL and a config's data. Of a secret only ``external`` and the digest of its sealed text are kept.
    """
    digested, recorded = KINDS[kind].digested, KINDS[kind].recorded
    kept = {field: value for field, value in spec.items() if recorded is None or field in recorded}
    mask = _masker(key)
    for field in digested & kept.keys():
        value = kept[field]
        if isinstance(value, Mapping):
            kept[field] = {name: mask(f"{field}.{name}", item) for name, item in value.items()}
        elif value is not None and value != "":
            kept[field] = mask(field, value)
    return kept


def same_as_applied(
    kind: str, field: str, live: Any, applied: Any, *, key: bytes, keys: Sequence[str] = ()
) -> bool | None:
    """Whether a live value is still the value that was last applied; None if unknown.

    Without ``keys`` it compares a whole ``field`` (``replicas``, ``environment_variables``), else the value inside
    it to which ``keys`` lead (``("LOG_LEVEL",)``). ``applied`` is from ``masked``, ``live`` is not masked. Fields
    without a digest are compared with ``==``, so the caller must normalize both. A cleared field equals one that
    was never set.
    """
    if not (keys or live or applied):
        return True
    if not is_masked(kind, field) or live is None or applied is None:
        return bool(live == applied)
    mask, own_id = _masker(key), key_id(key)
    if field == _ENVIRONMENT and not keys:
        if not isinstance(live, Mapping) or not isinstance(applied, Mapping):
            return None
        if live.keys() != applied.keys():
            return False
        answers = [_same(mask, own_id, f"{field}.{name}", live[name], applied[name]) for name in live]
        return None if None in answers else all(answers)
    return _same(mask, own_id, ".".join((field, *keys)), live, applied)


def _same(mask: Callable[[str, Any], str], own_id: str, path: str, live: Any, applied: Any) -> bool | None:
    if not isinstance(applied, str) or not applied.startswith(f"{_HMAC}:{own_id}:"):
        return None
    return hmac.compare_digest(mask(path, live).encode(), applied.encode())


def _masker(key: bytes) -> Callable[[str, Any], str]:
    """A function from path and readable value to digest.

    The path is part of it, so that equal values of two fields get different digests.
    """
    prefix = f"{_HMAC}:{key_id(key)}::"

    def mask(path: str, value: Any) -> str:
        text = value.reveal() if isinstance(value, Sensitive) else str(value)
        message = f"{path}\0{text}".encode("utf-8", "surrogatepass")
        return prefix + hmac.digest(key, message, "sha256").hex()[:_READABLE_HEX]

    return mask


def _mac(value: str | Sensitive, *, key: bytes, salt: bytes) -> str:
    return hmac.digest(key, salt + _bytes(value), "sha256").hex()


def _stretched(value: str | Sensitive, salt: bytes) -> str:
    return scrypt(_bytes(value), salt=salt, n=2**14, r=8, p=1, dklen=32).hex()


def _bytes(value: str | Sensitive) -> bytes:
    text = value.reveal() if isinstance(value, Sensitive) else value
    return text.encode("utf-8", "surrogatepass")


def _is_hex(text: str, length: int) -> bool:
    return len(text) == length and all(character in "0123456789abcdef" for character in text)
