"""Services are written only if they are as planned; concurrent changes are not overwritten."""

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
    """A context in which ``there`` was read under the lease."""
    context = platform.context()
    context.read_again(replace(context.live, objects={"service": there}))
    return context


# Updates.


def test_an_update_sends_the_live_spec_with_only_the_planned_fields_changed():
    platform = platform_with({**BODY, "replicas": 7, "protocol": "tcp"})

    assert update(platform.context(), planned(image="nginx:2")) == "id-api"

    (body,) = platform.bodies
    assert (body["image"], body["replicas"], body["protocol"]) == ("nginx:2", 7, "tcp")


def test_a_service_that_is_already_as_planned_is_not_written():
    platform = platform_with({**BODY, "image": "nginx:2"})

    assert update(platform.context(), planned(image="nginx:2")) == "id-api"
    assert platform.written == []


@pytest.mark.parametrize(
    "now, why",
    [
        ({"image": "nginx:9"}, "changed concurrently: image"),
        ({"sidecars": ["x"]}, "an update would lose fields"),
        ({"name": "loadbalancer", "image": "traefik:v2"}, "the platform's load balancer"),
        ({"name": "other"}, "it has another name now"),
        ({"name": "other", "image": "nginx:2"}, "it has another name now"),
    ],
)
def test_a_service_that_changed_since_the_plan_is_not_written(now: dict[str, Any], why: str):
    platform = platform_with({**BODY, **now})

    with pytest.raises(ChangedSincePlanned, match=why):
        update(platform.context(), planned(image="nginx:2"))

    assert platform.written == []


def test_an_update_does_not_create_a_deleted_service():
    platform = platform_with()
    with pytest.raises(ChangedSincePlanned, match="it is gone"):
        update(platform.context(), planned(image="nginx:2"))
    assert platform.written == []


@pytest.mark.parametrize("done", [True, False])
def test_an_update_with_a_lost_answer_is_settled_by_reading(done: bool):
    platform = platform_with(BODY, troubles=[(lost(), done)])

    update(platform.context(), planned(image="nginx:2"))

    assert platform.written == ["PUT id-api"] * (1 if done else 2)
    assert platform.objects["id-api"]["image"] == "nginx:2"


def test_an_update_is_not_repeated_after_a_concurrent_change():
    platform = platform_with(BODY, troubles=[(lost(), False)])
    platform.meanwhile[2] = lambda: platform.objects["id-api"].update(image="nginx:9")

    with pytest.raises(ChangedSincePlanned):
        update(platform.context(), planned(image="nginx:2"))

    assert platform.objects["id-api"]["image"] == "nginx:9"


# Creates.


@pytest.mark.parametrize("key", ["id-api", "id-other"])
def test_a_create_does_not_touch_a_service_that_now_has_the_name(key: str):
    platform = platform_with({**BODY, "id": key})

    with pytest.raises(ChangedSincePlanned, match="service api exists now"):
        create(reading(platform, live({**BODY, "id": key})), made())

    assert platform.written == []


# Deletes.


def test_a_service_is_deleted_by_its_id():
    platform = platform_with(BODY)

    assert delete(reading(platform, live()), going()) == "id-api"

    assert (platform.written, platform.objects) == (["DELETE id-api"], {})


def test_deleting_a_service_that_is_gone_is_done():
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
def test_a_delete_with_a_lost_answer_is_settled_by_reading(done: bool):
    platform = platform_with(BODY, troubles=[(lost(), done)])

    delete(reading(platform, live()), going())

    assert platform.written == ["DELETE id-api"] * (1 if done else 2)
    assert platform.objects == {}


# Rollbacks.


def test_a_rollback_restores_only_the_written_fields():
    platform = platform_with({**BODY, "image": "nginx:2", "replicas": 5})

    put_back(platform.context(), planned(image="nginx:2"))

    (body,) = platform.bodies
    assert (body["image"], body["replicas"]) == ("nginx:1", 5)


def test_a_rollback_clears_fields_that_were_not_set_before():
    platform = platform_with({**BODY, "args": "serve"})

    put_back(platform.context(), planned(args="serve"))

    assert not platform.bodies[0].get("args")


def test_a_rollback_by_the_platform_is_not_written_again():
    platform = platform_with(BODY)
    put_back(platform.context(), planned(image="nginx:2"))
    assert platform.written == []


def test_a_rollback_does_not_restore_hosts_that_another_service_has_now():
    other = {**BODY, "id": "id-web", "name": "web", "hosts": ["A.example"]}
    platform = platform_with(BODY, other)
    change = planned(hosts=[])
    former = {**BODY, "hosts": ["a.example", "b.example"]}

    put_back(platform.context(), replace(change, live=live(former)))

    assert platform.objects["id-api"]["hosts"] == ["b.example"]


@pytest.mark.parametrize("done", [True, False])
def test_a_rollback_with_a_lost_answer_is_settled_by_reading(done: bool):
    platform = platform_with({**BODY, "image": "nginx:2"}, troubles=[(lost(), done)])

    put_back(platform.context(), planned(image="nginx:2"))

    assert platform.written == ["PUT id-api"] * (1 if done else 2)


def test_a_rollback_that_is_answered_and_not_made_is_a_failure(monkeypatch):
    platform = platform_with({**BODY, "image": "nginx:2"})
    monkeypatch.setattr(platform, "replace_service", lambda _at, key, _body: platform.objects[key])

    with pytest.raises(ReconcilerError, match="does not show the change"):
        put_back(platform.context(), planned(image="nginx:2"))


def test_a_field_that_the_platform_did_not_keep_is_reported():
    platform = platform_with({**BODY, "sidecars": ["x"]})
    change = replace(planned(image="nginx:2"), keeps=("sidecars",))
    platform.meanwhile[2] = lambda: platform.objects["id-api"].update(sidecars=[])

    with pytest.raises(ReconcilerError, match="did not keep sidecars as it was"):
        update(platform.context(), change)
