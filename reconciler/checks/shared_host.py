"""A domain name that two services claim."""

from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, error, of_kind
from reconciler.kinds.service import SERVICE
from reconciler.model import Desired, Diagnostic, Manifest

NAME = "shared-host"


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """A host is used by a single service of a cluster, and only once."""
    seen: dict[tuple[str, str], tuple[Manifest, int]] = {}
    for service in of_kind(SERVICE, desired):
        for index, host in enumerate(service.spec.get("hosts", ())):
            key = service.address.cluster, host.strip().lower()
            first, first_index = seen.setdefault(key, (service, index))
            if first is service and first_index == index:
                continue
            place = service.marks(("hosts", index))
            who = "this service" if first is service else f"service {first.address.name!r}"
            message = f"host {host!r} is already claimed by {who}, at {first.marks(('hosts', first_index))}"
            yield error(
                NAME, place, message, "the load balancer can send a host to one service only: keep one"
            )


CHECK = Check(NAME, "two services claim the same host", check)
