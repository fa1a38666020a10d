"""Ids in the forms the API shows: random ones, and ones that follow from a name and so stay the same."""

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
    """An id in the form of ``docker_id`` that always is the same for the same root and number."""
    rest, letters = int.from_bytes(hashlib.sha256(f"{root} {number}".encode()).digest()[:17]), []
    for _ in range(25):
        rest, letter = divmod(rest, 36)
        letters.append(_LETTERS[letter])
    return "".join(letters)


def long_id() -> str:
    """64 hexadecimal digits, as Docker names containers."""
    return secrets.token_hex(32)


def short_id(prefix: str) -> str:
    """A random id of MedStack's own: a prefix and eight letters."""
    return f"{prefix}_{secrets.token_hex(4)}"


def stable_id(prefix: str, *of: str) -> str:
    """An id of MedStack's own that always is the same for the same words."""
    return f"{prefix}_{hashlib.sha256(chr(0).join(of).encode()).hexdigest()[:8]}"
