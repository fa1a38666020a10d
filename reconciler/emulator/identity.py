"""Ids in the API's formats: random ones, and ones derived from a name, which stay the same."""

import hashlib
import secrets

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def docker_id() -> str:
    """25 letters and digits, as Swarm names services, tasks, secrets and configs."""
    number = secrets.randbits(130)
    letters = []
    for _ in range(25):
        number, rest = divmod(number, 36)
        letters.append(_LETTERS[rest])
    return "".join(letters)


def derived_id(root: str, number: int) -> str:
    """An id in the format of ``docker_id``, the same for the same root and number."""
    rest, letters = int.from_bytes(hashlib.sha256(f"{root} {number}".encode()).digest()[:17]), []
    for _ in range(25):
        rest, letter = divmod(rest, 36)
        letters.append(_LETTERS[letter])
    return "".join(letters)


def long_id() -> str:
    """64 hexadecimal digits, as Docker names containers."""
    return secrets.token_hex(32)


def short_id(prefix: str) -> str:
    """A random id in MedStack's format: a prefix and eight letters."""
    return f"{prefix}_{secrets.token_hex(4)}"


def stable_id(prefix: str, *of: str) -> str:
    """An id in MedStack's format, the same for the same words."""
    return f"{prefix}_{hashlib.sha256(chr(0).join(of).encode()).hexdigest()[:8]}"
