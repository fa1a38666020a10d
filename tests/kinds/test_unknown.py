"""Parts of a live service that a PUT would lose, and unknown fields that may be sent back."""

import pytest

from reconciler.kinds.service import carried_over, encode_update
from reconciler.kinds.unknown import kept, unknown_fields, unsupported
from tests.kinds.test_service import LIVE


def test_fields_that_only_the_api_sets_are_not_lost():
    about = {"object": "service", "created": "2020-01-01", "updated_at": "2021-01-01"}
    body = {**LIVE, **about, "secrets": [{"name": "db", "object": "service_secret", "created_at": "now"}]}
    assert unsupported(body) == ""
    assert carried_over(body)["secrets"] == [{"name": "db"}]


def test_supported_services_can_be_updated():
    assert unsupported(LIVE) == ""
    assert unsupported({"name": "api", "unknown": None, "other": "", "third": [], "fourth": {}}) == ""


@pytest.mark.parametrize(
    "part, reason",
    [
        ({"mounts": [{"type": "bind", "target": "/x"}]}, "its mount at /x is of type bind, not volume"),
        ({"secrets": [{"name": "a"}, {"id": "1"}]}, "one of its secrets has no name"),
        ({"configs": [{"name": ""}]}, "one of its configs has no name"),
        ({"labels": {"a": 1}, "dns": ["x"]}, "it has fields this version does not know: dns, labels"),
        ({"privileged": False}, "it has fields this version does not know: privileged"),
        (
            {
                "mounts": [
                    {"source": "v", "target": "/v", "driver": "nfs"},
                    {"source": "w", "target": "/w", "driver": "x"},
                ]
            },
            "it has fields this version does not know: mounts[].driver",
        ),
        (
            {"environment_variables": [{"key": "A", "value": "x", "type": "secret"}]},
            "it has fields this version does not know: environment_variables[].type",
        ),
    ],
)
def test_parts_that_a_put_would_lose_prevent_an_update(part, reason):
    assert unsupported({**LIVE, **part}) == reason


STRANGE = {
    **LIVE,
    "labels": {"a": 1},
    "mounts": [{"source": "v", "target": "/v", "type": "volume", "driver": "nfs"}],
}
KEEP = ("labels", "mounts[].driver")


def test_named_unknown_fields_are_sent_back_unchanged():
    assert unknown_fields(STRANGE) == KEEP
    assert unsupported(STRANGE, KEEP) == ""
    assert unsupported(STRANGE, KEEP[:1]) == "it has fields this version does not know: mounts[].driver"

    body = encode_update(STRANGE, {"replicas": 2}, {"replicas"}, KEEP)

    assert body["labels"] == {"a": 1}
    assert body["mounts"] == [{"source": "v", "target": "/v", "driver": "nfs"}]
    assert "labels" not in encode_update(STRANGE, {"replicas": 2}, {"replicas"})


def test_lost_unknown_fields_are_detected():
    assert kept(STRANGE, STRANGE, KEEP) == ()
    assert kept(STRANGE, {**STRANGE, "labels": {}}, KEEP) == ("labels",)
    assert kept(STRANGE, LIVE, ("labels", "dns")) == ("labels",)
