"""The objects that addresses name, and errors for unknown ones."""

import pytest

from reconciler.errors import Refused, UsageError
from reconciler.fetch import live
from reconciler.model import COMPANY, Address, LiveState
from reconciler.pipeline import lookups
from reconciler.pipeline.lookups import nodes_at, services_at, webhooks_at
from reconciler.pipeline.status import clusters, status
from reconciler.pipeline.unlock import lease as lease_of


def service(name="api"):
    return Address("production", "service", name)


def node(name):
    return Address("production", "node", name)


def test_the_load_balancer_is_refused_and_nothing_else_is_restarted(api, session):
    api.make("services", name="api", image="nginx:1")

    with pytest.raises(Refused, match="load balancer"):
        services_at(session, [service(), service("loadbalancer")])

    assert "POST refresh_image" not in api.writes()


def test_the_error_for_an_unknown_service_lists_the_existing_ones(api, session):
    api.make("services", name="api", image="nginx:1")

    with pytest.raises(UsageError, match=r"production/service/apii does not exist.*api, loadbalancer"):
        services_at(session, [service("apii")])


HOSTILE = "x\n::add-mask::web\r\x1b[31m"


@pytest.mark.parametrize(
    "kind, body, look_up",
    [
        ("service", {"name": HOSTILE}, lambda session: services_at(session, [service("api")])),
        ("node", {"public_ip_address": HOSTILE}, lambda session: nodes_at(session, [node("api")])),
        ("webhook", {"label": HOSTILE}, lambda session: webhooks_at(session, ["production/webhook/api"])),
    ],
)
def test_the_error_shows_hostile_names_on_one_line(session, monkeypatch, kind, body, look_up):
    found = dict.fromkeys(("service", "node", "webhook"), ()) | {kind: (live(kind, {"id": "1", **body}),)}
    state = LiveState("company_1", "Clinic", "cluster_1", "production", found)
    monkeypatch.setattr(lookups, "fetch", lambda *_, **__: {"production": state, COMPANY: state})

    with pytest.raises(UsageError) as error:
        look_up(session)

    assert str(error.value).isprintable()


@pytest.mark.parametrize("name", ["node_gone", "203.0.113.99"])
def test_an_unknown_node_is_reported(api, session, name):
    with pytest.raises(UsageError, match=f"production/node/{name} does not exist. The cluster has: node_"):
        nodes_at(session, [node(name)])


def test_a_node_named_twice_is_reported(api, session):
    (manager,) = api.all("nodes")

    with pytest.raises(UsageError, match="named twice"):
        nodes_at(session, [node(manager["id"]), node(manager["public_ip_address"])])


@pytest.mark.parametrize(
    "name, which",
    [
        ("audit", 2),
        ("company/webhook/audit", 2),
        ("production/webhook/deploys", 0),
        ("company/webhook/deploys", 1),
    ],
)
def test_a_webhook_is_found_by_label_or_address(session, hooks, name, which):
    ((_, found),) = webhooks_at(session, [name])

    assert found.id == hooks[which]["id"]


def test_an_ambiguous_or_unknown_label_is_reported(session, hooks):
    with pytest.raises(UsageError, match="several webhooks have this name; give the id"):
        webhooks_at(session, ["deploys"])
    with pytest.raises(UsageError, match=r"no webhook has this name.*audit") as error:
        webhooks_at(session, ["staging/webhook/deploys"])
    assert "hunter2" not in str(error.value)


def test_a_feature_that_the_token_can_not_use_is_reported(api, session):
    api.fault("403", "/webhooks/outgoing$", method="GET")
    with pytest.raises(UsageError, match="answers 403 for webhooks: a feature in preview"):
        webhooks_at(session, ["audit"])
    api.fault("404", "/nodes$", method="GET")
    with pytest.raises(UsageError, match="answers 404 for nodes: a feature in preview"):
        nodes_at(session, [node("x")])


def test_clusters_are_shown_by_label(api, session):
    assert [
        (cluster.label, bool(cluster.provider), bool(cluster.region)) for cluster in clusters(session)
    ] == [
        ("production", True, True),
        ("staging", True, True),
    ]


def test_an_unknown_stack_is_reported(api, session):
    with pytest.raises(UsageError, match="there is no stack 'clinic' in production"):
        status(session, names=["production"], stack="clinic")
    with pytest.raises(UsageError, match="has no record of a stack clinic"):
        lease_of(session, cluster="production", stack="clinic")
