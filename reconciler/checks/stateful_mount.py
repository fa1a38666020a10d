"""Services that write to a volume and may find another, empty one: volumes are local to a node."""

import re
from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, of_kind, warning
from reconciler.kinds.service import SERVICE
from reconciler.kinds.volume import VOLUME
from reconciler.model import Desired, Diagnostic, Manifest

NAME = "stateful-mount"
_PIN = re.compile(r"\s*(node\.(id|hostname|ip|labels\.[^\s=]+)|engine\.labels\.[^\s=]+)\s*==", re.IGNORECASE)


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """A service that writes to a volume has one replica, and a placement constraint that names its node.

    Volumes that are not declared are skipped; another check reports them.
    """
    for stack in desired:
        declared = {name for kind, name in stack.manifests if kind == VOLUME.name}
        for service in of_kind(SERVICE, [stack]):
            for index, mount in enumerate(service.spec.get("mounts", ())):
                if not mount["readonly"] and mount["source"] in declared:
                    yield from _of_writer(service, index, mount["source"])
                    break


def _of_writer(service: Manifest, index: int, source: str) -> Iterator[Diagnostic]:
    """The findings about a service that writes to the volume ``source`` by its mount number ``index``."""
    spec, name = service.spec, service.address.name
    replicas = spec.get("replicas", 1)
    if replicas > 1:
        message = f"service {name!r} has {replicas} replicas and writes to volume {source!r}"
        hint = "volumes are local to a node, and the replicas on a node share it: run one replica, or mount it readonly"
        yield warning(NAME, service.marks(("replicas",)), message, hint)
    if spec.get("update_order") == "start-first":
        message = (
            f"service {name!r} writes to volume {source!r}, and an update starts the new container before it "
            "stops the old one"
        )
        hint = "two containers would write at the same time: set update_order: stop-first"
        yield warning(NAME, service.marks(("update_order",)), message, hint)
    if not any(_PIN.match(constraint) for constraint in spec.get("placement_constraints", ())):
        message = f"service {name!r} writes to volume {source!r} and may run on any node"
        hint = 'on another node the volume is empty: add placement_constraints: ["node.hostname == …"]'
        yield warning(NAME, service.marks(("mounts", index)), message, hint)


CHECK = Check(
    NAME,
    "a service that writes to a volume has several replicas, or may run on any node",
    check,
    of_absence=True,
    warns=True,
)
