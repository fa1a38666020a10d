"""Services without an image."""

from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, error, of_kind
from reconciler.kinds.service import SERVICE
from reconciler.model import Desired, Diagnostic

NAME = "missing-image"


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """After merging, every service has an image."""
    for service in of_kind(SERVICE, desired):
        if not service.spec.get("image"):
            message = f"service {service.address.name!r} has no image"
            yield error(NAME, service.location, message, "add image: NAME:TAG")


CHECK = Check(NAME, "a service has no image", check, of_absence=True)
