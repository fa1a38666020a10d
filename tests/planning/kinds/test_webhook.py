"""Webhooks: only their ids are unique."""

from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.model import COMPANY, Address, Desired, LiveState, Manifest, Plan
from reconciler.planning import make_plan
from reconciler.render.reasons import reason_of
from tests.planning.build import PLACE, actions_of, change, declare, empty, paths, want
from tests.planning.platform import AppliedStack, FakePlatform
from tests.words import notes_of, refusals_of


def ops(url: str = "https://hooks.example/a", **more: Any) -> Manifest:
    return declare("webhook", "ops", url, **more)


def stack_with_webhooks(*bodies: dict[str, Any], others: Any = None) -> AppliedStack:
    stack = AppliedStack(FakePlatform(), empty(), others or {})
    for body in bodies:
        stack.platform.create("webhook", {"label": "ops", "url": "https://hooks.example/a", **body})
    return stack


HERE = {"cluster_id": "cluster_1"}


def test_a_missing_webhook_is_created_and_only_its_host_is_shown():
    plan = stack_with_webhooks().plan(want(ops()))

    (only,) = plan.changes
    assert (only.action, only.live_name, reason_of(only), only.location) == ("create", "ops", "", PLACE)
    assert paths(only) == {"cluster_id": (None, "cluster_1"), "url": (None, "hooks.example (sensitive #1)")}
    assert only.action == "create"
    assert only.spec["url"].reveal() == "https://hooks.example/a"


def test_a_managed_webhook_is_found_by_its_id_even_if_changed():
    stack = stack_with_webhooks()
    stack.apply(stack.plan(want(ops())))
    assert actions_of(stack.plan(want(ops()))) == []
    assert stack.plan(want(ops())).unchanged == 1
    stack.platform.all("webhook")[0] |= {
        "label": "renamed",
        "cluster_id": None,
        "url": "https://evil.example/",
    }

    (only,) = stack.plan(want(ops())).changes

    assert (only.action, reason_of(only)) == ("update", "partly changed outside git")
    assert paths(only) == {
        "cluster_id": (None, "cluster_1"),
        "label": ("renamed", "ops"),
        "url": ("evil.example (sensitive #1)", "hooks.example (sensitive #2)"),
    }
    assert [field.drift for field in only.fields] == [True, False, True]
    assert (only.location, only.owned) == (PLACE, stack.record.owned[0])
    assert only.desired
    stack.apply(stack.plan(want(ops())))
    assert actions_of(stack.plan(want(ops()))) == []


def test_a_deleted_webhook_is_created_again_and_stays_protected():
    stack = stack_with_webhooks()
    stack.apply(stack.plan(want(ops(protect=True))))
    stack.platform.all("webhook").clear()

    (only,) = stack.plan(want(ops())).changes

    assert (only.action, reason_of(only)) == ("create", "it was deleted outside git")
    stack.apply(stack.plan(want(ops())))
    assert [owned.protected for owned in stack.record.owned] == [True]


@pytest.mark.parametrize(
    "url, fields", [("https://hooks.example/a", set()), ("https://hooks.example/b", {"url"})]
)
def test_an_unmanaged_webhook_is_found_by_label_and_cluster_and_adopted(url, fields):
    stack = stack_with_webhooks(HERE)

    (only,) = stack.plan(want(ops(url))).changes

    assert (only.action, reason_of(only), set(paths(only))) == (
        "adopt",
        "it exists and is not managed",
        fields,
    )
    stack.apply(stack.plan(want(ops(url))))
    assert len(stack.platform.all("webhook")) == 1
    assert actions_of(stack.plan(want(ops(url)))) == []


def test_a_webhook_of_another_cluster_or_of_the_company_does_not_match():
    stack = stack_with_webhooks({}, {"cluster_id": "cluster_2"}, {**HERE, "label": "dev"})

    plan = stack.plan(want(ops()))

    assert actions_of(plan) == ["create webhook/ops"]
    assert plan.unmanaged == (Address("production", "webhook", "dev"),)


def test_two_matching_webhooks_are_refused():
    plan = stack_with_webhooks(HERE, HERE).plan(want(ops()))

    assert plan.changes == ()
    assert refusals_of(plan) == (
        f"production/webhook/ops matches 2 webhooks: {1:025}, {2:025}. Delete all but one.",
    )


def test_the_recorded_webhook_is_used_even_if_another_has_its_label():
    stack = stack_with_webhooks()
    stack.apply(stack.plan(want(ops())))
    stack.platform.create("webhook", {"label": "ops", "url": "https://hooks.example/a", **HERE})

    plan = stack.plan(want(ops()))

    assert (actions_of(plan), refusals_of(plan)) == ([], ())
    assert plan.unmanaged == (ops().address,)


def test_a_webhook_of_another_stack_is_refused():
    plan = stack_with_webhooks(HERE, others={("webhook", f"{1:025}"): "other"}).plan(want(ops()))

    assert plan.changes == ()
    assert refusals_of(plan) == (
        "production/webhook/ops belongs to the stack other. An object can have only one owner.",
    )


def test_without_the_preview_feature_only_declared_webhooks_are_refused():
    stack = stack_with_webhooks()
    live = replace(stack.state(), missing={"webhooks": 404})

    def planned(*manifests: Manifest) -> Plan:
        return make_plan(want(*manifests), live, stack.record, stack.options(want(*manifests)))

    (reason,) = refusals_of(planned(ops()))
    assert reason.startswith("webhooks are declared, but the API answers 404 for them: a feature in preview")
    assert refusals_of(planned(declare("volume", "data"))) == ()


def test_managed_webhooks_that_can_not_be_listed_are_reported_and_stay():
    stack = stack_with_webhooks()
    stack.apply(stack.plan(want(ops())))
    live = stack.state()
    objects = {kind: found for kind, found in live.objects.items() if kind != "webhook"}
    desired = want(declare("volume", "data"))

    plan = make_plan(
        desired,
        replace(live, objects=objects, missing={"webhooks": 500}),
        stack.record,
        stack.options(desired),
    )

    assert actions_of(plan) == ["create volume/data"]
    assert refusals_of(plan) == ()
    assert notes_of(plan) == (
        "the API answers 500 for webhooks, so these were not checked: production/webhook/ops.",
    )


def company(*manifests: Manifest) -> Desired:
    moved = [replace(manifest, address=manifest.address._replace(cluster=COMPANY)) for manifest in manifests]
    return want(*moved, cluster=COMPANY)


def test_webhooks_of_the_company_need_no_cluster():
    stack = stack_with_webhooks({"label": "dev", **HERE}, {"label": "all"})
    live = LiveState("company_1", "Clinic", "", "", {"webhook": stack.state().objects["webhook"]})

    plan = make_plan(company(ops()), live, empty(), stack.options(company(ops())))

    assert actions_of(plan) == ["create webhook/ops"]
    assert change(plan, "webhook", "ops").spec["cluster_id"] == ""
    assert plan.unmanaged == (Address(COMPANY, "webhook", "all"),)
    assert refusals_of(plan) == ()


def test_an_undeclared_webhook_is_deleted_even_if_its_label_changed():
    stack = stack_with_webhooks()
    stack.apply(stack.plan(want(ops(), declare("volume", "data"))))
    stack.platform.all("webhook")[0]["label"] = "renamed"

    plan = stack.plan(want(ops(), declare("volume", "data")), targets=frozenset({("volume", "data")}))

    assert plan.unmanaged == ()
    assert actions_of(stack.plan(want(declare("volume", "data")))) == ["delete webhook/ops"]


def test_an_undeclared_webhook_is_deleted():
    stack = stack_with_webhooks()
    stack.apply(stack.plan(want(ops(), declare("webhook", "dev", "https://hooks.example/d"))))

    plan = stack.plan(want(declare("webhook", "dev", "https://hooks.example/d")))

    assert actions_of(plan) == ["delete webhook/ops"]
