"""Service names that Docker accepts, but that are not valid host names."""

from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, of_kind, warning
from reconciler.kinds.service import SERVICE, SERVICE_NAME
from reconciler.model import Desired, Diagnostic

NAME = "dns-name"


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """Other services reach a service by its name, and ``_`` is no character of a host name (RFC 1123, 2.1)."""
    for service in of_kind(SERVICE, desired):
        name = service.address.name
        if "_" in name and SERVICE_NAME.pattern.fullmatch(name):
            message = f"service {name!r} has _ in its name, which some clients refuse in a host name"
            hint = "a name with - in its place is safe; under another name it is another service"
            yield warning(NAME, service.location, message, hint)


CHECK = Check(NAME, "the name of a service is not a host name", check, warns=True)
