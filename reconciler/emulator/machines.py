"""A node at a given time: its status, its address, and the values that placement constraints compare."""

from collections.abc import Iterator
from typing import Any

from reconciler.emulator.identity import short_id
from reconciler.emulator.sqlite import Record, State


def new_node(*, number: int, size: str, manager: bool, ready_at: float) -> Record:
    """A node as stored. ``number`` counts the cluster's nodes and gives hostname and address."""
    return {
        "id": short_id("node"),
        "number": number,
        "size": size,
        "manager": manager,
        "busy": "Creating",
        "until": ready_at,
    }


def status(node: Record, now: float) -> str | None:
    """The status at a time; None: the node is gone."""
    if now < node["until"]:
        return str(node["busy"])
    return None if node["busy"] == "Deleting" else "Ready"


def alive(state: State, cluster: str, now: float) -> Iterator[Record]:
    """Nodes that are not gone yet."""
    for node in state.all(cluster, "node").values():
        if status(node, now) is not None:
            yield node


def describe(node: Record, now: float) -> dict[str, Any]:
    """The node as the API shows it at ``now``."""
    return {
        "id": node["id"],
        "status": status(node, now),
        "public_ip_address": address(node),
        "swarm_manager": node["manager"],
        "size": node["size"],
        "operating_system": {"type": "Linux", "distribution": "Debian", "version": "12"},
    }


def address(node: Record) -> str:
    """An address from the range that RFC 5737 reserves for examples."""
    return f"203.0.113.{node['number'] % 254 + 1}"


def facts(state: State, cluster: str, now: float) -> list[dict[str, Any]]:
    """The nodes that can take tasks, as mappings for ``placement.ready_at``."""
    return [
        {
            "ready_at": node["until"] if status(node, now) == "Creating" else 0.0,
            "node.id": node["id"],
            "node.hostname": f"node-{node['number']}",
            "node.role": "manager" if node["manager"] else "worker",
            "node.ip": address(node),
            "node.platform.os": "linux",
            "node.platform.arch": "x86_64",
        }
        for node in alive(state, cluster, now)
        if status(node, now) != "Deleting"
    ]
