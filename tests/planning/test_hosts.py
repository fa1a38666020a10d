"""Hosts of other services are refused; moving hosts are taken from the service that gives them up."""

from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.model import Address, Manifest, Part, Taken
from reconciler.planning import resumed
from reconciler.render.reasons import reason_of
from tests.planning.build import CLUSTER, actions_of, change, declare, empty, want
from tests.planning.platform import KEY, AppliedStack, FakePlatform, applied_stack
from tests.words import refusals_of

A, B, C = ["a.example"], ["b.example"], ["c.example"]
GAP = "takes the host a.example from the service web, which is updated first: the host is briefly down"


def service(name: str, depends_on: tuple[str, ...] = (), **fields: Any) -> Manifest:
    return declare("service", name, {"image": "a", **fields}, depends_on=depends_on)


def at(name: str) -> Address:
    return Address(CLUSTER, "service", name)


def taken(stack: AppliedStack, host: str, name: str) -> Taken:
    live = next(body for body in stack.platform.all("service") if body["name"] == name)
    return Taken(host, name, live["id"], host)


@pytest.mark.parametrize("ours", [True, False])
def test_a_host_of_a_service_that_the_plan_does_not_change_is_refused_by_name(ours):
    web = service("web", hosts=A)
    stack = applied_stack(web) if ours else AppliedStack(FakePlatform(), empty())
    if not ours:
        stack.platform.create("service", {"name": "web", "image": "a", "hosts": A})
    wanted = [service("web")] if ours else []

    (reason,) = refusals_of(stack.plan(want(*wanted, service("api", hosts=["A.example "]))))

    assert reason == (
        "production/service/api declares the host a.example, which belongs to the service web"
        + (". This plan does not change that service. " if ours else ", which is not declared here. ")
        + "Remove the host there first, or remove it from the hosts of api."
    )


def test_a_host_of_another_stack_names_the_stack():
    stack = AppliedStack(FakePlatform(), empty(), {("service", "web"): "other"})
    stack.platform.create("service", {"name": "web", "image": "a", "hosts": A})

    (reason,) = refusals_of(stack.plan(want(service("api", hosts=A))))

    assert "belongs to the service web of the stack other." in reason


def test_a_host_that_an_update_adds_is_refused_and_its_own_hosts_are_not():
    stack = applied_stack(service("api", hosts=B))
    stack.platform.create("service", {"name": "web", "image": "a", "hosts": A})

    assert len(refusals_of(stack.plan(want(service("api", hosts=[*A, *B]))))) == 1
    assert refusals_of(stack.plan(want(service("api", hosts=B, replicas=2)))) == ()


def test_a_host_that_two_live_services_already_share_is_not_refused():
    stack = applied_stack(service("web", hosts=A), service("api"))
    next(body for body in stack.platform.all("service") if body["name"] == "api")["hosts"] = A

    plan = stack.plan(want(service("web", hosts=A), service("api", hosts=A, replicas=2)))

    assert (actions_of(plan), refusals_of(plan)) == (["update service/api"], ())


@pytest.mark.parametrize("gives_up", [[], B])
def test_a_moving_host_is_taken_from_its_service_which_is_written_later(gives_up):
    stack = applied_stack(service("web", hosts=A), service("api"))

    plan = stack.plan(want(service("web", hosts=gives_up), service("api", hosts=["A.example"])))

    assert actions_of(plan) == ["update service/api", "update service/web"]
    api, web = plan.changes
    assert (api.takes, api.needs, reason_of(api)) == ((taken(stack, "a.example", "web"),), (), GAP)
    assert (web.frees, web.needs, reason_of(web)) == (("a.example",), (at("api"),), "")
    assert refusals_of(plan) == ()


def test_a_new_service_can_take_several_hosts():
    stack = applied_stack(service("web", hosts=[*A, *B]))

    plan = stack.plan(want(service("web", hosts=[]), service("api", hosts=[*A, *B], replicas=2)))

    assert actions_of(plan) == ["create service/api", "update service/web"]
    assert [moved.host for moved in plan.changes[0].takes] == ["a.example", "b.example"]
    assert plan.changes[1].needs == (at("api"),)


@pytest.mark.parametrize("names", [("web", "api"), ("web", "api", "app")])
def test_hosts_that_move_in_a_cycle_are_freed_before_they_are_taken(names):
    hosts = [A, B, C][: len(names)]
    stack = applied_stack(*(service(name, hosts=host) for name, host in zip(names, hosts, strict=True)))
    turned = [*hosts[1:], hosts[0]]
    wanted = want(*(service(name, hosts=host) for name, host in zip(names, turned, strict=True)))

    plan = stack.plan(wanted)

    assert refusals_of(plan) == ()
    assert len(plan.changes) == len(names)
    assert all(len(planned.takes) == len(planned.frees) == 1 for planned in plan.changes)
    assert all("the host is briefly down" in reason_of(planned) for planned in plan.changes)
    stack.apply(plan)
    assert actions_of(stack.plan(wanted)) == []


def test_hosts_that_move_in_a_chain_start_at_its_free_end():
    stack = applied_stack(service("web", hosts=A), service("api", hosts=B), service("app"))

    plan = stack.plan(want(service("web", hosts=[]), service("api", hosts=A), service("app", hosts=B)))

    assert actions_of(plan) == ["update service/app", "update service/api", "update service/web"]


def test_dependencies_come_first_despite_moving_hosts():
    stack = applied_stack(service("web", hosts=A), service("api", hosts=B))

    first = stack.plan(want(service("web", hosts=[]), service("api", depends_on=("web",), hosts=A)))

    assert actions_of(first) == ["update service/web", "update service/api"]
    assert change(first, "service", "api").takes == (taken(stack, "a.example", "web"),)


def test_a_target_takes_hosts_only_from_planned_services():
    stack = applied_stack(service("web", hosts=A), service("api"))
    wanted = want(service("web", hosts=[]), service("api", hosts=A))

    alone = stack.plan(wanted, targets=frozenset({("service", "api")}))
    both = stack.plan(wanted, targets=frozenset({("service", "api"), ("service", "web")}))

    assert (
        "belongs to the service web. This plan does not change that service: add --target production/service/web"
        in refusals_of(alone)[0]
    )
    assert refusals_of(both) == ()


def test_a_host_of_a_held_service_is_refused_with_the_reason():
    given_up = service("web", image="b", hosts=[])
    stack = applied_stack(service("web", hosts=A), service("api"))
    stack.apply(stack.plan(want(given_up, service("api"))))
    web = next(owned for owned in stack.record.owned if owned.name == "web")
    stack.platform.get("service", web.id).update(image="a", hosts=A)
    rest = [owned for owned in stack.record.owned if owned is not web]
    stack.record = replace(stack.record, owned=(replace(web, state="rolled back"), *rest))

    (reason,) = refusals_of(stack.plan(want(given_up, service("api", hosts=A))))

    assert "the service web, which is held after a rollback and keeps its hosts" in reason


def test_after_an_interrupted_run_freed_hosts_are_not_drift():
    stack = applied_stack(service("web", hosts=A), service("api", hosts=B))
    wanted = want(service("web", hosts=B), service("api", hosts=A))
    plan = stack.plan(wanted)
    first = plan.changes[0]
    stack.apply(plan, stop_after=0)
    for moved in first.takes:
        stack.platform.get("service", moved.id)["hosts"] = []

    stack.record = resumed(stack.record, stack.state(), KEY)
    again = stack.plan(wanted)

    assert refusals_of(again) == ()
    assert [
        field.drift for planned in again.changes for field in planned.fields if field.path == "hosts"
    ] == [False] * 2
    stack.apply(again)
    assert actions_of(stack.plan(wanted)) == []


HIDDEN = {("hosts", ""): ((Part("Walnut-bridge", "NAME", sensitive=True), Part(".example", "")),)}


@pytest.mark.parametrize("landed, options", [(HIDDEN, {}), ({}, {"mask": ("hosts",)})])
@pytest.mark.parametrize("holder", ["not ours", "updated", "deleted"])
def test_no_message_about_a_host_has_the_value_of_a_sensitive_variable(holder, landed, options):
    hosts = ["walnut-bridge.example"]
    taker = replace(service("api", hosts=hosts), landed=landed)
    stack = (
        AppliedStack(FakePlatform(), empty())
        if holder == "not ours"
        else applied_stack(service("web", hosts=hosts))
    )
    if holder == "not ours":
        stack.platform.create("service", {"name": "web", "image": "a", "hosts": hosts})
    others = [service("web", hosts=B)] if holder == "updated" else []

    plan = stack.plan(want(*others, taker), **options)

    said = [*refusals_of(plan), reason_of(change(plan, "service", "api"))]
    assert any("(sensitive)" in text for text in said)
    assert not [text for text in said if "walnut" in text]
