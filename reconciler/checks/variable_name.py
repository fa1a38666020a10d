"""Environment variables with invalid names."""

from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, error, of_kind
from reconciler.kinds.service import SERVICE
from reconciler.model import Desired, Diagnostic

NAME = "variable-name"


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """The name of an environment variable is not empty and contains no ``=`` (POSIX: environ)."""
    for service in of_kind(SERVICE, desired):
        for name in service.spec.get("environment_variables", {}):
            if name and "=" not in name and name.isprintable() and name == name.strip():
                continue
            before, equals, _ = name.partition("=")  # the text after "=" may be a secret
            shown = repr(f"{before}=…" if equals else name)
            message = f"an environment variable of service {service.address.name!r} cannot be named {shown}"
            hint = "write NAME: VALUE, without = in the name or spaces around it"
            yield error(NAME, service.marks(("environment_variables", name)), message, hint)


CHECK = Check(NAME, "the name of an environment variable is malformed", check)
