"""Variables without braces, which Docker Compose replaces and reconciler does not."""

import re
from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, of_kind, warning
from reconciler.kinds.service import SERVICE
from reconciler.model import Desired, Diagnostic

NAME = "unbraced-variable"
_VARIABLE = re.compile(r"(?<![$\\])\$([A-Z_][A-Z0-9_]{1,60}+)(?![A-Za-z0-9_])", re.ASCII)


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """An environment variable's value contains no ``$NAME``: no shell evaluates it, so it is not replaced."""
    for service in of_kind(SERVICE, desired):
        for key, text in service.spec.get("environment_variables", {}).items():
            match = _VARIABLE.search(text) if "$" in text else None
            if match:
                message = (
                    f"{key!r} of service {service.address.name!r} holds ${match[1]}, which is not replaced"
                )
                hint = f"write ${{{match[1]}}} if the variable is meant"
                yield warning(NAME, service.marks(("environment_variables", key)), message, hint)


CHECK = Check(NAME, "an environment variable holds $NAME, which is not replaced", check, warns=True)
