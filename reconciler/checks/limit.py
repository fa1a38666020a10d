"""Numbers that make no sense, such as a replica count with a few zeros too many."""

from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, error, of_kind
from reconciler.kinds.node import NODE
from reconciler.kinds.service import SERVICE
from reconciler.model import Desired, Diagnostic

NAME = "limit"


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """No service has more replicas, and no stack more nodes in total, than the limits allow."""
    for stack in desired:
        nodes = 0
        for service in of_kind(SERVICE, [stack]):
            name, replicas = service.address.name, service.spec.get("replicas")
            if isinstance(replicas, int) and replicas > stack.limits.replicas:
                message = (
                    f"service {name!r} has {replicas:,} replicas; the limit is {stack.limits.replicas:,}"
                )
                hint = f"correct it, or raise the limit: limits: {{replicas: {replicas}}}"
                yield error(NAME, service.marks(("replicas",)), message, hint)
        for node in of_kind(NODE, [stack]):
            before, nodes = nodes, nodes + node.spec["count"]
            if before <= stack.limits.nodes < nodes:
                message = f"the stack has more nodes than the limit, {stack.limits.nodes:,}"
                hint = "correct the counts, or raise the limit: limits: {nodes: N}"
                yield error(NAME, node.location, message, hint)


CHECK = Check(NAME, "a service has more replicas, or a stack more nodes, than its limits say", check)
