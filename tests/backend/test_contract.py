"""Generated requests to a real Swarm: no crash, and only documented answers.

tests/emulator/test_schemathesis.py does the same with the simulation.
"""

import pytest
import requests
from hypothesis import HealthCheck, settings

from reconciler import emulator
from tests.backend.conftest import Api
from tests.emulator.test_schemathesis import PATIENCE, SCHEMA, excluded
from tests.pipeline.outside import Outside

pytestmark = pytest.mark.backend
_THE_ENGINES_OWN = SCHEMA.include(path_regex="/(services|secrets|configs|volumes|tasks|nodes)(/|$)")


@pytest.fixture
def filled(backend):
    """A server of the same Swarm, and the ids of an object of each kind, by path parameter.

    Without nodes: a reboot would end the engine under test, and each create would start an engine.
    """
    swarm = emulator.Swarm(docker_host=backend.url, network="none")
    with emulator.serve(swarm=swarm, clusters=("production",)) as server, Outside(server) as outside:
        yield server, _filled(Api(outside))


def _filled(api):
    references = {"secrets": [{"name": "password"}], "mounts": [{"source": "data", "target": "/data"}]}
    made = {
        "config_id": api.made("configs", name="settings", data="x")["id"],
        "secret_id": api.made("secrets", name="password", data="x")["id"],
        "volume_id": api.made("volumes", name="data")["id"],
        "service_id": api.made("services", name="api", image="local/app:1", replicas=0, **references)["id"],
    }
    cluster = api.outside.cluster.split("/")
    return {**made, "company_id": cluster[-3], "cluster_id": cluster[-1], "node_id": "none"}


@_THE_ENGINES_OWN.parametrize()
@pytest.mark.parametrize("backend", ["swarm"], indirect=True)
@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_answer_of_a_real_swarm_is_documented(case, filled):
    server, ids = filled
    case.path_parameters = {name: ids[name] for name in case.path_parameters or {}}
    replicas = case.body.get("replicas") if isinstance(case.body, dict) else None
    if isinstance(replicas, int) and 0 < replicas < 2**31:
        case.body["replicas"] = (
            0  # an engine is slow to create services that cannot run; invalid requests stay invalid
        )
    credentials = (server.key, server.value)
    with requests.Session() as session:
        case.call_and_validate(
            base_url=server.url,
            session=session,
            auth=credentials,
            excluded_checks=excluded(case),
            timeout=PATIENCE,
        )
