"""The results of rollouts on the emulator, whose tasks start, crash and roll back as Swarm's do."""

from collections.abc import Iterator

import pytest

from reconciler.api.client import ClusterRef, Writer
from reconciler.emulator import serve
from reconciler.model import Sensitive
from reconciler.pipeline.session import connect
from reconciler.render.services import rollout_text
from reconciler.rollout import follow
from reconciler.watch import Watch

BODY = {"name": "api", "image": "nginx:1", "replicas": 2, "update_monitor": 0}


@pytest.fixture
def writer() -> Iterator[Writer]:
    with (
        serve(pace=0.2) as emulator,
        connect(emulator.url, key=emulator.key, value=Sensitive(emulator.value), parallelism=4) as session,
    ):
        yield Writer(session.calls)


@pytest.fixture
def at(writer) -> ClusterRef:
    company = writer.company()["id"]
    return ClusterRef(company, writer.clusters(company)[0]["id"])


def follow_one(writer, at, service_id, *, image, known=frozenset(), timeout=120.0, **options):
    watch = Watch(
        name="api",
        id=service_id,
        replicas=2,
        monitor=0.3,
        within=timeout,
        prior=known,
        former=known,
        **options,
    )
    return follow(writer, at, [watch], spec_kept=lambda _, body: body["image"].startswith(image))["api"]


def updated(writer, at, **changes):
    """Update a running service; returns the watch with the tasks known before."""
    service = writer.create_service(at, BODY)
    assert follow_one(writer, at, service["id"], image="nginx:1").finding == "up"
    known = frozenset(task["id"] for task in writer.tasks(at))
    body = {field: value for field, value in BODY.items() if field != "name"}
    writer.replace_service(at, service["id"], {**body, **changes})
    return service["id"], known


def test_a_new_image_that_comes_up_is_verified(writer, at):
    id_, known = updated(writer, at, image="nginx:2")
    assert follow_one(writer, at, id_, image="nginx:2", known=known).finding == "up"


def test_a_crashing_image_fails_with_the_tasks_message(writer, at):
    id_, known = updated(writer, at, image="crash:2", update_failure_action="continue")
    found = follow_one(writer, at, id_, image="crash:2", known=known)
    assert (found.status, found.errors) == ("failed", ("task: non-zero exit (1)",))


def test_a_missing_image_fails(writer, at):
    id_, known = updated(writer, at, image="missing:2")
    found = follow_one(writer, at, id_, image="missing:2", known=known)
    assert (found.status, found.errors) == ("failed", ("No such image: missing:2",))


@pytest.mark.parametrize("order", ["start-first", "stop-first"])
def test_an_automatic_rollback_is_detected(writer, at, order):
    id_, known = updated(writer, at, image="crash:2", update_failure_action="rollback", update_order=order)
    found = follow_one(writer, at, id_, image="crash:2", known=known, rolls_back=True)
    assert (found.state, found.errors) == ("rolled back", ("task: non-zero exit (1)",))


def test_a_missing_node_is_reported_at_the_timeout(writer, at):
    id_, known = updated(writer, at, placement_constraints=["node.hostname == elsewhere"])
    found = follow_one(writer, at, id_, image="nginx:1", known=known, timeout=2)
    assert (found.status, rollout_text(found._replace(errors=()))) == (
        "failed",
        "1 of 2 running, of the previous version (after 2 s)",
    )
    assert "no suitable node" in found.errors[0]


def test_more_replicas_are_waited_for(writer, at):
    id_, known = updated(writer, at, replicas=3)
    watch = Watch(name="api", id=id_, replicas=3, monitor=0.3, within=120.0, prior=known)
    found = follow(writer, at, [watch], spec_kept=lambda _, body: body["replicas"] == 3)
    assert (found["api"].finding, rollout_text(found["api"])) == ("up", "3 of 3 running")
