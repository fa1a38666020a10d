"""Ports, protocols and hosts that the load balancer cannot use."""

from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, of_kind, warning
from reconciler.kinds.service import SERVICE
from reconciler.model import Desired, Diagnostic

NAME = "ingress"


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """Ports are 1 to 65535, the protocol is http or https, and a service with hosts has a port."""
    for service in of_kind(SERVICE, desired):
        spec, name = service.spec, service.address.name
        port, protocol = spec.get("port") or None, spec.get("protocol")
        if port is not None and not 1 <= port <= 65535:
            yield warning(
                NAME, service.marks(("port",)), f"{port} is not a port", "a port is a number from 1 to 65535"
            )
        if protocol and protocol not in ("http", "https"):
            message = f"the load balancer may not support the protocol {protocol!r}"
            yield warning(NAME, service.marks(("protocol",)), message, "accepted: http, https")
        if spec.get("hosts") and port is None:
            message = f"service {name!r} has hosts, but no port"
            yield warning(
                NAME, service.marks(("hosts",)), message, "add port: the port that the container listens on"
            )


CHECK = Check(
    NAME,
    "a port, protocol or host that the load balancer cannot use",
    check,
    of_absence=True,
    warns=True,
)
