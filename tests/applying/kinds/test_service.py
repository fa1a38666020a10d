"""Services are written only as they were planned from: whatever somebody else did meanwhile is left alone."""

from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.applying.context import ApplyContext
from reconciler.applying.kinds.service import create, delete, put_back, update
from reconciler.errors import ChangedSincePlanned, ReconcilerError
from reconciler.kinds.service import decode
from reconciler.model import Address, FieldChange, Live
from tests.applying.kinds.platform import KindPlatform, lost
from tests.changes import change_of

API = Address("production", "service", "api")
BODY: dict[str, Any] = {"id": "id-api", "name": "api", "image": "nginx:1", "replicas": 1, "hosts": []}


def platform_with(*bodies: dict[str, Any], **more: Any) -> KindPlatform:
    return KindPlatform({body["id"]: dict(body) for body in bodies}, **more)


def live(body: dict[str, Any] = BODY) -> Live:
    return Live("service", body["name"], body["id"], decode(body), body)


def planned(**fields: Any) -> Any:
    changes = tuple(FieldChange(name, BODY.get(name), value) for name, value in fields.items())
    return change_of(
        API, "update", fields=changes, spec={**decode(BODY), **fields}, live=live(), live_name="api"
    )


def made() -> Any:
    return change_of(API, "create", live_name="api", spec={"image": "nginx:1", "replicas": 1})


def going() -> Any:
    return change_of(API, "delete", live_name="api", live=live())


def reading(platform: KindPlatform, *there: Live) -> ApplyContext:
    """A context that has read ``there`` under the lease."""
    context = platform.context()
    context.read_again(replace(context.live, objects={"service": there}))
    return context


# Changed.


def test_only_the_planned_fields_are_laid_over_what_is_there_now():
    platform = platform_with({**BODY, "replicas": 7, "protocol": "tcp"})

    assert update(platform.context(), planned(image="nginx:2")) == "id-api"

    (body,) = platform.bodies
    assert (body["image"], body["replicas"], body["protocol"]) == ("nginx:2", 7, "tcp")


def test_what_is_as_planned_already_is_not_written():
    platform = platform_with({**BODY, "image": "nginx:2"})

    assert update(platform.context(), planned(image="nginx:2")) == "id-api"
    assert platform.written == []


@pytest.mark.parametrize(
    "now, why",
    [
        ({"image": "nginx:9"}, "changed concurrently: image"),
        ({"sidecars": ["x"]}, "an update would lose fields"),
        ({"name": "loadbalancer", "image": "traefik:v2"}, "the platform's load balancer"),
    ],
)
def test_what_is_not_as_it_was_planned_from_is_left_alone(now: dict[str, Any], why: str):
    platform = platform_with({**BODY, **now})

    with pytest.raises(ChangedSincePlanned, match=why):
        update(platform.context(), planned(image="nginx:2"))

    assert platform.written == []


def test_a_service_that_is_gone_is_not_made_again_by_an_update():
    platform = platform_with()
    with pytest.raises(ChangedSincePlanned, match="it is gone"):
        update(platform.context(), planned(image="nginx:2"))
    assert platform.written == []


@pytest.mark.parametrize("done", [True, False])
def test_an_update_whose_answer_was_lost_is_settled_by_looking(done: bool):
    platform = platform_with(BODY, troubles=[(lost(), done)])

    update(platform.context(), planned(image="nginx:2"))

    assert platform.written == ["PUT id-api"] * (1 if done else 2)
    assert platform.objects["id-api"]["image"] == "nginx:2"


def test_an_update_is_not_repeated_over_what_somebody_else_wrote_meanwhile():
    platform = platform_with(BODY, troubles=[(lost(), False)])
    platform.meanwhile[2] = lambda: platform.objects["id-api"].update(image="nginx:9")

    with pytest.raises(ChangedSincePlanned):
        update(platform.context(), planned(image="nginx:2"))

    assert platform.objects["id-api"]["image"] == "nginx:9"


# Made.


@pytest.mark.parametrize("key", ["id-api", "id-other"])
def test_a_name_that_somebody_took_since_is_left_alone(key: str):
    platform = platform_with({**BODY, "id": key})

    with pytest.raises(ChangedSincePlanned, match="service api is there now"):
        create(reading(platform, live({**BODY, "id": key})), made())

    assert platform.written == []


# Deleted.


def test_it_is_deleted_by_its_id():
    platform = platform_with(BODY)

    assert delete(reading(platform, live()), going()) == "id-api"

    assert (platform.written, platform.objects) == (["DELETE id-api"], {})


def test_what_is_gone_already_is_deleted():
    platform = platform_with()
    assert delete(reading(platform), going()) == "id-api"
    assert platform.written == []


@pytest.mark.parametrize(
    "there, why",
    [
        ({**BODY, "id": "id-other"}, "another service has its name"),
        ({**BODY, "image": "traefik:v2.11", "name": "loadbalancer"}, "the platform's load balancer"),
    ],
)
def test_another_service_and_the_load_balancer_are_never_deleted(there: dict[str, Any], why: str):
    platform = platform_with(there)
    change = going()
    change = replace(change, live=replace(change.live, name=there["name"]))

    with pytest.raises(ChangedSincePlanned, match=why):
        delete(reading(platform, live(there)), change)

    assert platform.written == []


@pytest.mark.parametrize("done", [True, False])
def test_a_delete_whose_answer_was_lost_is_settled_by_looking(done: bool):
    platform = platform_with(BODY, troubles=[(lost(), done)])

    delete(reading(platform, live()), going())

    assert platform.written == ["DELETE id-api"] * (1 if done else 2)
    assert platform.objects == {}


# Put back.


def test_the_previous_spec_is_put_back_in_the_written_fields_alone():
    platform = platform_with({**BODY, "image": "nginx:2", "replicas": 5})

    put_back(platform.context(), planned(image="nginx:2"))

    (body,) = platform.bodies
    assert (body["image"], body["replicas"]) == ("nginx:1", 5)


def test_a_field_that_was_not_set_before_is_cleared_again():
    platform = platform_with({**BODY, "args": "serve"})

    put_back(platform.context(), planned(args="serve"))

    assert not platform.bodies[0].get("args")


def test_what_the_platform_put_back_itself_is_not_written():
    platform = platform_with(BODY)
    put_back(platform.context(), planned(image="nginx:2"))
    assert platform.written == []


def test_hosts_that_another_service_has_by_now_are_not_put_back():
    other = {**BODY, "id": "id-web", "name": "web", "hosts": ["A.example"]}
    platform = platform_with(BODY, other)
    change = planned(hosts=[])
    former = {**BODY, "hosts": ["a.example", "b.example"]}

    put_back(platform.context(), replace(change, live=live(former)))

    assert platform.objects["id-api"]["hosts"] == ["b.example"]


@pytest.mark.parametrize("done", [True, False])
def test_a_return_whose_answer_was_lost_is_settled_by_looking(done: bool):
    platform = platform_with({**BODY, "image": "nginx:2"}, troubles=[(lost(), done)])

    put_back(platform.context(), planned(image="nginx:2"))

    assert platform.written == ["PUT id-api"] * (1 if done else 2)


def test_a_field_that_the_platform_did_not_keep_is_reported():
    platform = platform_with({**BODY, "sidecars": ["x"]})
    change = replace(planned(image="nginx:2"), keeps=("sidecars",))
    platform.meanwhile[2] = lambda: platform.objects["id-api"].update(sidecars=[])

    with pytest.raises(ReconcilerError, match="did not keep sidecars as it was"):
        update(platform.context(), change)
