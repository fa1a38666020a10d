"""Keyed digests: how values that must not be readable are remembered. Pure; salts come from the caller.

Two needs, two strengths. A *secret* cannot be read back from the platform, so its digest must not let anyone
test guesses: HMAC-SHA256 under ``RECONCILER_DIGEST_KEY``, or without a key scrypt, slow on purpose. A
*readable* value (an environment variable, a webhook's URL, a config's data) stands in the live object, in
front of anyone who may read the record; only former values, still in an older record, deserve cover. So it
gets a fast HMAC, under the same key or else under the record's own salt: a thousand services cost
milliseconds.

No digest is a plain hash, no two secrets of equal value have equal digests, and no message or exception of
this module holds a value.
"""

import hmac
from collections.abc import Callable, Mapping, Sequence
from hashlib import scrypt
from typing import Any

from reconciler.errors import UsageError
from reconciler.kinds import KINDS
from reconciler.model import Sensitive, Spec

MIN_KEY_BYTES = 16
"""A shorter key could be guessed: whoever holds a digest of a known value can test guesses of its key."""
SALT_BYTES = 16
_HMAC, _SCRYPT = "hmac-sha256", "scrypt"
_READABLE_HEX = 32
_ENVIRONMENT = "environment_variables"


def checked_key(text: str | None) -> bytes | None:
    """``RECONCILER_DIGEST_KEY`` as the bytes that key digests; None where it is not set or empty.

    Raises UsageError for a key of under 16 bytes.
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
    """What keys the digests of readable values: the digest key, else the record's salt (hex)."""
    return key if key is not None else bytes.fromhex(salt)


def key_id(key: bytes) -> str:
    """Eight hex digits that tell keys apart, and tell nothing of a key of the length that is asked for."""
    return hmac.digest(key, b"reconciler: which key is this", "sha256").hex()[:8]


def digest(value: str | Sensitive, *, key: bytes | None, salt: bytes) -> str:
    """The digest of a secret's value, under ``key``, else by scrypt (2^14, r 8, p 1: 60 ms, 16 MiB).

    ``salt``: 16 random bytes, new each time. Text that says how it was made: ``hmac-sha256:<key
    id>:<salt>:<digest>`` or ``scrypt:<salt>:<digest>``. Without a key it lets other threads run meanwhile.
    """
    if key is not None:
        return f"{_HMAC}:{key_id(key)}:{salt.hex()}:{_mac(value, key=key, salt=salt)}"
    return f"{_SCRYPT}:{salt.hex()}:{_stretched(value, salt)}"


def matches(text: str, value: str | Sensitive, *, key: bytes | None) -> bool | None:
    """Whether ``text`` is the digest of ``value``; None where it was made under a key that is not at hand.

    What is no digest at all also gives None: it allows no comparison. For a digest made without a key
    this takes as long as making one.
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
    """Whether ``matches`` takes 60 ms for this digest, so that many are better checked in threads."""
    return text.startswith(f"{_SCRYPT}:")


def is_masked(kind: str, field: str) -> bool:
    """Whether a record keeps this field of a spec only as digests."""
    return field in KINDS[kind].digested


def masked(kind: str, spec: Spec, *, key: bytes) -> Spec:
    """``spec`` as a record keeps it; ``key`` is ``readable_key(…)``.

    Values of environment variables, a service's command, args and healthcheck_path, a webhook's URL, a config's
    data and a secret's sealed text become digests; of a secret nothing else is kept but ``external``.
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
    """Whether a live value is still the one that was applied; None where that is not known.

    It is a whole ``field`` (``replicas``, ``environment_variables``), or of one with ``keys`` what these lead to
    (``("LOG_LEVEL",)``). ``applied`` is what ``masked`` made of it, ``live`` is as it is.
    Fields kept as they are compare by ``==``, so both sides are the caller's to normalise. A field that was
    cleared is the same as one that was never set.
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
    """Path and readable value to digest. The path goes in, so that equal values of two fields do not show."""
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
