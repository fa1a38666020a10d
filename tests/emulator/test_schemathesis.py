"""Generated requests, valid and invalid, for the whole API: no crash, and only documented answers."""

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import positive_data_acceptance

from reconciler.emulator.contract import load_document
from reconciler.emulator.placement import why_not

# Authentication is tested in test_server.py; here every request has the token.
SCHEMA = schemathesis.openapi.from_dict(load_document() | {"security": []})

# A schema cannot say which names exist: a valid body that names a missing secret is a 400.
EXCLUDED = [positive_data_acceptance]

PATIENCE = 300
"""Seconds that an answer may take: the contract tester's default of ten is too short on a busy machine."""


def excluded(case):
    """The checks that do not apply to a request: Swarm answers 500 for an invalid constraint."""
    given = case.body.get("placement_constraints") if isinstance(case.body, dict) else None
    texts = [text for text in given if isinstance(text, str)] if isinstance(given, list) else []
    return [*EXCLUDED, not_a_server_error] if any(map(why_not, texts)) else EXCLUDED


@pytest.fixture(scope="module")
def session():
    with requests.Session() as session:
        yield session


@pytest.fixture
def filled(api):
    """The ids of an object of each kind, by path parameter."""
    config = api.create("configs", name="settings", data="x")
    secret = api.create("secrets", name="password", data="x")
    volume = api.create("volumes", name="data")
    size = api.get(f"{api.cluster}/node-sizes").data[0]["id"]
    hook = api.call("POST", f"{api.company}/webhooks/outgoing", {"url": "https://example.com"}).body
    references = {"secrets": [{"name": "password"}], "mounts": [{"source": "data", "target": "/data"}]}
    service = api.create("services", name="api", image="redis", **references)
    return {
        "company_id": api.company.rpartition("/")[2],
        "cluster_id": api.cluster.rpartition("/")[2],
        "config_id": config["id"],
        "secret_id": secret["id"],
        "volume_id": volume["id"],
        "node_id": api.create("nodes", size_id=size)["id"],
        "outgoing_webhook_id": hook["id"],
        "service_id": service["id"],
    }


@SCHEMA.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_answer_is_documented(case, api, filled, session):
    case.path_parameters = {name: filled[name] for name in case.path_parameters or {}}
    credentials = (api.emulator.key, api.emulator.value)
    case.call_and_validate(
        base_url=api.emulator.url,
        session=session,
        auth=credentials,
        excluded_checks=excluded(case),
        timeout=PATIENCE,
    )
