"""A node is declared as a count for its size, and live as a machine."""

from reconciler.kinds.node import NODE, size_ids
from reconciler.model import LiveState, NodeSize


def test_a_node_is_declared_as_a_count_and_found_as_a_machine():
    body = {
        "id": "node_1",
        "size": "small",
        "status": "Ready",
        "swarm_manager": True,
        "public_ip_address": "192.0.2.1",
    }

    assert NODE.canonical(3) == {"count": 3}
    assert NODE.encode("size_1", {"count": 3}) == {"size_id": "size_1"}
    assert NODE.decode(body) == {
        "size": "small",
        "status": "Ready",
        "swarm_manager": True,
        "public_ip_address": "192.0.2.1",
    }
    assert NODE.decode({"id": "node_1"}) == {
        "size": "",
        "status": "",
        "swarm_manager": False,
        "public_ip_address": "",
    }


def test_a_size_is_found_by_id_before_title():
    sizes = (NodeSize("a", "b"), NodeSize("b", "x"), NodeSize("c", "x"))
    live = LiveState("1", "", "2", "", {}, sizes)

    assert [size_ids(live, name) for name in ("a", "b", "x", "y")] == [("a",), ("b",), ("b", "c"), ()]
