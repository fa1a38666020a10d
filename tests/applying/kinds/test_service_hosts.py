"""Hosts that move between services: freed just before they are taken, and given back where they were not."""

from typing import Any

import pytest

from reconciler.applying.kinds.service_hosts import free, give_back, held_by_others, hosts_in
from reconciler.errors import ChangedSincePlanned
from reconciler.model import Address, HostsLeft, Taken
from tests.applying.kinds.platform import KindPlatform, lost
from tests.changes import change_of

TAKES = change_of(
    Address("production", "service", "web"),
    "update",
    live_name="web",
    takes=(Taken("a.example", "api", "id-api"), Taken("b.example", "api", "id-api")),
)


def service(name: str, *hosts: str, **more: Any) -> dict[str, Any]:
    return {"id": f"id-{name}", "name": name, "image": "nginx", "replicas": 1, "hosts": list(hosts), **more}


def platform_with(*services: dict[str, Any], troubles: Any = ()) -> KindPlatform:
    return KindPlatform({body["id"]: body for body in services}, list(troubles))


def hosts(platform: KindPlatform, name: str) -> list[str]:
    return hosts_in(platform.objects[f"id-{name}"])


def test_what_is_taken_is_freed_and_nothing_else():
    platform = platform_with(service("api", "A.example ", "b.example", "c.example", port=80))

    free(platform.context(), TAKES)

    assert platform.written == ["PUT id-api"]
    assert hosts(platform, "api") == ["c.example"]
    assert (platform.bodies[0]["image"], platform.bodies[0]["port"]) == ("nginx", 80)


def test_what_is_free_already_is_not_written():
    platform = platform_with(service("api", "c.example"))
    free(platform.context(), TAKES)
    assert platform.written == []


def test_a_service_that_is_gone_frees_its_hosts_by_itself():
    platform = KindPlatform()
    free(platform.context(), TAKES)
    assert platform.written == []


def test_a_service_that_can_not_be_written_without_loss_keeps_its_hosts():
    platform = platform_with(service("api", "a.example", sidecars=["x"]))
    with pytest.raises(
        ChangedSincePlanned, match="hosts of the service api can't be changed without losing fields"
    ):
        free(platform.context(), TAKES)
    assert platform.written == []


@pytest.mark.parametrize("done", [True, False])
def test_a_write_whose_answer_was_lost_is_settled_by_looking(done):
    platform = platform_with(service("api", "a.example"), troubles=[(lost(), done)])
    free(platform.context(), TAKES)
    assert platform.written == ["PUT id-api"] * (1 if done else 2)
    assert hosts(platform, "api") == []


def test_a_service_that_somebody_else_wrote_meanwhile_is_not_written_over():
    platform = platform_with(service("api", "a.example"), troubles=[(lost(), False)])
    platform.meanwhile[2] = lambda: platform.objects["id-api"].update(image="other")
    with pytest.raises(ChangedSincePlanned):
        free(platform.context(), TAKES)
    assert platform.written == ["PUT id-api"]


def test_what_was_not_taken_is_given_back():
    platform = platform_with(service("api", "c.example"), service("web"))

    assert give_back(platform.context(), TAKES, spared=()) == HostsLeft(restored=("a.example", "b.example"))

    assert hosts(platform, "api") == ["c.example", "a.example", "b.example"]


def test_what_the_service_that_took_it_has_by_now_is_not_given_back_and_that_is_told():
    platform = platform_with(service("api"), service("web", "B.example"))
    assert give_back(platform.context(), TAKES, spared=()) == HostsLeft(
        restored=("a.example",), kept=(TAKES.takes[1],)
    )
    assert hosts(platform, "api") == ["a.example"]


def test_what_a_third_service_has_by_now_is_not_given_back():
    platform = platform_with(service("api"), service("third", "a.example", "b.example"))
    assert give_back(platform.context(), TAKES, spared=()) == HostsLeft()
    assert platform.written == []


@pytest.mark.parametrize("services, spared", [([service("api")], {"api"}), ([], set())])
def test_a_service_that_failed_itself_or_is_gone_gets_nothing_back(services, spared):
    platform = platform_with(*services)
    assert give_back(platform.context(), TAKES, spared=spared) == HostsLeft(lost=("a.example", "b.example"))
    assert platform.written == []


def test_hosts_are_held_by_all_services_but_the_one_in_question():
    platform = platform_with(service("api", " A.Example"), service("web", "b.example"))
    assert held_by_others(platform.context(), "id-web") == {"a.example"}
