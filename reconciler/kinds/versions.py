"""Names of versions. Secrets and configs can be neither changed nor renamed, so each new value is a new object.

``database-password`` is live as ``database-password.v3``. Pure; planning decides which versions to keep.
"""

import re

from reconciler.kinds.base import NameRule

_DOTTED = "letters, digits, dashes, underscores and dots, beginning and ending with a letter or digit"
NAME_RULE = NameRule(re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9_.-]{0,54}[a-zA-Z0-9])?"), f"at most 56 {_DOTTED}")
"""Docker accepts 64 characters for a secret or config; the version takes 8 of them."""
EXTERNAL_NAME_RULE = NameRule(
    re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9_.-]{0,62}[a-zA-Z0-9])?"), f"at most 64 {_DOTTED}"
)
_VERSIONED = re.compile(r"(.+)\.v([0-9]{1,9})\Z")


def versioned(name: str, number: int) -> str:
    """The live name of version ``number`` of ``name``."""
    return f"{name}.v{number}"


def split(live_name: str) -> tuple[str, int]:
    """A live name as (logical name, version); version 0 for a name that is not of the versioned form."""
    match = _VERSIONED.match(live_name)
    return (match[1], int(match[2])) if match else (live_name, 0)


def is_versioned(live_name: str) -> bool:
    """Whether a live name is of the versioned form."""
    return _VERSIONED.match(live_name) is not None
