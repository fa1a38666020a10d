"""Nodes: declared as a count for each size, live as machines with ids (API: nodes, in preview; created
asynchronously).
"""

from typing import Any

from reconciler.kinds.base import Kind, override
from reconciler.model import Body, LiveState, Spec

GOING = frozenset({"deleting", "deleted", "removed"})
"""Statuses, lower case, of a node that no longer counts."""
READY = "ready"
"""The status, lower case, of a node that can run tasks."""


def canonical(value: Any) -> Spec:
    """The declared count, written as a bare number."""
    return {"count": value}


def decode(body: Body) -> Spec:
    """A node's size (id or title: the API reference does not say which), status, role and address."""
    return {
        "size": str(body.get("size") or ""),
        "status": str(body.get("status") or ""),
        "swarm_manager": bool(body.get("swarm_manager")),
        "public_ip_address": str(body.get("public_ip_address") or ""),
    }


def encode(size_id: str, _spec: Spec) -> Body:
    """The body that creates a node of a size."""
    return {"size_id": size_id}


def size_ids(live: LiveState, name: str) -> tuple[str, ...]:
    """The ids of the sizes with this id or title; if there are several, the name is ambiguous."""
    by_id = tuple(size.id for size in live.node_sizes if size.id == name)
    return by_id or tuple(size.id for size in live.node_sizes if size.title == name)


NODE = Kind(
    name="node",
    section="nodes",
    level=0,
    canonical=canonical,
    merge=override,
    decode=decode,
    encode=encode,
    named=False,
    named_by="id",
    capacity=True,
    preview=True,
)
