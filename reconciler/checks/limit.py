"""Numbers that make no sense, such as a replica count with a few zeros too many."""

from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, error
from reconciler.model import Desired, Diagnostic

NAME = "limit"


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """No service has more replicas, and no stack more nodes in all, than its limits say."""
    for one in desired:
        nodes = 0
        for (kind, name), manifest in one.manifests.items():
            replicas = manifest.spec.get("replicas") if kind == "service" else None
            if isinstance(replicas, int) and replicas > one.limits.replicas:
                message = f"service {name!r} has {replicas:,} replicas; the limit is {one.limits.replicas:,}"
                hint = f"correct it, or raise the limit: limits: {{replicas: {replicas}}}"
                yield error(NAME, manifest.marks(("replicas",)), message, hint)
            if kind == "node":
                before, nodes = nodes, nodes + manifest.spec["count"]
                if before <= one.limits.nodes < nodes:
                    message = f"the stack has more than {one.limits.nodes:,} nodes, which is the limit"
                    hint = "correct the counts, or raise the limit: limits: {nodes: N}"
                    yield error(NAME, manifest.location, message, hint)


CHECK = Check(NAME, "a service has more replicas, or a stack more nodes, than its limits say", check)
