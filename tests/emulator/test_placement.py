"""Placement constraints, as Swarm reads them."""

import pytest

from reconciler.emulator.placement import is_constraint, ready_at

MANAGER = {"node.hostname": "node-1", "node.role": "manager", "node.platform.os": "linux", "ready_at": 0.0}
WORKER = {"node.hostname": "node-2", "node.role": "worker", "node.platform.os": "linux", "ready_at": 9.0}


@pytest.mark.parametrize("text", ["node.role == manager", "node.role==manager", "  node.labels.a!=b c  "])
def test_form_is_right(text):
    assert is_constraint(text)


@pytest.mark.parametrize(
    "text", ["", "node.role", "node.role = manager", "== manager", "node.role ==", "a === b"]
)
def test_form_is_wrong(text):
    assert not is_constraint(text)


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
    ],
)
def test_earliest_node_that_satisfies_all(constraints, moment):
    assert ready_at(constraints, [WORKER, MANAGER]) == moment
