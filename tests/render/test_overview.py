"""The outputs of status and clusters for people and programs."""

import json

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.model import Applied, Lease, Owned, Pending, Record, Source
from reconciler.model.rollout import Health
from reconciler.overview import Cluster, ClusterStatus, NodeStatus, ObjectStatus, StackStatus
from reconciler.render.overview import clusters_as_json, clusters_as_text, status_as_json, status_as_text

API = Owned("service", "api", "api", "s1")
KEY = Owned("secret", "key", "key.v2", "k2", digest="scrypt:00:11", applied={"sealed": "hidden"})
OLD = Owned("secret", "key", "key.v1", "k1", retired=True)
DATA = Owned("volume", "data", "data", "data", protected=True)
RECORD = Record(
    "clinic",
    number=7,
    salt="5a17",
    owned=(replace(API, source=Source("github.com/x/y", "production/site.yaml")), KEY, OLD, DATA),
    pending=(Pending("create", Owned("service", "web", "web", "")),),
    applies=(
        Applied("2026-11-23T10:00:00Z", "ada@host", "", {"applied": 3}),
        Applied(
            "2026-11-24T10:00:00Z",
            "https://github.com/x/y/actions/runs/1",
            40 * "a",
            {"applied": 2, "failed": 1},
        ),
    ),
    lease=Lease("ada@host", "n", 1000.0),
)
OBJECTS = (
    ObjectStatus(
        Owned("service", "api", "api", "s1", state="failed", known=("a",)),
        True,
        health=Health(
            replicas=2, running=frozenset("a"), former=frozenset("a"), errors=("task: non-zero exit (1)",)
        ),
        replicas=2,
        image="registry.example.com/api:2@sha256:0123",
        age=7300.0,
    ),
    ObjectStatus(KEY, True),
    ObjectStatus(OLD, True),
    ObjectStatus(DATA, False),
)


def status(**more):
    stack = StackStatus(RECORD, OBJECTS, **{"lease_left": 87.4, **more})
    return (ClusterStatus("cluster_1", "production", (stack,)), ClusterStatus("cluster_2", "staging", ()))


def test_clusters_are_shown_as_a_table():
    shown = clusters_as_text(
        [Cluster("cluster_1", "production", "aws", "Canada"), Cluster("c2", "x", "", "")]
    )

    assert shown == (
        "LABEL       ID         PROVIDER  REGION\nproduction  cluster_1  aws       Canada\nx           c2\n"
    )
    assert clusters_as_text([]) == "The company has no cluster.\n"


def test_clusters_are_rendered_as_json():
    shown = json.loads(clusters_as_json([Cluster("cluster_1", "production", "aws", "Canada")]))

    assert shown == {
        "format_version": 1,
        "clusters": [{"id": "cluster_1", "label": "production", "provider": "aws", "region": "Canada"}],
    }


def test_status_is_rendered_as_text():
    assert (
        status_as_text(status())
        == """\
production (cluster_1)
  stack clinic, declared in github.com/x/y
    service  api   failed   1 of 2 running, of the previous version, registry.example.com/api:2, for 2 h
        task: non-zero exit (1)
    secret   key            as key.v2
    volume   data  MISSING  deleted or replaced outside git, protected
    1 old version of secrets and configs kept
    locked for 87 s more by ada@host
    pending (under way): create service/web
    2026-11-24T10:00:00Z by https://github.com/x/y/actions/runs/1 at commit aaaaaaaaaaaa: 2 applied, 1 failed
    2026-11-23T10:00:00Z by ada@host: 3 applied

staging (cluster_2)
  no managed objects
"""
    )


def test_nodes_that_are_not_ready_are_shown_with_the_platforms_status():
    found = [ClusterStatus("c", "production", (), not_ready=(NodeStatus("node_1", "small", "Creating"),))]

    assert status_as_text(found) == (
        "production (c)\n  no managed objects\n  node node_1 of size small is Creating, not Ready\n"
    )
    assert json.loads(status_as_json(found))["clusters"][0]["nodes_not_ready"] == [
        {"id": "node_1", "size": "small", "status": "Creating"}
    ]


def test_an_expired_lease_is_not_shown_as_a_lock():
    shown = status_as_text(status(lease_left=-5.0))

    assert "not locked: the lease of ada@host has expired" in shown
    assert "pending (left by an unfinished run; the next apply continues): create service/web" in shown


def test_an_unreadable_record_is_reported():
    broken = ClusterStatus("c", "production", (StackStatus(Record("clinic"), problem="it is damaged"),), 403)

    assert status_as_text([broken]) == (
        "production (c)\n  stack clinic\n    it is damaged\n  Running tasks are unknown: the API answered "
        "403.\n"
    )


def test_no_format_shows_applied_specs():
    for shown in (status_as_text(status()), status_as_json(status())):
        assert not {secret for secret in ("hidden", "scrypt", "5a17") if secret in shown}


def test_status_is_rendered_as_json():
    (stack,) = json.loads(status_as_json(status()))["clusters"][0]["stacks"]

    assert stack["lease"] == {"holder": "ada@host", "held": True, "seconds_left": 87.4}
    assert stack["pending"] == [{"action": "create", "kind": "service", "name": "web"}]
    assert [(item["name"], item["state"], item["running"], item["present"]) for item in stack["objects"]] == [
        ("api", "failed", 1, True),
        ("key", "verified", None, True),
        ("key", "verified", None, True),
        ("data", "verified", None, False),
    ]
    assert [applied["counts"] for applied in stack["applies"]] == [
        {"applied": 3},
        {"applied": 2, "failed": 1},
    ]


@given(st.text())
def test_no_text_from_outside_controls_the_terminal(text):
    record = Record("s", owned=(Owned("service", text, text, "i"),), lease=Lease(text, "n", 0.0),
                    applies=(Applied(text, text, text, {text: 1}),))  # fmt: skip
    stack = StackStatus(record, (ObjectStatus(record.owned[0], True),), notes=(text,), problem="")
    shown = status_as_text([ClusterStatus(text, text, (stack,))]) + clusters_as_text(
        [Cluster(text, text, text, text)]
    )

    assert all(line.isprintable() for line in shown.split("\n"))
