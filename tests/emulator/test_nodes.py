"""Nodes: asynchronous changes, the manager, and tasks that need a specific node."""

import pytest

from tests.emulator.conftest import SLOW


def sizes(api):
    return [size["id"] for size in api.get(f"{api.cluster}/node-sizes").data]


def status(api, key):
    answer = api.get(f"{api.cluster}/nodes/{key}")
    return answer.body["status"] if answer.status == 202 else answer.status


def manager(api):
    return next(node for node in api.get(f"{api.cluster}/nodes").data if node["swarm_manager"])


def test_three_sizes_exist_by_default(api):
    listed = api.get(f"{api.cluster}/node-sizes").data
    assert [(size["title"], size["vcpu"], size["memory"]) for size in listed] == [
        ("Small", 2, 4.0),
        ("Medium", 4, 8.0),
        ("Large", 8, 16.0),
    ]


def test_sizes_can_be_configured(start):
    with start(node_sizes=["Huge:16:64"]) as api:
        listed = api.get(f"{api.cluster}/node-sizes").data
        assert [(size["title"], size["vcpu"], size["memory"]) for size in listed] == [("Huge", 16, 64.0)]


def test_first_node_is_the_manager_and_ready(api):
    node = manager(api)
    assert (node["status"], node["size"]) == ("Ready", sizes(api)[0])
    assert node["operating_system"]["type"] == "Linux"


def test_node_is_created_resized_rebooted_and_removed(slow):
    def after_a_while():
        slow.pass_time(10 * SLOW)
        return status(slow, node["id"])

    size, other = sizes(slow)[:2]
    node = slow.create("nodes", size_id=size)
    assert (node["status"], node["size"], node["swarm_manager"]) == ("Creating", size, False)
    path = f"{slow.cluster}/nodes/{node['id']}"
    assert slow.call("PATCH", path, {"size_id": other}).status == 409
    assert after_a_while() == "Ready"
    resized = slow.call("PATCH", path, {"size_id": other})
    assert (resized.status, resized.body["status"], resized.body["size"]) == (202, "Updating", other)
    assert after_a_while() == "Ready"
    assert slow.call("POST", f"{path}/reboot").body["status"] == "Updating"
    assert slow.call("DELETE", path).status == 409
    assert after_a_while() == "Ready"
    assert slow.call("DELETE", path).body["status"] == "Deleting"
    assert slow.call("DELETE", path).status == 409
    assert after_a_while() == 404
    assert len(slow.get(f"{slow.cluster}/nodes").data) == 1


def test_manager_cannot_be_deleted(api):
    answer = api.call("DELETE", f"{api.cluster}/nodes/{manager(api)['id']}")
    assert answer.status == 409
    assert "is a cluster manager and is a member of the raft cluster" in answer.body["message"]
    assert status(api, manager(api)["id"]) == "Ready"


def test_unknown_size_is_reported_as_a_field_error(api):
    answer = api.call("POST", f"{api.cluster}/nodes", {"size_id": "node_size_none"})
    assert answer.status == 400
    assert answer.body == {
        "code": 400,
        "type": "invalid_request_error",
        "param": "size_id",
        "message": None,
        "size_id": "is not a node size of this cluster",
    }


@pytest.mark.parametrize("method,rest", [("GET", ""), ("DELETE", ""), ("POST", "/reboot")])
def test_unknown_node_is_not_found(api, method, rest):
    assert api.call(method, f"{api.cluster}/nodes/node_none{rest}").status == 404


def test_tasks_wait_for_a_node_and_end_when_it_is_removed(api):
    constraint = {"placement_constraints": ["node.hostname == node-2"]}
    service = api.create("services", name="api", image="redis", **constraint)
    assert api.states(service["id"]) == ["pending"]
    node = api.create("nodes", size_id=sizes(api)[0])
    assert api.states(service["id"]) == ["running"]
    api.call("DELETE", f"{api.cluster}/nodes/{node['id']}")
    assert api.states(service["id"]) == ["pending", "shutdown"]
