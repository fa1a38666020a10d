"""Names that match several live objects are refused."""

from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.model import Address, Live, Manifest
from reconciler.planning import make_plan
from tests.planning.build import actions_of, declare, empty, want
from tests.planning.platform import AppliedStack, FakePlatform, applied_stack
from tests.words import refusals_of

DB = declare("secret", "db", "1")


def api(**fields: Any) -> Manifest:
    return declare("service", "api", {"image": "a", **fields})


def twice(stack: AppliedStack, kind: str, name: str) -> AppliedStack:
    stack.platform.all(kind).append(
        {**next(body for body in stack.platform.all(kind) if body["name"] == name), "id": "twin"}
    )
    return stack


@pytest.mark.parametrize(
    "kind, manifest, name",
    [("service", api(), "api"), ("volume", declare("volume", "data"), "data"), ("secret", DB, "db.v1")],
)
def test_a_name_that_matches_several_live_objects_is_refused(kind, manifest, name):
    plan = twice(applied_stack(manifest), kind, name).plan(want(manifest))

    assert refusals_of(plan) == (
        f"production/{kind}/{name}: 2 live objects have that name. Delete all but one.",
    )


def test_several_live_objects_with_an_undeclared_name_are_accepted():
    stack = applied_stack(api())
    stack.platform.create("service", {"name": "web", "image": "a"})

    assert refusals_of(twice(stack, "service", "web").plan(want(api()))) == ()


def test_live_objects_of_other_kinds_do_not_count():
    stack = applied_stack(api())
    stack.platform.create("volume", {"name": "api"})

    assert refusals_of(stack.plan(want(api()))) == ()


def test_the_facts_do_not_need_every_kind():
    live = replace(FakePlatform().state(), objects={"service": (Live("service", "x", "1", {}, {}),)})

    plan = make_plan(want(api()), live, empty())

    assert actions_of(plan) == ["create service/api"]
    assert plan.unmanaged == (Address("production", "service", "x"),)
