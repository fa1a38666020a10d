"""Two mounts at one folder, or two secrets or configs at one file."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from reconciler.checks.base import Check, error, of_kind
from reconciler.kinds.service import SERVICE
from reconciler.model import Desired, Diagnostic

NAME = "duplicate-target"
PLACES: dict[str, Callable[[Any], str]] = {
    "mounts": lambda mount: str(mount["target"]).rstrip("/") or "/",
    "secrets": lambda reference: (
        str(reference["file_name"])
        if reference["file_name"][0] == "/"
        else f"/run/secrets/{reference['file_name']}"
    ),
    "configs": lambda reference: (
        str(reference["file_name"]) if reference["file_name"][0] == "/" else f"/{reference['file_name']}"
    ),
}
"""The path of an item in the container (Docker: default targets of secrets and configs)."""


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """Every path in a container is used once."""
    for service in of_kind(SERVICE, desired):
        seen: dict[str, tuple[str, int]] = {}
        for field, place_of in PLACES.items():
            for index, item in enumerate(service.spec.get(field, ())):
                place = place_of(item)
                first = seen.setdefault(place, (field, index))
                if first != (field, index):
                    message = f"service {service.address.name!r} mounts two items at {place!r}; "
                    message += f"the first is at {service.marks(first)}"
                    hint = "give one of them a different " + ("target" if field == "mounts" else "file_name")
                    yield error(NAME, service.marks((field, index)), message, hint)


CHECK = Check(NAME, "two mounts, secrets or configs have the same path in a container", check)
