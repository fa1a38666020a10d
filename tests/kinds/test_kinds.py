"""Secrets, configs, volumes, nodes and webhooks: small kinds, each with its forms."""

import pytest

from reconciler.kinds import KINDS, SECTIONS
from reconciler.kinds.base import nothing_sensitive, override
from reconciler.kinds.node import size_ids
from reconciler.kinds.webhook import host
from reconciler.model import LiveState, NodeSize, Sensitive
from tests.sent import as_sent

SECRET, CONFIG, VOLUME = KINDS["secret"], KINDS["config"], KINDS["volume"]
NODE, WEBHOOK = KINDS["node"], KINDS["webhook"]


def test_the_kinds_stand_in_the_order_of_their_levels_and_by_section():
    assert list(KINDS) == ["node", "volume", "config", "secret", "service", "webhook"]
    assert [one.level for one in KINDS.values()] == [0, 1, 1, 1, 2, 3]
    assert {section: kind.name for section, kind in SECTIONS.items()} == {f"{name}s": name for name in KINDS}


@pytest.mark.parametrize("kind", [SECRET, CONFIG, VOLUME, NODE])
def test_what_lies_over_replaces_field_by_field(kind):
    assert kind.merge is override
    assert override({"a": 1, "b": 2}, {"b": 3}) == {"a": 1, "b": 3}


def test_a_secret_gives_its_value_only_to_the_one_body():
    spec = SECRET.canonical({"data": Sensitive("x")})

    assert as_sent(SECRET.encode("db.v1", spec)) == {"name": "db.v1", "data": "x"}
    assert SECRET.decode({"name": "db.v1", "created": "…"}) == {}
    assert SECRET.sensitive("data", "", "x")
    assert not SECRET.sensitive("external", "", True)


def test_a_config_is_its_data():
    assert as_sent(CONFIG.encode("app.v1", CONFIG.canonical({"data": "x\n"}))) == {
        "name": "app.v1",
        "data": "x\n",
    }
    assert CONFIG.decode({"data": "x\n"}) == {"data": "x\n"}
    assert CONFIG.decode({"data": None}) == {"data": ""}
    assert not CONFIG.sensitive("data", "", "x")
    assert CONFIG.sensitive is nothing_sensitive


def test_a_volume_is_its_name():
    assert VOLUME.canonical(None) == {}
    assert VOLUME.canonical({"external": False}) == {}
    assert VOLUME.canonical({"external": {"stack": "a"}}) == {"external": {"stack": "a"}}
    assert VOLUME.encode("data", {}) == {"name": "data"}
    assert VOLUME.decode({"service_usage": ["1"]}) == {"service_usage": ["1"]}
    assert VOLUME.decode({}) == {"service_usage": []}


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


def test_a_webhook_hides_its_url_and_belongs_to_a_cluster_or_to_none():
    spec = WEBHOOK.canonical({"url": "https://hooks.example/x"})

    assert spec == {"url": Sensitive("https://hooks.example/x")}
    assert WEBHOOK.canonical({"url": None}) == {"url": None}
    assert as_sent(WEBHOOK.encode("ops", spec)) == {"label": "ops", "url": "https://hooks.example/x"}
    assert as_sent(WEBHOOK.encode("ops", {**spec, "cluster_id": ""})) == {
        "label": "ops",
        "url": "https://hooks.example/x",
    }
    assert as_sent(WEBHOOK.encode("ops", {**spec, "cluster_id": "c"}))["cluster_id"] == "c"
    assert WEBHOOK.decode({"url": "u", "label": "l", "cluster_id": "c"}) == {
        "url": Sensitive("u"),
        "label": "l",
        "cluster_id": "c",
    }
    assert WEBHOOK.decode({"url": None, "label": None}) == {
        "url": Sensitive(""),
        "label": "",
        "cluster_id": "",
    }
    assert WEBHOOK.sensitive("url", "", "x")
    assert not WEBHOOK.sensitive("label", "", "x")


@pytest.mark.parametrize(
    "url, expected",
    [
        ("https://hooks.example/secret", "hooks.example"),
        ("https://me:pw@hooks.example:8443/secret", "hooks.example:8443"),
        ("https://hooks.example?secret", "hooks.example"),
        ("https://hooks.example#secret", "hooks.example"),
        ("https://a@b@hooks.example", "hooks.example"),
        ("secret", ""),
    ],
)
def test_only_the_host_of_a_url_is_shown(url, expected):
    assert host(Sensitive(url)) == expected
