"""A service in manifests, answers and requests."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.kinds.service import (
    FIELDS,
    NEVER_ZERO,
    SCALARS,
    canonical,
    carried_over,
    decode,
    encode,
    encode_update,
    is_platform_service,
    merge,
    sensitive,
)
from tests.kinds.bodies import is_same
from tests.sent import as_sent


def test_fields_that_the_api_does_not_have_are_left_out():
    assert canonical({"image": "a", "depends_on": ["b"], "lifecycle": {}, "mode": "x"}) == {"image": "a"}
    assert canonical(None) == {}


def test_unset_fields_of_an_answer_are_left_out():
    body = {
        "id": "1", "object": "service", "name": "api", "image": "a", "replicas": 0, "command": "", "args": None,
        "hosts": [], "secrets": None, "environment_variables": [{"key": "A"}, {"key": "B", "value": "x"}],
        "configs": [{"id": "9", "name": "c"}], "mounts": [{"type": "volume", "source": "v", "target": "/v"}, {}],
    }  # fmt: skip

    assert decode(body) == {
        "image": "a",
        "replicas": 0,
        "environment_variables": {"A": "", "B": "x"},
        "configs": [{"name": "c", "file_name": "c", "uid": 0, "gid": 0, "mode": "0444"}],
        "mounts": [
            {"source": "v", "target": "/v", "readonly": False},
            {"source": "", "target": "", "readonly": False},
        ],
    }


def test_answers_of_other_forms_are_decoded_too():
    reference = {"file_name": "f", "uid": "7", "gid": 8, "mode": 256}
    body = {
        "secrets": [reference],
        "configs": [{}],
        "mounts": [{"source": "v", "target": "/v", "readonly": True}],
        "hosts": ("a.example",),
        "environment_variables": [{"value": "x"}],
    }

    assert decode(body) == {
        "secrets": [{"name": "", "file_name": "f", "uid": 7, "gid": 8, "mode": "0400"}],
        "configs": [{"name": "", "file_name": "", "uid": 0, "gid": 0, "mode": "0444"}],
        "mounts": [{"source": "v", "target": "/v", "readonly": True}],
        "hosts": ["a.example"],
        "environment_variables": {"": "x"},
    }


@pytest.mark.parametrize(
    "field, desired, live",
    [
        ("image", "redis:7", "docker.io/library/redis:7@sha256:ab"),
        ("hosts", ["a.example", "B.example "], ["b.example", "A.example"]),
        ("placement_constraints", ["node.role==worker", "a != b"], ["a!=b", " node.role == worker "]),
        ("placement_constraints", ["node.labels.a == b==c"], ["node.labels.a==b==c"]),
        (
            "secrets",
            ["db", "x"],
            [{"name": "x", "file_name": "/run/secrets/x"}, {"name": "db", "file_name": "db"}],
        ),
        ("secrets", [{"name": "db", "file_name": "/run/secrets/db"}], [{"name": "db", "file_name": "db"}]),
        ("configs", ["x"], [{"name": "x", "file_name": "/x", "uid": "0", "gid": "0", "mode": "292"}]),
        (
            "mounts",
            ["data:/data/"],
            [{"source": "data", "target": "/data", "type": "volume", "readonly": None}],
        ),
        ("mounts", ["data:/"], [{"source": "data", "target": "/"}]),
        (
            "environment_variables",
            {"A": "", "B": "x"},
            [{"key": "B", "value": "x"}, {"key": "A", "value": None}],
        ),
        ("environment_variables", {}, []),
        ("environment_variables", {}, None),
        ("hosts", [], None),
        ("command", "", None),
        ("update_max_failure_ratio", 0.33, 0.33000001311302185),
        ("rollback_max_failure_ratio", 0, None),
        ("update_order", "stop-first", None),
        ("update_order", "", "stop-first"),
        ("rollback_failure_action", "pause", None),
        ("rollback_delay", 0, None),
        ("update_parallelism", 1, None),
        ("update_monitor", 5, None),
    ],
)
def test_values_that_the_platform_treats_as_equal_are_equal(field, desired, live):
    assert is_same(field, desired, live)


@pytest.mark.parametrize(
    "field, desired, live",
    [
        ("hosts", ["a.example"], ["a.example", "b.example"]),
        ("hosts", [], ["a.example"]),
        ("placement_constraints", ["node.role == worker"], ["node.role != worker"]),
        ("placement_constraints", ["disk"], ["node.role == worker"]),
        ("secrets", ["db"], [{"name": "db", "file_name": "/db"}]),
        ("secrets", ["db"], [{"name": "db", "mode": "256"}]),
        ("secrets", ["db"], [{"name": "db", "uid": 1}]),
        ("secrets", ["db"], [{"name": "db", "gid": 1}]),
        ("configs", ["db"], [{"name": "db", "file_name": "/run/secrets/db"}]),
        ("mounts", ["data:/data:ro"], [{"source": "data", "target": "/data"}]),
        ("mounts", ["data:/data"], [{"source": "other", "target": "/data"}]),
        ("environment_variables", {"A": "x"}, [{"key": "a", "value": "x"}]),
        ("environment_variables", {"A": ""}, []),
        ("replicas", 0, None),
        ("update_parallelism", 0, None),
        ("update_delay", 1, None),
        ("update_monitor", 0, None),
        ("rollback_order", "start-first", None),
        ("update_failure_action", "rollback", None),
        ("command", "", "serve"),
    ],
)
def test_values_that_the_platform_distinguishes_differ(field, desired, live):
    assert not is_same(field, desired, live)


def test_maps_are_merged_by_name_and_lists_by_mount_path():
    base = canonical({
        "image": "a", "hosts": ["a.example"], "environment_variables": {"A": "1", "B": "2"},
        "secrets": ["db", "old"], "configs": [{"name": "c", "file_name": "x"}], "mounts": ["data:/data", "a:/a"],
    })  # fmt: skip
    over = canonical({
        "replicas": 2, "hosts": ["b.example"], "environment_variables": {"B": "3", "C": "4"},
        "secrets": [{"name": "db", "uid": 7}], "configs": [{"name": "c", "file_name": "y"}], "mounts": ["b:/data"],
    })  # fmt: skip

    merged = merge(base, over)

    assert merged["image"] == "a"
    assert merged["replicas"] == 2
    assert merged["hosts"] == ["b.example"]
    assert merged["environment_variables"] == {"A": "1", "B": "3", "C": "4"}
    assert [(secret["name"], secret["uid"]) for secret in merged["secrets"]] == [("db", 7), ("old", 0)]
    assert [config["file_name"] for config in merged["configs"]] == ["x", "y"]
    assert [(mount["source"], mount["target"]) for mount in merged["mounts"]] == [("b", "/data"), ("a", "/a")]
    assert merge(base, {"mounts": None, "secrets": []})["mounts"] is None
    assert merge(base, {"secrets": []})["secrets"] == []
    assert merge(base, {"environment_variables": {}})["environment_variables"] == {}
    assert merge({"secrets": None}, over)["secrets"] == over["secrets"]
    assert merge({}, over) == over
    same_file = merge(base, canonical({"configs": [{"name": "d", "file_name": "x"}]}))
    assert [config["name"] for config in same_file["configs"]] == ["d"]
    twice = merge(base, canonical({"mounts": ["x:/data", "y:/data/"]}))
    assert [mount["source"] for mount in twice["mounts"]] == ["x", "y", "a"]


def test_the_body_that_creates_is_not_wrapped_and_has_the_name_and_requests_forms():
    spec = canonical({
        "image": "a", "replicas": 2, "environment_variables": {"A": "1"}, "mounts": ["v:/v"],
        "secrets": [{"name": "db", "uid": 7}],
    })  # fmt: skip

    assert as_sent(encode("api", spec)) == {
        "name": "api",
        "image": "a",
        "replicas": 2,
        "environment_variables": [{"key": "A", "value": "1"}],
        "mounts": [{"source": "v", "target": "/v", "readonly": False}],
        "secrets": [{"name": "db", "file_name": "db", "uid": "7", "gid": "0", "mode": "292"}],
    }


LIVE = {
    "id": "1",
    "object": "service",
    "name": "api",
    "mode": "replicated",
    "image": "a:1@sha256:ab",
    "replicas": 2,
    "command": None,
    "args": "",
    "port": 80,
    "hosts": ["a.example"],
    "secrets": [{"id": "9", "name": "db.v1", "file_name": "db", "uid": 7, "gid": 0, "mode": 256}],
    "configs": [],
    "mounts": [
        {"type": "volume", "source": "v", "target": "/v", "readonly": True},
        {"source": "w", "target": "/w"},
    ],
    "environment_variables": [
        {"key": "B", "value": "2"},
        {"key": "A", "value": None},
        {"key": "C", "value": "3"},
    ],
    "update_max_failure_ratio": 0.33000001311302185,
}


CARRIED = {
    "image": "a:1@sha256:ab",
    "replicas": 2,
    "port": 80,
    "hosts": ["a.example"],
    "secrets": [{"name": "db.v1", "file_name": "db", "uid": "7", "gid": "0", "mode": "256"}],
    "mounts": [{"source": "v", "target": "/v", "readonly": True}, {"source": "w", "target": "/w"}],
    "environment_variables": [
        {"value": "2", "key": "B"},
        {"value": "", "key": "A"},
        {"value": "3", "key": "C"},
    ],
    "update_max_failure_ratio": 0.33000001311302185,
}


def test_live_fields_are_carried_over_in_the_form_of_requests():
    assert carried_over(LIVE) == CARRIED


def test_fields_that_a_put_does_not_accept_are_not_carried_over():
    body = {
        **LIVE,
        "secrets": [{"name": "db", "labels": None}],
        "mounts": [{"source": "v", "target": "/v", "x": ""}],
    }

    assert carried_over(body)["secrets"] == [{"name": "db"}]
    assert carried_over(body)["mounts"] == [{"source": "v", "target": "/v"}]


def test_an_update_replaces_only_its_fields_of_the_live_service():
    spec = canonical(
        {
            "image": "a:2",
            "replicas": 5,
            "secrets": [],
            "environment_variables": {"D": "4", "C": "3", "B": "1"},
        }
    )

    body = as_sent(encode_update(LIVE, spec, ["replicas", "secrets", "environment_variables"]))

    assert body == {
        **CARRIED,
        "replicas": 5,
        "secrets": [],
        "environment_variables": [
            {"key": "B", "value": "1"},
            {"key": "C", "value": "3"},
            {"key": "D", "value": "4"},
        ],
    }


def test_an_update_can_set_and_clear_fields():
    bare = {"id": "1", "name": "api", "image": "a"}
    spec = canonical({"environment_variables": {"A": "1"}, "command": ""})

    assert as_sent(encode_update(bare, spec, spec)) == {
        "image": "a",
        "command": "",
        "environment_variables": [{"key": "A", "value": "1"}],
    }
    assert (
        encode_update(LIVE, {"environment_variables": {}}, ["environment_variables"])["environment_variables"]
        == []
    )


@given(st.dictionaries(st.sampled_from(SCALARS), st.sampled_from([None, "", 0, 1, "x"])))
def test_set_scalars_are_carried_over_unchanged(body):
    assert carried_over({**body, "id": "1", "name": "x"}) == {
        key: value
        for key, value in body.items()
        if value not in (None, "") and not (key in NEVER_ZERO and value == 0)
    }


def test_empty_lists_are_not_carried_over():
    body: dict[str, Any] = {
        "image": "a",
        "hosts": "",
        "secrets": [],
        "configs": None,
        "mounts": {},
        "port": 0,
    }
    assert carried_over({**body, "id": "1", "name": "x"}) == {"image": "a"}


@pytest.mark.parametrize("field", sorted(NEVER_ZERO))
def test_fields_that_are_never_zero_are_unset_if_0(field):
    assert decode({field: 0}) == {}
    assert is_same(field, 0, None)
    assert is_same(field, 0, 0)
    assert not is_same(field, 8, 0)


@pytest.mark.parametrize(
    "name, image, expected",
    [
        ("loadbalancer", "nginx", True),
        ("LoadBalancer", "nginx", True),
        ("traefik", "", True),
        ("edge", "traefik:2.11", True),
        ("edge", "registry:5000/mirror/traefik@sha256:ab", True),
        ("edge", "traefik/whoami", False),
        ("api", "nginx", False),
        ("loadbalancer-2", "", False),
    ],
)
def test_the_load_balancer_is_recognized_by_name_or_image(name, image, expected):
    assert is_platform_service(name, image) is expected


def test_only_environment_variables_are_sensitive():
    assert sensitive("environment_variables", "PASSWORD", "x")
    assert not sensitive("environment_variables", "LOG", "x")
    assert not sensitive("command", "PASSWORD", "x")


def test_the_fields_are_those_of_a_put_without_mode():
    assert len(FIELDS) == 27
    assert "mode" not in FIELDS
