"""Nodes and node sizes. A change of a node continues after the answer; its end time is stored with the node."""

from reconciler.emulator.answers import (
    Answer,
    Refusal,
    answer_json,
    conflict,
    encode,
    encode_list,
    invalid,
    not_found,
)
from reconciler.emulator.call import Call
from reconciler.emulator.machines import alive, describe, new_node, status
from reconciler.emulator.services import reschedule_all
from reconciler.emulator.sqlite import Record

# Seconds that a change takes, at pace 1.
_CREATING, _UPDATING, _DELETING = 2.0, 1.0, 1.0


def list_node_sizes(call: Call) -> Answer:
    """The sizes of this cluster."""
    sizes = call.state.all(call.cluster, "node_size").values()
    return Answer(200, encode_list([encode({"object": "node_size", **size}) for size in sizes]))


def list_nodes(call: Call) -> Answer:
    """All nodes that are not gone."""
    nodes = sorted(alive(call.state, call.cluster, call.now), key=lambda node: str(node["id"]))
    return Answer(200, encode_list([encode(describe(node, call.now)) for node in nodes]))


def get_node(call: Call) -> Answer:
    """One node; the status is 202 (API: Nodes)."""
    return answer_json(202, describe(_existing(call), call.now))


def create_node(call: Call) -> Answer:
    """Create a worker; its status is Creating at first."""
    size = _size(call)
    known = call.state.all(call.cluster, "node").values()
    number = 1 + max((node["number"] for node in known), default=0)
    node = new_node(number=number, size=size, manager=False, ready_at=call.now + _CREATING * call.pace)
    return _begin(call, node)


def resize_node(call: Call) -> Answer:
    """Change the size; the status is Updating at first."""
    size = _size(call)
    node = _idle(call)
    return _begin(call, {**node, "size": size, "busy": "Updating", "until": call.now + _UPDATING * call.pace})


def reboot_node(call: Call) -> Answer:
    """Reboot the node; its status is Updating at first."""
    return _begin(call, {**_idle(call), "busy": "Updating", "until": call.now + _UPDATING * call.pace})


def delete_node(call: Call) -> Answer:
    """Delete the node: its status is Deleting at first, then it is gone. Raises 409 for the manager."""
    node = _idle(call)
    if node["manager"]:
        raise conflict(still_manager(str(node["id"])))
    return _begin(call, {**node, "busy": "Deleting", "until": call.now + _DELETING * call.pace})


def still_manager(key: str) -> str:
    """The refusal to remove a manager: Swarm's text, which it answers with 400; the API's reference has a 409 there."""
    return (
        f"node {key} is a cluster manager and is a member of the raft cluster. It must be demoted to worker before "
        "removal"
    )


def _begin(call: Call, node: Record) -> Answer:
    """Save the node, reschedule tasks, and show the change as begun even if it takes no time."""
    call.state.save(call.cluster, "node", node)
    reschedule_all(call)
    return answer_json(202, {**describe(node, call.now), "status": node["busy"]})


def _existing(call: Call) -> Record:
    node = call.find("node", "node_id")
    if status(node, call.now) is None:
        raise not_found("node")
    return node


def _idle(call: Call) -> Record:
    node = _existing(call)
    if status(node, call.now) != "Ready":
        raise conflict(f"The node is {status(node, call.now)}")
    return node


def _size(call: Call) -> str:
    size = str(call.body["size_id"])
    if call.state.find(call.cluster, "node_size", size) is None:
        raise _no_size()
    return size


def _no_size() -> Refusal:
    return invalid("size_id", "is not a node size of this cluster")
