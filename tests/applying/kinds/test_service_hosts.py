"""Hosts that move between services are freed just before the write, and restored if it fails."""

from typing import Any

import pytest

from reconciler.applying.kinds.service_hosts import free, give_back, held_by_others, hosts_in
from reconciler.errors import ChangedSincePlanned, ReconcilerError
from reconciler.model import Address, HostsLeft, Taken
from reconciler.planning.masks import MASK
from tests.applying.kinds.platform import KindPlatform, lost
from tests.changes import change_of

TAKES = change_of(
    Address("production", "service", "web"),
    "update",
    live_name="web",
    takes=(Taken("a.example", "api", "id-api", "a.example"), Taken("b.example", "api", "id-api", MASK)),
)


def service(name: str, *hosts: str, **more: Any) -> dict[str, Any]:
    return {"id": f"id-{name}", "name": name, "image": "nginx", "replicas": 1, "hosts": list(hosts), **more}


def platform_with(*services: dict[str, Any], troubles: Any = ()) -> KindPlatform:
    return KindPlatform({body["id"]: body for body in services}, list(troubles))


def hosts(platform: KindPlatform, name: str) -> list[str]:
    return hosts_in(platform.objects[f"id-{name}"])


def test_only_the_taken_hosts_are_freed():
    platform = platform_with(service("api", "A.example ", "b.example", "c.example", port=80))

    free(platform.context(), TAKES)

    assert platform.written == ["PUT id-api"]
    assert hosts(platform, "api") == ["c.example"]
    assert (platform.bodies[0]["image"], platform.bodies[0]["port"]) == ("nginx", 80)


def test_a_service_without_the_taken_host_is_not_written():
    platform = platform_with(service("api", "c.example"))
    free(platform.context(), TAKES)
    assert platform.written == []


def test_the_hosts_of_a_deleted_service_are_free():
    platform = KindPlatform()
    free(platform.context(), TAKES)
    assert platform.written == []


def test_a_service_that_a_write_would_damage_keeps_its_hosts():
    platform = platform_with(service("api", "a.example", sidecars=["x"]))
    with pytest.raises(
        ChangedSincePlanned, match="hosts of the service api cannot be changed without losing fields"
    ):
        free(platform.context(), TAKES)
    assert platform.written == []


@pytest.mark.parametrize("done", [True, False])
def test_a_write_with_a_lost_answer_is_settled_by_reading(done):
    platform = platform_with(service("api", "a.example"), troubles=[(lost(), done)])
    free(platform.context(), TAKES)
    assert platform.written == ["PUT id-api"] * (1 if done else 2)
    assert hosts(platform, "api") == []


@pytest.mark.parametrize(
    "move", [free, lambda *given: give_back(*given, spared=())], ids=["free", "give back"]
)
def test_a_move_that_is_answered_and_not_made_is_a_failure(monkeypatch, move):
    platform = platform_with(service("api", *(["a.example", "b.example"] if move is free else [])))
    monkeypatch.setattr(platform, "replace_service", lambda _at, key, _body: platform.objects[key])

    with pytest.raises(ReconcilerError, match="the hosts of api were changed, but does not show the change"):
        move(platform.context(), TAKES)


def test_a_concurrently_changed_service_is_not_overwritten():
    platform = platform_with(service("api", "a.example"), troubles=[(lost(), False)])
    platform.meanwhile[2] = lambda: platform.objects["id-api"].update(image="other")
    with pytest.raises(ChangedSincePlanned):
        free(platform.context(), TAKES)
    assert platform.written == ["PUT id-api"]


def test_hosts_that_were_not_taken_are_restored():
    platform = platform_with(service("api", "c.example"), service("web"))

    assert give_back(platform.context(), TAKES, spared=()) == HostsLeft(restored=("a.example", MASK))

    assert hosts(platform, "api") == ["c.example", "a.example", "b.example"]


def test_a_host_that_the_new_service_has_is_not_restored_and_reported():
    platform = platform_with(service("api"), service("web", "B.example"))
    assert give_back(platform.context(), TAKES, spared=()) == HostsLeft(
        restored=("a.example",), kept=(TAKES.takes[1],)
    )
    assert hosts(platform, "api") == ["a.example"]


def test_a_host_that_a_third_service_has_is_not_restored():
    platform = platform_with(service("api"), service("third", "a.example", "b.example"))
    assert give_back(platform.context(), TAKES, spared=()) == HostsLeft()
    assert platform.written == []


@pytest.mark.parametrize("services, spared", [([service("api")], {"api"}), ([], set())])
def test_a_failed_or_deleted_service_gets_no_hosts_back(services, spared):
    platform = platform_with(*services)
    assert give_back(platform.context(), TAKES, spared=spared) == HostsLeft(lost=("a.example", MASK))
    assert platform.written == []


def test_hosts_are_held_by_all_services_but_the_one_in_question():
    platform = platform_with(service("api", " A.Example"), service("web", "b.example"))
    assert held_by_others(platform.context(), "id-web") == {"a.example"}
