"""Placement constraints as Swarm reads them."""

import pytest

from reconciler.emulator.placement import ready_at, why_not

MANAGER = {
    "node.hostname": "node-1",
    "node.ip": "203.0.113.2",
    "node.role": "manager",
    "node.platform.os": "linux",
    "ready_at": 0.0,
}
WORKER = {"node.hostname": "node-2", "node.role": "worker", "node.platform.os": "linux", "ready_at": 9.0}


@pytest.mark.parametrize(
    "text",
    ["node.role == manager", "node.role==manager", "  node.labels.a!=b c  ", "node.ip==10.77.0.0/24"],
)
def test_valid_constraint_is_accepted(text):
    assert why_not(text) == ""


@pytest.mark.parametrize(
    "text,message",
    [
        ("", "constraint expected one operator from ==, !="),
        ("node.role", "constraint expected one operator from ==, !="),
        ("node.role = manager", "constraint expected one operator from ==, !="),
        ("== manager", "key '' is invalid"),
        ("a b == c", "key 'a b' is invalid"),
        ("9x == y", "key '9x' is invalid"),
        ("node.role ==", "value '' is invalid"),
        ("node.role == a == b", "value 'a == b' is invalid"),
        ("node.labels.x==ä", "value 'ä' is invalid"),
    ],
)
def test_invalid_constraint_is_refused_with_swarms_message(text, message):
    assert why_not(text) == message


@pytest.mark.parametrize(
    "constraints,moment",
    [
        ([], 0.0),
        (["node.role == manager"], 0.0),
        (["node.role == Worker"], 9.0),
        (["NODE.ROLE == worker"], 9.0),
        (["node.role != manager"], 9.0),
        (["node.role == worker", "node.hostname == node-2"], 9.0),
        (["node.role == worker", "node.hostname == node-1"], None),
        (["node.hostname == node-3"], None),
        (["node.labels.size == big"], None),
        (["node.labels.size != big"], 0.0),
        (["engine.labels.size != big"], 0.0),
        (["node.colour != red"], None),
        (["ready_at == 0.0"], None),
        (["node.ip==203.0.113.0/24"], 0.0),
        (["node.ip != 203.0.113.0/24"], None),
        (["node.ip==10.0.0.0/8"], None),
        (["node.ip==none/8"], None),
    ],
)
def test_first_node_that_satisfies_all_constraints_is_used(constraints, moment):
    assert ready_at(constraints, [WORKER, MANAGER]) == moment
