"""A concurrent change between plan and write is kept and reported, and the other changes are made."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from reconciler.render.outcomes import error_text
from tests.faults.cases import Stage, Tally
from tests.faults.truth import lies
from tests.faults.world import FaultWorld


@dataclass(frozen=True)
class OutsideChange:
    """A concurrent change, the object that it stops, and the expected result."""

    name: str
    act: Callable[[FaultWorld], None]
    stops: str
    kept: Callable[[FaultWorld], bool]
    rest_goes_on: str


def company(world: FaultWorld) -> str:
    return f"/v1/companies/{world.ask('GET', '/v1/companies/current')['id']}"


def cluster(world: FaultWorld) -> str:
    clusters = world.ask("GET", f"{company(world)}/clusters")["data"]
    return (
        f"{company(world)}/clusters/{next(body['id'] for body in clusters if body['label'] == 'production')}"
    )


def listed(world: FaultWorld, collection: str) -> list[dict[str, Any]]:
    base = company(world) if collection.startswith("webhooks") else cluster(world)
    found: list[dict[str, Any]] = world.ask("GET", f"{base}/{collection}")["data"]
    return found


def named(world: FaultWorld, collection: str, name: str) -> dict[str, Any] | None:
    return next(
        (body for body in listed(world, collection) if name in (body.get("name"), body.get("label"))), None
    )


def there(world: FaultWorld, collection: str, name: str) -> dict[str, Any]:
    found = named(world, collection, name)
    assert found is not None
    return found


def patch(world: FaultWorld, service: str, **fields: Any) -> None:
    world.ask("PATCH", f"{cluster(world)}/services/{there(world, 'services', service)['id']}", fields)


def make(world: FaultWorld, collection: str, **fields: Any) -> None:
    base = company(world) if collection.startswith("webhooks") else cluster(world)
    world.ask("POST", f"{base}/{collection}", fields)


def delete(world: FaultWorld, collection: str, name: str) -> None:
    base = company(world) if collection.startswith("webhooks") else cluster(world)
    world.ask("DELETE", f"{base}/{collection}/{there(world, collection, name)['id']}")


def change_webhook(world: FaultWorld, label: str) -> None:
    hook = there(world, "webhooks/outgoing", label)
    body = {"label": label, "url": "https://hooks.example.com/theirs", "cluster_id": hook["cluster_id"]}
    world.ask("PUT", f"{company(world)}/webhooks/outgoing/{hook['id']}", body)


def use(world: FaultWorld, **references: Any) -> None:
    make(world, "services", name="theirs", image="nginx:1.27.3", **references)


def replaced(world: FaultWorld, service: str) -> None:
    delete(world, "services", service)
    make(world, "services", name=service, image="theirs:1.0")


def image(world: FaultWorld, service: str) -> str:
    return str(there(world, "services", service)["image"])


WEBHOOKS = "webhooks/outgoing"
ELSEWHERE = (
    OutsideChange("field", lambda w: patch(w, "worker", replicas=7), "service/worker",
              lambda w: there(w, "services", "worker")["replicas"] == 7, "service/db"),
    OutsideChange("image", lambda w: patch(w, "db", image="theirs:1.0"), "service/db",
              lambda w: "theirs" in image(w, "db"), "service/worker"),
    OutsideChange("service gone", lambda w: delete(w, "services", "worker"), "service/worker",
              lambda w: named(w, "services", "worker") is None, "service/db"),
    OutsideChange("service replaced", lambda w: replaced(w, "worker"), "service/worker",
              lambda w: "theirs" in image(w, "worker"), "service/db"),
    OutsideChange("service name taken", lambda w: make(w, "services", name="web", image="theirs:1.0"), "service/web",
              lambda w: "theirs" in image(w, "web"), "service/db"),
    OutsideChange("service to be deleted replaced", lambda w: replaced(w, "legacy"), "service/legacy",
              lambda w: "theirs" in image(w, "legacy"), "service/db"),
    OutsideChange("secret name taken", lambda w: make(w, "secrets", name="database-password.v2", data="theirs"),
              "secret/database-password", lambda w: named(w, "secrets", "database-password.v3") is None,
              "service/worker"),
    OutsideChange("config name taken", lambda w: make(w, "configs", name="added.v1", data="theirs"), "config/added",
              lambda w: there(w, "configs", "added.v1")["data"] == "theirs", "service/worker"),
    OutsideChange("volume name taken", lambda w: make(w, "volumes", name="fresh"), "volume/fresh",
              lambda w: named(w, "volumes", "fresh") is not None, "service/worker"),
    OutsideChange("secret used", lambda w: use(w, secrets=[{"name": "old-secret.v1", "file_name": "x", "uid": "0",
              "gid": "0", "mode": "292"}]), "secret/old-secret", lambda w: named(w, "secrets", "old-secret.v1")
              is not None, "service/db"),
    OutsideChange("volume used", lambda w: use(w, mounts=[{"source": "old", "target": "/x", "readonly": False}]),
              "volume/old", lambda w: named(w, "volumes", "old") is not None, "service/db"),
    OutsideChange("webhook changed", lambda w: change_webhook(w, "deploys"), "webhook/deploys",
              lambda w: there(w, WEBHOOKS, "deploys")["url"].endswith("theirs"), "service/db"),
    OutsideChange("webhook to be deleted changed", lambda w: change_webhook(w, "old-hook"), "webhook/old-hook",
              lambda w: there(w, WEBHOOKS, "old-hook")["url"].endswith("theirs"), "service/db"),
    OutsideChange("webhook gone", lambda w: delete(w, WEBHOOKS, "deploys"), "webhook/deploys",
              lambda w: named(w, WEBHOOKS, "deploys") is None, "service/db"),
    OutsideChange("webhook label taken", lambda w: make(w, WEBHOOKS, label="fresh-hook", url="https://x.example/theirs",
              cluster_id=cluster(w).rpartition("/")[2]), "webhook/fresh-hook",
              lambda w: there(w, WEBHOOKS, "fresh-hook")["url"].endswith("theirs"), "service/db"),
)  # fmt: skip


@pytest.mark.parametrize("elsewhere", ELSEWHERE, ids=lambda case: case.name.replace(" ", "-"))
def test_a_concurrent_change_is_not_overwritten(
    stages: Callable[[str], Stage], tally: Tally, elsewhere: OutsideChange
):
    stage = replace(stages("move"), tally=tally)
    world = stage.world
    world.restore(stage.before)
    result = world.apply(stage.manifests, between=lambda: elsewhere.act(world))
    tally.changed_by_somebody_else += 1
    tally.runs += 1
    if not elsewhere.kept(world):
        tally.lost_updates += 1
    false_reports = [problem for problem in lies(world, result) if elsewhere.stops not in problem]
    tally.false_reports += len(false_reports)
    status = {str(outcome.change.address): outcome for outcome in result.outcomes}
    stopped = status[f"production/{elsewhere.stops}"]
    assert elsewhere.kept(world), result.text
    assert stopped.status == "failed", result.text
    assert "changed since planned" in error_text(stopped), result.text
    assert status[f"production/{elsewhere.rest_goes_on}"].status == "applied", result.text
    assert result.exit_code == 1
    assert false_reports == []


def test_a_change_made_before_the_lease_was_taken_is_not_overwritten(
    stages: Callable[[str], Stage], tally: Tally
):
    """Another run of the same stack: its record is one version newer, so the plan is outdated."""
    stage = replace(stages("move"), tally=tally)
    world = stage.world
    world.restore(stage.before)
    states: list[str] = []

    def other() -> None:
        assert world.apply(stage.manifests).exit_code == 0
        states.append(json.dumps(world.state()))

    result = world.apply(stage.manifests, between=other)
    tally.changed_by_somebody_else += 1
    tally.runs += 2
    assert result.exit_code == 3
    assert "was changed by another run" in result.text
    assert json.dumps(world.state()) == states[0]
