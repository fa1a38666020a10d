"""A secret or config that a service mounts twice, with different owners or modes."""

from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, of_kind, warning
from reconciler.kinds.service import REFERENCES, SERVICE
from reconciler.model import Desired, Diagnostic

NAME = "mounted-twice"


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """Docker keeps one file of it for a container, with the last reference's owner and mode (seen: Docker 20.10.24)."""
    for service in of_kind(SERVICE, desired):
        for field in REFERENCES:
            references = service.spec.get(field, ())
            last = {reference["name"]: index for index, reference in enumerate(references)}
            for index, reference in enumerate(references):
                kept = references[last[reference["name"]]]
                parts = [part for part in ("uid", "gid", "mode") if reference[part] != kept[part]]
                if parts:
                    message = (
                        f"service {service.address.name!r} mounts {reference['name']!r} twice, and both files get "
                        "the "
                        f"{' and '.join(parts)} of {service.marks((field, last[reference['name']]))}"
                    )
                    hint = f"set the same in both, or declare {reference['name']!r} again under another name"
                    yield warning(NAME, service.marks((field, index)), message, hint)


CHECK = Check(NAME, "a secret or config is mounted twice with different owners or modes", check, warns=True)
