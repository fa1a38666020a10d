"""External objects: the one with exactly that live name, else the current version of the only owner."""

from typing import Any

import pytest

from reconciler.model import Plan
from tests.planning.build import actions_of, change, declare, empty, want
from tests.planning.platform import AppliedStack, FakePlatform
from tests.words import notes_of, refusals_of

KINDS = pytest.mark.parametrize("kind", ["secret", "config", "volume"])


def stack_with(kind: str, *names: str) -> AppliedStack:
    stack = AppliedStack(FakePlatform(), empty())
    for name in names:
        body = {"name": name} if kind == "volume" else {"name": name, "data": "x"}
        stack.platform.create(kind, body)
    return stack


def planned(stack: AppliedStack, kind: str, external: Any = True, **options: Any) -> Plan:
    mount = {"mounts": ["db:/x"]} if kind == "volume" else {f"{kind}s": ["db"]}
    api = declare("service", "api", {"image": "a", **mount})
    return stack.plan(want(declare(kind, "db", {"external": external}), api), **options)


def name_of(plan: Plan, kind: str) -> str:
    assert refusals_of(plan) == ()
    field, part = ("mounts", "source") if kind == "volume" else (f"{kind}s", "name")
    return str(change(plan, "service", "api").spec[field][0][part])


@KINDS
def test_an_external_object_is_the_one_with_exactly_that_name(kind):
    plan = planned(stack_with(kind, "db", "db.v3"), kind, shared={(kind, "db"): {"b": "db.v3"}})

    assert name_of(plan, kind) == "db"
    assert actions_of(plan) == ["create service/api"]


@pytest.mark.parametrize("kind", ["secret", "config"])
def test_an_external_object_is_otherwise_the_current_version_of_the_only_owner(kind):
    stack = stack_with(kind, "db.v3", "db.v4")
    stack.apply(planned(stack, kind, shared={(kind, "db"): {"b": "db.v3"}}))

    plan = planned(stack, kind, shared={(kind, "db"): {"b": "db.v4"}})

    assert actions_of(plan) == ["update service/api"]
    assert name_of(plan, kind) == "db.v4"
    assert [(external.name, external.live_name) for external in plan.externals] == [("db", "db.v4")]


@pytest.mark.parametrize("kind", ["secret", "config"])
def test_with_several_owners_one_must_be_named(kind):
    stack = stack_with(kind, "db.v3", "db.v4")
    shared = {(kind, "db"): {"b": "db.v3", "c": "db.v4"}}

    (reason,) = refusals_of(planned(stack, kind, shared=shared))

    assert reason == (
        f"production/{kind}/db is external: true, and several stacks own a {kind} of that name: b, c. Name one of "
        "them: external: {stack: b}."
    )
    assert name_of(planned(stack, kind, {"stack": "c"}, shared=shared), kind) == "db.v4"


@KINDS
def test_a_named_stack_without_the_object_is_refused(kind):
    stack = stack_with(kind, "db")

    (reason,) = refusals_of(planned(stack, kind, {"stack": "b"}, shared={(kind, "db"): {"c": "db"}}))

    assert "is external: {stack: b}, and that stack owns no" in reason
    assert "These stacks own one: c." in reason


@pytest.mark.parametrize("kind", ["secret", "config"])
@pytest.mark.parametrize("external", [True, {"stack": "b"}])
def test_an_object_that_its_owner_renamed_is_refused_with_the_new_name(kind, external):
    stack = stack_with(kind, "db.v3")

    (reason,) = refusals_of(planned(stack, kind, external, shared={(kind, "key"): {"b": "db.v3"}}))

    assert (
        f"the stack b owns that {kind} under another name now: key. Declare key under {kind}s instead"
        in reason
    )


@KINDS
def test_an_external_object_that_does_not_exist_is_refused(kind):
    (reason,) = refusals_of(planned(stack_with(kind), kind, shared={(kind, "db"): {"b": "db.v1"}}))

    assert f"the cluster has no {kind} of that name, and no record of another stack has one" in reason


def test_an_object_that_an_earlier_stack_creates_counts_as_existing():
    stack = stack_with("secret", "db.v3")

    plan = planned(
        stack, "secret", shared={("secret", "db"): {"b": "db.v3"}}, coming={("secret", "db"): {"b": "db.v4"}}
    )

    assert name_of(plan, "secret") == "db.v4"


def test_an_external_volume_is_not_created_adopted_or_deleted():
    stack = stack_with("volume", "db")
    stack.apply(planned(stack, "volume"))

    assert [(owned.kind, owned.name) for owned in stack.record.owned] == [("service", "api")]
    assert actions_of(stack.plan(want(declare("service", "api", {"image": "a", "mounts": []})))) == [
        "update service/api"
    ]


def test_the_owners_plan_names_services_of_other_stacks_on_an_old_version():
    stack = AppliedStack(FakePlatform(), empty(), {("service", "web"): "b"})
    stack.apply(stack.plan(want(declare("secret", "db", "1"))))
    mount = {"name": "db.v1", "file_name": "db", "uid": "0", "gid": "0", "mode": "292"}
    stack.platform.create("service", {"name": "web", "image": "a", "secrets": [mount]})
    told_so = (
        "The secret db.v1 is an old version, and the service web of the stack b still mounts it: apply b so that "
        "it uses the new version. If its manifests name db.v1, change that to db."
    )

    assert notes_of(stack.plan(want(declare("secret", "db", "1")))) == ()
    assert notes_of(stack.plan(want(declare("secret", "db", "2")))) == (told_so,)
    stack.apply(stack.plan(want(declare("secret", "db", "2"))))
    assert notes_of(stack.plan(want(declare("secret", "db", "2")))) == (told_so,)
