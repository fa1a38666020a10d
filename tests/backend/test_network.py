"""The overlay network that services join; most other tests do without it, since it delays every stop by two seconds."""

import pytest

from reconciler import emulator
from reconciler.errors import UsageError
from tests.backend.conftest import Api
from tests.backend.test_both import applied, is_settled, web
from tests.e2e.conftest import Bench
from tests.pipeline.outside import Outside

REACH = "busybox nslookup db > /dev/null && busybox ping -c 1 -w 30 tasks.db > /dev/null && echo reached"
pytestmark = [pytest.mark.backend, pytest.mark.parametrize("backend", ["swarm"], indirect=True)]


def test_services_reach_each_other_by_name_and_are_updated(backend, tmp_path, inside):
    swarm = emulator.Swarm(docker_host=backend.url, network="shop")
    with emulator.serve(swarm=swarm, clusters=("production",)) as server, Outside(server) as outside:
        bench, api = Bench(tmp_path, server), Api(outside)
        text = web() + "  db: {image: local/app:1, update_monitor: 1}\n"
        applied(bench, text)
        assert inside("web", REACH) == "reached\n"
        before = api.running(outside.named("services", "web")["id"], 1)
        applied(bench, text.replace('A: "1"', 'A: "2"'))
        assert not before & api.running(outside.named("services", "web")["id"], 1)
        is_settled(bench)


def test_a_network_of_a_single_engine_is_refused(backend):
    with (
        pytest.raises(UsageError, match="the network bridge is local to one engine"),
        emulator.serve(swarm=emulator.Swarm(docker_host=backend.url, network="bridge")),
    ):
        raise AssertionError("it serves")
