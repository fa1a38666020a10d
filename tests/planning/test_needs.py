"""Which changes must come before others."""

from typing import Any

import pytest

from reconciler.model import Address, Manifest
from reconciler.render.reasons import reason_of
from tests.planning.build import actions_of, change, declare, empty, want
from tests.planning.platform import AppliedStack, FakePlatform, applied_stack
from tests.words import refusals_of


def service(name: str, *, depends_on: tuple[str, ...] = (), **fields: Any) -> Manifest:
    return declare("service", name, {"image": "a", **fields}, depends_on=depends_on)


def at(kind: str, name: str) -> Address:
    return Address("production", kind, name)


def test_a_service_needs_its_references_and_dependencies():
    plan = AppliedStack(FakePlatform(), empty()).plan(
        want(
            declare("node", "size_small", 1),
            declare("secret", "db", "1"),
            declare("config", "app", "1"),
            declare("volume", "data"),
            declare("volume", "unused"),
            declare("webhook", "ops", "https://hooks.example/"),
            service("web", depends_on=("api",), secrets=["db"], configs=["app"], mounts=["data:/data"]),
            service("api"),
        )
    )

    assert actions_of(plan) == [
        "create node/size_small",
        "create config/app",
        "create secret/db",
        "create volume/data",
        "create volume/unused",
        "create webhook/ops",
        "create service/api",
        "create service/web",
    ]
    assert change(plan, "service", "api").needs == (at("node", "size_small"),)
    assert change(plan, "service", "web").needs == (
        at("node", "size_small"), at("config", "app"), at("secret", "db"), at("service", "api"), at("volume", "data"),
    )  # fmt: skip
    assert all(planned.needs == () for planned in plan.changes if planned.address.kind != "service")


def test_unchanged_objects_are_not_needed():
    stack = applied_stack(declare("volume", "data"), service("db"))

    plan = stack.plan(
        want(declare("volume", "data"), service("db"), service("api", depends_on=("db",), mounts=["data:/d"]))
    )

    assert change(plan, "service", "api").needs == ()


def test_a_cycle_is_refused_and_named():
    plan = AppliedStack(FakePlatform(), empty()).plan(
        want(service("a", depends_on=("b",)), service("b", depends_on=("a",)))
    )

    (reason,) = refusals_of(plan)
    assert reason.startswith("these form a dependency cycle: production/service/")
    assert len(plan.changes) == 2


def test_a_service_that_depends_on_itself_does_not_wait_for_itself():
    plan = AppliedStack(FakePlatform(), empty()).plan(want(service("a", depends_on=("a",))))

    assert (actions_of(plan), refusals_of(plan)) == (["create service/a"], ())


OLD = [("service", "old")]
TAKEOVERS = [
    ({"hosts": ["A.example"]}, {"hosts": ["a.example "]}, "the host a.example"),
    ({"mounts": ["data:/data"]}, {"mounts": ["data:/other"]}, "the volume data"),
]


@pytest.mark.parametrize("had, wants, what", TAKEOVERS)
def test_a_service_that_takes_over_from_a_deleted_one_is_a_replace_with_consent(had, wants, what):
    stack = applied_stack(declare("volume", "data"), service("old", **had))
    desired = want(declare("volume", "data"), service("new", **wants), removed=OLD)

    plan = stack.plan(desired)

    assert actions_of(plan) == ["delete service/old", "replace service/new"]
    new = change(plan, "service", "new")
    assert new.needs == (at("service", "old"),)
    assert reason_of(new) == f"takes {what} from production/service/old, which is deleted first: downtime"
    assert refusals_of(plan) == ()
    stack.apply(plan)
    assert actions_of(stack.plan(desired)) == []


@pytest.mark.parametrize("had, wants, what", TAKEOVERS)
def test_a_takeover_without_consent_is_refused(had, wants, what):
    stack = applied_stack(declare("volume", "data"), service("old", **had))

    plan = stack.plan(want(declare("volume", "data"), service("new", **wants)))

    (reason,) = refusals_of(plan)
    assert reason == (
        f"production/service/new takes {what} from production/service/old, which must be deleted first: downtime. "
        "To allow this, name old under removed.services."
    )


def test_an_update_that_takes_over_waits_and_stays_an_update():
    stack = applied_stack(service("old", hosts=["a.example"]), service("new", replicas=1))
    next(body for body in stack.platform.all("service") if body["name"] == "new")["replicas"] = 5

    plan = stack.plan(want(service("new", replicas=1, hosts=["a.example"]), removed=OLD))

    assert actions_of(plan) == ["delete service/old", "update service/new"]
    assert reason_of(change(plan, "service", "new")) == (
        "partly changed outside git; takes the host a.example from production/service/old, "
        "which is deleted first: downtime"
    )


def test_all_hosts_and_volumes_taken_over_are_named():
    stack = applied_stack(
        declare("volume", "data"), service("old", hosts=["a.example"], mounts=["data:/d"]), service("gone")
    )

    plan = stack.plan(
        want(
            declare("volume", "data"),
            service("new", hosts=["a.example", "b.example"], mounts=["data:/d"]),
            removed=[*OLD, ("service", "gone")],
        )
    )

    assert reason_of(change(plan, "service", "new")) == (
        "takes the host a.example from production/service/old; takes the volume data from production/service/old, "
        "which is deleted first: downtime"
    )
    assert actions_of(plan) == ["delete service/old", "replace service/new", "delete service/gone"]


def test_a_volume_that_both_services_mount_is_not_taken_over():
    data = declare("volume", "data")
    stack = applied_stack(data, service("old", mounts=["data:/data"]), service("new", mounts=["data:/data"]))

    plan = stack.plan(want(data, service("new", mounts=["data:/data"], replicas=2)))

    assert actions_of(plan) == ["update service/new", "delete service/old"]
    assert refusals_of(plan) == ()
    assert change(plan, "service", "new").needs == ()


def test_a_volume_of_a_service_that_stays_is_not_taken_over():
    data = declare("volume", "data")
    stack = applied_stack(data, service("old", mounts=["data:/data"]))

    plan = stack.plan(
        want(data, service("old", mounts=["data:/data"]), service("new", mounts=["data:/data"]))
    )

    assert actions_of(plan) == ["create service/new"]


def test_deletes_wait_only_for_deleted_services_that_mount_the_object():
    stack = applied_stack(declare("secret", "db", "1"), service("old", secrets=["db"]), service("new"))

    plan = stack.plan(want(service("new"), removed=[*OLD, ("secret", "db")]))

    assert change(plan, "secret", "db").needs == (at("service", "old"),)
    assert change(plan, "service", "old").needs == ()


def test_mounts_of_a_services_previous_spec_are_deleted_after_it():
    stack = applied_stack(declare("secret", "db", "1"), service("old", secrets=["db"]), service("new"))
    changed = stack.plan(want(declare("secret", "db", "1"), service("old", secrets=[]), service("new")))
    stack.apply(changed)

    plan = stack.plan(want(service("new"), removed=[*OLD, ("secret", "db")]))

    assert change(plan, "secret", "db").needs == (at("service", "old"),)


def test_a_target_that_is_needed_twice_is_planned_once():
    desired = want(
        declare("secret", "db", "1"),
        service("api", secrets=["db"]),
        service("web", secrets=["db"], depends_on=("api",)),
    )

    plan = AppliedStack(FakePlatform(), empty()).plan(desired, targets=frozenset({("service", "web")}))

    assert actions_of(plan) == ["create secret/db", "create service/api", "create service/web"]
