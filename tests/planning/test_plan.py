"""A plan as a whole."""

from typing import Any

from reconciler.model import Manifest
from reconciler.planning import Options, make_plan
from tests.planning.build import actions_of, change, declare, empty, want
from tests.planning.platform import AppliedStack, FakePlatform, applied_stack
from tests.words import notes_of, refusals_of

DB = declare("secret", "db", "1")


def api(**fields: Any) -> Manifest:
    return declare("service", "api", {"image": "a", **fields})


def targets(*named: tuple[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset(named)


def test_without_declared_and_live_objects_the_plan_is_empty():
    desired = want()
    plan = make_plan(desired, FakePlatform().state(), empty())

    assert (plan.changes, plan.unchanged, plan.unmanaged, notes_of(plan), refusals_of(plan)) == (
        (),
        0,
        (),
        (),
        (),
    )
    assert Options() == Options(covered=(), prune=False, retry=False)


def test_a_target_includes_only_its_dependencies():
    stack = AppliedStack(FakePlatform(), empty())
    desired = want(
        DB,
        declare("secret", "other", "1"),
        declare("config", "app", "1"),
        declare("volume", "data"),
        declare("service", "base", {"image": "a", "configs": ["app"]}),
        declare(
            "service", "api", {"image": "a", "secrets": ["db"], "mounts": ["data:/d"]}, depends_on=["base"]
        ),
        declare("service", "web", {"image": "a", "secrets": ["other"]}, depends_on=["api"]),
    )

    plan = stack.plan(desired, targets=targets(("service", "api")))

    assert actions_of(plan) == [
        "create config/app",
        "create secret/db",
        "create volume/data",
        "create service/base",
        "create service/api",
    ]
    stack.apply(plan)
    assert actions_of(stack.plan(desired, targets=targets(("service", "api")))) == []
    assert actions_of(stack.plan(desired)) == ["create secret/other", "create service/web"]


def test_objects_outside_the_targets_cause_no_refusals_and_need_no_values():
    stack = applied_stack(declare("service", "web", {"image": "a"}))
    stack.platform.all("service")[0]["labels"] = ["x"]
    desired = want(
        api(),
        declare("service", "web", {"image": "b"}),
        declare("secret", "db", {"data": None}),
        declare("secret", "outside", {"external": True}),
        declare("node", "huge", 3),
    )

    plan = stack.plan(desired, targets=targets(("service", "api")))

    assert (actions_of(plan), refusals_of(plan), plan.unchecked) == (["create service/api"], (), ())


def test_only_targets_are_deleted_or_released():
    stack = applied_stack(
        DB, api(), declare("service", "old", {"image": "a"}), declare("service", "older", {"image": "a"})
    )
    for value in ("2", "3"):
        stack.apply(stack.plan(want(declare("secret", "db", value)), targets=targets(("secret", "db"))))
    desired = want(
        declare("secret", "db", "3"), api(), removed=[("service", "old")], released=[("service", "older")]
    )

    assert actions_of(stack.plan(desired, targets=targets(("secret", "db")))) == []
    assert stack.plan(desired, targets=targets(("secret", "db"))).released == ()
    assert actions_of(stack.plan(desired, targets=targets(("service", "old")))) == ["delete service/old"]
    assert actions_of(stack.plan(desired)) == ["delete service/old", "delete secret/db.v1"]


def test_a_target_that_takes_over_includes_the_delete():
    stack = applied_stack(declare("service", "old", {"image": "a", "hosts": ["a.example"]}))
    desired = want(api(hosts=["a.example"]), removed=[("service", "old")])

    assert actions_of(stack.plan(desired, targets=targets(("service", "api")))) == [
        "delete service/old",
        "replace service/api",
    ]


def test_a_deleted_target_includes_the_deleted_services_that_mount_it():
    stack = applied_stack(DB, api(secrets=["db"]))
    desired = want(removed=[("service", "api"), ("secret", "db")])

    assert actions_of(stack.plan(desired, targets=targets(("secret", "db")))) == [
        "delete service/api",
        "delete secret/db",
    ]


def test_a_new_version_that_no_service_mounts_restarts_nothing():
    stack = applied_stack(DB, api(secrets=["db"]))
    desired = want(declare("secret", "db", "2"), api(secrets=["db"]))

    plan = stack.plan(desired, targets=targets(("secret", "db")))

    assert change(plan, "secret", "db").restarts == ()
    assert notes_of(plan) == (
        "--target: only secret/db, and what they need, are planned; other changes are left out",
    )


def test_unmanaged_objects_are_listed():
    stack = applied_stack(DB, api(), others={("service", "theirs"): "other"})
    for kind, name in (
        ("service", "loadbalancer"),
        ("service", "theirs"),
        ("secret", "x"),
        ("config", "y"),
        ("volume", "z"),
    ):
        body = (
            {"name": name, "image": "traefik", "data": ""}
            if kind == "service"
            else {"name": name, "data": ""}
        )
        stack.platform.create(kind, body)
    stack.platform.create("config", {"name": "reconciler.default.7", "data": ""})
    stack.platform.create("node", {"size_id": "size_small"})

    assert sorted(map(str, stack.plan(want(DB, api())).unmanaged)) == [
        "production/config/y",
        "production/secret/x",
        "production/service/loadbalancer",  # and not "theirs", which another stack manages
        "production/volume/z",
    ]


def test_adopted_or_replaced_objects_are_not_listed_as_unmanaged():
    stack = AppliedStack(FakePlatform(), empty())
    for name in ("db.v1", "db.v2", "db.v3"):
        stack.platform.create("secret", {"name": name, "data": "1"})
    stack.platform.create("service", {"name": "api", "image": "a"})

    assert stack.plan(want(DB, api())).unmanaged == ()


def test_creates_and_updates_go_by_level_and_name():
    plan = AppliedStack(FakePlatform(), empty()).plan(
        want(
            declare("webhook", "a", "https://h.example/"),
            declare("service", "a", {"image": "a"}),
            declare("secret", "a", "1"),
            declare("config", "b", "1"),
            declare("config", "a", "1"),
            declare("volume", "a"),
            declare("node", "size_small", 1),
        )
    )

    assert actions_of(plan) == [
        "create node/size_small",
        "create config/a",
        "create config/b",
        "create secret/a",
        "create volume/a",
        "create webhook/a",
        "create service/a",
    ]
