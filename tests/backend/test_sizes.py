"""Properties that a Swarm cannot store are kept in the state file; only machines that were started here are changed."""

import pytest

from reconciler import emulator
from tests.backend.conftest import Api
from tests.pipeline.outside import Outside

pytestmark = [pytest.mark.backend, pytest.mark.parametrize("backend", ["swarm"], indirect=True)]


def test_the_size_of_a_node_and_a_webhook_survive_a_restart_of_the_emulator(backend, tmp_path):
    swarm = emulator.Swarm(docker_host=backend.url, network="none")
    state = tmp_path / "state.sqlite3"
    with emulator.serve(swarm=swarm, state=state) as server, Outside(server) as outside:
        (node,) = outside.all("nodes")
        other = next(
            size["id"]
            for size in outside.ask("GET", f"{outside.cluster}/node-sizes")["data"]
            if size["id"] != node["size"]
        )
        assert Api(outside)("PATCH", f"/nodes/{node['id']}", {"size_id": other})[0] == 202
        hook = {"label": "deploys", "url": "https://hooks.example.com/x"}
        status, made = outside.answer("POST", f"{outside.company}/webhooks/outgoing", hook)
        assert status == 201, made
    with emulator.serve(swarm=swarm, state=state) as server, Outside(server) as outside:
        (again,) = outside.all("nodes")
        assert (again["id"], again["size"]) == (node["id"], other)
        (kept,) = outside.ask("GET", f"{outside.company}/webhooks/outgoing")["data"]
        assert kept["id"] == made["id"]


def test_machines_that_the_emulator_did_not_start_are_not_touched(backend):
    swarm = emulator.Swarm(docker_host=backend.url, network="none")
    with emulator.serve(swarm=swarm) as server, Outside(server) as outside:
        api = Api(outside)
        (node,) = outside.all("nodes")
        refused = [
            api("POST", "/nodes", {"size_id": node["size"]}),
            api("POST", f"/nodes/{node['id']}/reboot"),
        ]
        assert {(status, body["type"]) for status, body in refused} == {(409, "conflict error")}
        assert all("were not started by this server" in body["message"] for _, body in refused)
        assert outside.all("nodes") == [node]
