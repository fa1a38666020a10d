"""What can be said of manifests without asking the server. A new check is a file here and a line in ``CHECKS``.

``check_schema`` looks at the shape of documents, ``check`` at what they mean together. Never reads a file.
"""

from collections.abc import Sequence

from reconciler.checks.base import Check
from reconciler.checks.schema import bundle, check_schema
from reconciler.model import Desired, Diagnostic

CHECKS: tuple[Check, ...] = ()


def check(desired: Sequence[Desired]) -> tuple[Diagnostic, ...]:
    """What every check finds, sorted by place."""
    found = {one for each in CHECKS for one in each.check(desired)}
    return tuple(sorted(found, key=lambda one: (one.location, one.check, one.message)))


__all__ = ["CHECKS", "Check", "bundle", "check", "check_schema"]
