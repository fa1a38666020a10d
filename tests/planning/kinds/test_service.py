"""Services: created, changed, adopted, held and refused."""

from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.guard import guard
from reconciler.model import Manifest, Owned, RecordedState
from reconciler.render.reasons import reason_of
from tests.planning.build import PLACE, actions_of, change, declare, empty, paths, want
from tests.planning.platform import AppliedStack, FakePlatform, applied_stack
from tests.words import in_words, refusals_of


def api(**fields: Any) -> Manifest:
    return declare("service", "api", {"image": "a:1", "replicas": 1, **fields})


def recorded(stack: AppliedStack, state: RecordedState, **more: Any) -> Owned:
    """The record's entry of the only service, in that state."""
    (owned,) = stack.record.owned
    stack.record = replace(stack.record, owned=(replace(owned, state=state, **more),))
    return stack.record.owned[0]


def test_a_missing_service_is_created_with_all_set_fields():
    plan = AppliedStack(FakePlatform(), empty()).plan(want(api(command="", hosts=["a.example"])))

    (only,) = plan.changes
    assert (only.action, only.live_name, only.location, reason_of(only)) == ("create", "api", PLACE, "")
    assert only.action == "create"
    assert only.spec == {"image": "a:1", "replicas": 1, "hosts": ["a.example"]}
    assert paths(only) == {"image": (None, "a:1"), "replicas": (None, 1), "hosts": (None, ["a.example"])}
    assert only.restarts == ()
    assert plan.unchanged == 0


def test_a_service_that_is_as_declared_is_unchanged():
    stack = applied_stack(api())

    plan = stack.plan(want(api()))

    assert (plan.changes, plan.unchanged, plan.verify, plan.held) == ((), 1, (), ())


def test_a_deleted_service_is_planned_again_with_the_reason():
    stack = applied_stack(api())
    stack.platform.all("service").clear()

    plan = stack.plan(want(api()))

    assert actions_of(plan) == ["create service/api"]
    assert reason_of(plan.changes[0]) == "it was deleted outside git"
    assert plan.changes[0].owned == stack.record.owned[0]


@pytest.mark.parametrize(
    "fields, restarts",
    [
        ({"image": "a:2"}, ("api",)),
        ({"environment_variables": {"A": "1"}}, ("api",)),
        ({"command": "x"}, ("api",)),
        ({"args": "x"}, ("api",)),
        ({"placement_constraints": ["node.role == worker"]}, ("api",)),
        ({"replicas": 2}, ()),
        ({"hosts": ["a.example"]}, ()),
        ({"update_delay": 3}, ()),
    ],
)
def test_a_service_that_differs_is_updated_and_restarts_only_if_tasks_change(fields, restarts):
    stack = applied_stack(api())

    (only,) = stack.plan(want(api(**fields))).changes

    assert only.action == "update"
    assert {path.partition(".")[0] for path in paths(only)} == set(fields)
    assert only.restarts == restarts
    assert reason_of(only) == ""
    assert only.location == PLACE
    assert only.owned == stack.record.owned[0]


def test_drift_is_distinguished_from_changes_in_git():
    stack = applied_stack(api())
    stack.platform.all("service")[0]["replicas"] = 5

    (drift,) = stack.plan(want(api())).changes
    (both,) = stack.plan(want(api(image="a:2"))).changes
    (change_alone,) = stack.plan(want(api(image="a:2", replicas=5))).changes

    assert (reason_of(drift), [field.drift for field in drift.fields]) == ("changed outside git", [True])
    assert (reason_of(both), [field.drift for field in both.fields]) == (
        "partly changed outside git",
        [False, True],
    )
    assert (reason_of(change_alone), [field.drift for field in change_alone.fields]) == ("", [False])


@pytest.mark.parametrize("state", ["failed", "rolled back"])
def test_the_result_of_a_failed_rollout_is_not_drift(state):
    stack = applied_stack(api())
    stack.platform.all("service")[0]["replicas"] = 5
    recorded(stack, state)

    (only,) = stack.plan(want(api()), retry=True).changes

    assert not only.fields[0].drift


@pytest.mark.parametrize("state", ["unverified", "failed", "rolled back"])
def test_an_unverified_service_without_differences_is_verified_again(state):
    stack = applied_stack(api())
    owned = recorded(stack, state)

    plan = stack.plan(want(api()))

    assert (plan.changes, plan.verify, plan.unchanged) == ((), (owned,), 1)


def test_a_rolled_back_service_is_held_until_it_changes_or_retry_is_given():
    stack = applied_stack(api())
    wanted = api(image="a:2", command="", environment_variables={"A": "1"})
    stack.apply(stack.plan(want(wanted)))
    recorded(stack, "rolled back")
    stack.platform.all("service")[0]["image"] = "a:1@sha256:ab"

    held = stack.plan(want(wanted))

    assert (held.changes, held.unchanged, held.verify) == ((), 1, ())
    assert held.held == (wanted.address,)
    assert actions_of(stack.plan(want(wanted), retry=True)) == ["update service/api"]
    assert actions_of(stack.plan(want(api(image="a:3")))) == ["update service/api"]


def test_a_recorded_service_without_an_id_is_identified_by_its_name():
    stack = applied_stack(api())
    stack.record = replace(stack.record, owned=(replace(stack.record.owned[0], id=""),))

    assert actions_of(stack.plan(want(api(replicas=2)))) == ["update service/api"]
    assert actions_of(stack.plan(want())) == ["delete service/api"]
    assert stack.plan(want(api())).unmanaged == ()


def test_changing_the_protection_of_a_held_service_changes_nothing_else():
    stack = applied_stack(api())
    stack.apply(stack.plan(want(api(image="a:2"))))
    recorded(stack, "rolled back")
    stack.platform.all("service")[0]["image"] = "a:1@sha256:ab"
    wanted = declare("service", "api", {"image": "a:2", "replicas": 1}, protect=True)

    plan = stack.plan(want(wanted))

    assert (actions_of(plan), plan.unchanged, plan.held) == (["update service/api"], 0, (wanted.address,))
    assert list(paths(plan.changes[0])) == ["lifecycle.prevent_destroy"]


def test_only_a_rolled_back_spec_is_held():
    stack = applied_stack(api())
    recorded(stack, "failed")
    stack.platform.all("service")[0]["replicas"] = 5

    assert actions_of(stack.plan(want(api()))) == ["update service/api"]


@pytest.mark.parametrize("fields", [{}, {"replicas": 2}])
def test_an_existing_unmanaged_service_is_adopted(fields):
    stack = AppliedStack(FakePlatform(), empty())
    stack.platform.create("service", {"name": "api", "image": "a:1", "command": "serve"})

    plan = stack.plan(want(api(**fields)))

    (only,) = plan.changes
    assert (only.action, reason_of(only), only.owned) == ("adopt", "it exists and is not managed", None)
    assert set(paths(only)) == set(fields)
    assert not any(field.drift for field in only.fields)
    assert in_words(guard(plan, want(api(**fields)), stack.state(), stack.record, adopt=False))
    stack.apply(plan)
    assert stack.platform.all("service")[0]["command"] == "serve"
    assert actions_of(stack.plan(want(api(**fields)))) == []


def test_changes_of_an_adoption_are_masked_too():
    stack = AppliedStack(FakePlatform(), empty())
    variables = [{"key": "TOKEN", "value": "hunter1"}, {"key": "LOG", "value": "a"}]
    stack.platform.create("service", {"name": "api", "image": "a:1", "environment_variables": variables})

    (only,) = stack.plan(
        want(api(environment_variables={"TOKEN": "hunter2", "LOG": "b"})), mask=("LOG",)
    ).changes

    assert paths(only) == {
        "environment_variables.LOG": ("(sensitive #1)", "(sensitive #2)"),
        "environment_variables.TOKEN": ("(sensitive #3)", "(sensitive #4)"),
    }


def test_another_service_with_the_name_is_adopted_and_stays_protected():
    stack = applied_stack(declare("service", "api", {"image": "a:1"}, protect=True))
    stack.platform.all("service")[0] |= {"id": "another", "image": "b"}

    (only,) = stack.plan(want(api())).changes

    assert (only.action, reason_of(only)) == ("adopt", "another object took its name outside git")
    assert only.owned == stack.record.owned[0]
    assert not any(field.drift for field in only.fields)
    stack.apply(stack.plan(want(api())))
    (owned,) = stack.record.owned
    assert (owned.id, owned.protected) == ("another", True)


@pytest.mark.parametrize("ours, shown", [(True, ["update service/api"]), (False, [])])
def test_an_update_that_would_lose_parts_is_refused(ours, shown):
    stack = applied_stack(api())
    stack.platform.all("service")[0]["labels"] = ["x"]
    stack.record = stack.record if ours else empty()

    plan = stack.plan(want(api(replicas=2)))

    (reason,) = refusals_of(plan)
    assert reason.startswith("production/service/api cannot be updated without losing fields: it has fields ")
    assert reason.endswith(" does not know: labels. To send them back as they are, add --keep-field labels.")
    assert actions_of(plan) == shown


@pytest.mark.parametrize("ours, changes", [(True, []), (False, ["adopt service/api"])])
def test_parts_that_a_put_would_lose_do_not_matter_without_an_update(ours, changes):
    stack = applied_stack(api())
    stack.platform.all("service")[0]["labels"] = ["x"]
    stack.record = stack.record if ours else empty()

    plan = stack.plan(want(api()))

    assert (actions_of(plan), refusals_of(plan)) == (changes, ())


@pytest.mark.parametrize(
    "name, image, live_image",
    [
        ("loadbalancer", "a", ""),
        ("Traefik", "a", ""),
        ("edge", "traefik:2", ""),
        ("edge", "a", "mirror/traefik:3"),
    ],
)
def test_the_load_balancer_is_never_written_even_if_declared(name, image, live_image):
    stack = AppliedStack(FakePlatform(), empty())
    if live_image:
        stack.platform.create("service", {"name": name, "image": live_image})

    plan = stack.plan(want(declare("service", name, {"image": image})))

    assert plan.changes == ()
    assert refusals_of(plan) == (
        (
            f"production/service/{name} is the platform's load balancer. It is never written: remove it from the "
            "manifest."
        ),
    )


def test_a_service_that_became_the_load_balancer_is_not_written_for_its_protection():
    stack = applied_stack(api())
    stack.platform.all("service")[0]["image"] = "traefik:2"

    plan = stack.plan(want(declare("service", "api", {"image": "a:1"}, protect=True)))

    assert plan.changes == ()
    assert len(refusals_of(plan)) == 1


def test_a_service_of_another_stack_is_refused():
    stack = AppliedStack(FakePlatform(), empty(), {("service", "api"): "other"})
    stack.platform.create("service", {"name": "api", "image": "a:1"})

    plan = stack.plan(want(api()))

    assert plan.changes == ()
    assert refusals_of(plan) == (
        "production/service/api belongs to the stack other of this cluster. An object can have only one owner.",
    )


def test_a_name_that_differs_in_case_is_refused():
    stack = AppliedStack(FakePlatform(), empty())
    stack.platform.create("service", {"name": "API", "image": "a:1"})

    plan = stack.plan(want(api()))

    assert plan.changes == ()
    assert refusals_of(plan) == (
        "production/service/api exists as API, and the platform's names are case-insensitive.",
    )


def test_ignored_fields_are_used_only_on_create():
    ignoring = declare("service", "api", {"image": "a:1", "replicas": 3}, ignore=["replicas"])
    stack = AppliedStack(FakePlatform(), empty())

    assert change(stack.plan(want(ignoring)), "service", "api").spec["replicas"] == 3
    stack.apply(stack.plan(want(ignoring)))
    stack.platform.all("service")[0]["replicas"] = 9
    assert actions_of(stack.plan(want(ignoring))) == []
    again = replace(ignoring, spec={"image": "a:2", "replicas": 1})
    stack.apply(stack.plan(want(again)))
    assert stack.platform.all("service")[0]["replicas"] == 9


def test_an_ignored_variable_keeps_its_live_value():
    def with_variables(**variables: str) -> Manifest:
        fields = {"image": "a:1", "environment_variables": variables}
        return declare("service", "api", fields, ignore=["environment_variables.PW"])

    def live() -> dict[str, str]:
        return {
            variable["key"]: variable["value"]
            for variable in stack.platform.all("service")[0]["environment_variables"]
        }

    stack = AppliedStack(FakePlatform(), empty())
    stack.apply(stack.plan(want(with_variables(A="1", PW="first"))))
    assert live() == {"A": "1", "PW": "first"}
    stack.platform.all("service")[0]["environment_variables"] = [
        {"key": "A", "value": "1"},
        {"key": "PW", "value": "by hand"},
    ]

    assert actions_of(stack.plan(want(with_variables(A="1", PW="second")))) == []
    assert actions_of(stack.plan(want(with_variables(A="1")))) == []
    plan = stack.plan(want(with_variables(A="2", B="3")))

    assert paths(plan.changes[0]) == {
        "environment_variables.A": ("1", "2"),
        "environment_variables.B": (None, "3"),
    }
    stack.apply(plan)
    assert live() == {"A": "2", "B": "3", "PW": "by hand"}
    stack.apply(stack.plan(want(with_variables())))
    assert live() == {"PW": "by hand"}


def test_an_unknown_field_is_kept_if_its_name_is_given():
    stack = applied_stack(api())
    stack.platform.all("service")[0]["labels"] = {"tier": "gold"}

    refused = stack.plan(want(api(replicas=2)))
    planned = stack.plan(want(api(replicas=2)), keep=frozenset({"labels"}))

    (reason,) = refusals_of(refused)
    assert reason == (
        "production/service/api cannot be updated without losing fields: it has fields this version does not know: "
        "labels. To send them back as they are, add --keep-field labels."
    )
    assert refusals_of(planned) == ()
    assert change(planned, "service", "api").keeps == ("labels",)


def test_an_ignored_variable_that_is_not_live_is_not_added():
    stack = applied_stack(api(environment_variables={"A": "1"}))
    ignoring = declare(
        "service",
        "api",
        {"image": "a:1", "environment_variables": {"A": "1", "PW": "x"}},
        ignore=["environment_variables.PW"],
    )

    assert actions_of(stack.plan(want(ignoring))) == []


def test_an_empty_value_clears_a_field_and_a_missing_field_stays():
    stack = applied_stack(
        api(hosts=["a.example"], command="serve", environment_variables={"A": "1"}, args="x")
    )

    (only,) = stack.plan(want(api(hosts=[], command="", environment_variables={}))).changes

    assert paths(only) == {
        "command": ("serve", None),
        "environment_variables.A": ("1", None),
        "hosts": (["a.example"], None),
    }
    stack.apply(stack.plan(want(api(hosts=[], command="", environment_variables={}))))
    body = stack.platform.all("service")[0]
    assert (body["hosts"], body["command"], body["environment_variables"], body["args"]) == ([], "", [], "x")
