"""Names of versions. Secrets and configs can be neither changed nor renamed, so each new value is a new object.

``database-password`` lives as ``database-password.v3``. Pure text; what is kept or swept is the plan's matter.
"""

import re

KINDS_WITH_VERSIONS = ("secret", "config")
_VERSIONED = re.compile(r"(.+)\.v([0-9]{1,9})\Z")


def versioned(name: str, number: int) -> str:
    """The live name of version ``number`` of ``name``."""
    return f"{name}.v{number}"


def split(live_name: str) -> tuple[str, int]:
    """A live name as (logical name, version); version 0 for a name that is not of the versioned form."""
    match = _VERSIONED.match(live_name)
    return (match[1], int(match[2])) if match else (live_name, 0)
