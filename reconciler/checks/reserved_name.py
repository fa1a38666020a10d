"""Names that are reserved by the platform or by reconciler."""

import re
from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, error
from reconciler.kinds import KINDS
from reconciler.kinds.image import basename
from reconciler.kinds.service import PLATFORM_SERVICE_NAMES, SERVICE
from reconciler.model import Desired, Diagnostic, Manifest

NAME = "reserved-name"
_VERSION = re.compile(r".*\.v[0-9]+")


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """No name or image of the platform's load balancer, and no name like those of versions and records.

    External objects are never written, so they may have any name.
    """
    for stack in desired:
        for (kind, name), manifest in stack.manifests.items():
            if kind == SERVICE.name:
                yield from _managed(name, manifest)
            elif not KINDS[kind].versioned or manifest.spec.get("external"):
                continue
            elif name.lower().startswith("reconciler."):
                message = f"{kind} {name!r}: names that begin with reconciler. are reserved for the record of this tool"
                yield error(NAME, manifest.location, message, "choose another name")
            elif _VERSION.fullmatch(name):
                message = f"{kind} {name!r}: names that end in .v and a number are reserved for versions"
                yield error(
                    NAME,
                    manifest.location,
                    message,
                    f"write {name.rpartition('.v')[0]!r}; the version is added",
                )


def _managed(name: str, manifest: Manifest) -> Iterator[Diagnostic]:
    hint = "the platform manages it: remove it, and set hosts and port on the services"
    if name.lower() in PLATFORM_SERVICE_NAMES:
        message = f"service {name!r} has the name of the platform's load balancer, which is never written"
        yield error(NAME, manifest.location, message, hint)
    elif basename(manifest.spec.get("image", "")) == "traefik":
        message = f"service {name!r} runs the image of the platform's load balancer, which is never written"
        yield error(NAME, manifest.marks(("image",)), message, hint)


CHECK = Check(NAME, "a name or image is reserved by the platform or by this tool", check)
