"""Webhooks: nothing about one is unique but its id."""

from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.model import COMPANY, Address, Desired, LiveState, Manifest, Plan
from reconciler.planning import make_plan
from reconciler.render.reasons import reason_of
from tests.planning.build import PLACE, change, declare, empty, paths, told, want
from tests.planning.platform import Platform, Site
from tests.words import notes_of, refusals_of


def ops(url: str = "https://hooks.example/a", **more: Any) -> Manifest:
    return declare("webhook", "ops", url, **more)


def site_with(*bodies: dict[str, Any], others: Any = None) -> Site:
    site = Site(Platform(), empty(), others or {})
    for body in bodies:
        site.platform.create("webhook", {"label": "ops", "url": "https://hooks.example/a", **body})
    return site


HERE = {"cluster_id": "cluster_1"}


def test_what_is_missing_is_created_with_its_host_shown_and_nothing_more():
    plan = site_with().plan(want(ops()))

    (only,) = plan.changes
    assert (only.action, only.live_name, reason_of(only), only.location) == ("create", "ops", "", PLACE)
    assert paths(only) == {"cluster_id": (None, "cluster_1"), "url": (None, "hooks.example (sensitive #1)")}
    assert only.action == "create"
    assert only.spec["url"].reveal() == "https://hooks.example/a"


def test_what_is_managed_is_found_by_its_id_whatever_became_of_it():
    site = site_with()
    site.apply(site.plan(want(ops())))
    assert told(site.plan(want(ops()))) == []
    assert site.plan(want(ops())).unchanged == 1
    site.platform.all("webhook")[0] |= {
        "label": "renamed",
        "cluster_id": None,
        "url": "https://evil.example/",
    }

    (only,) = site.plan(want(ops())).changes

    assert (only.action, reason_of(only)) == ("update", "partly changed outside git")
    assert paths(only) == {
        "cluster_id": (None, "cluster_1"),
        "label": ("renamed", "ops"),
        "url": ("evil.example (sensitive #1)", "hooks.example (sensitive #2)"),
    }
    assert [field.drift for field in only.fields] == [True, False, True]
    assert (only.location, only.owned) == (PLACE, site.record.owned[0])
    assert only.desired
    site.apply(site.plan(want(ops())))
    assert told(site.plan(want(ops()))) == []


def test_what_is_gone_is_made_again_and_stays_protected():
    site = site_with()
    site.apply(site.plan(want(ops(protect=True))))
    site.platform.all("webhook").clear()

    (only,) = site.plan(want(ops())).changes

    assert (only.action, reason_of(only)) == ("create", "it was deleted outside git")
    site.apply(site.plan(want(ops())))
    assert [owned.protected for owned in site.record.owned] == [True]


@pytest.mark.parametrize(
    "url, fields", [("https://hooks.example/a", set()), ("https://hooks.example/b", {"url"})]
)
def test_what_is_not_managed_is_found_by_label_and_cluster_and_adopted(url, fields):
    site = site_with(HERE)

    (only,) = site.plan(want(ops(url))).changes

    assert (only.action, reason_of(only), set(paths(only))) == (
        "adopt",
        "it exists and is not managed",
        fields,
    )
    site.apply(site.plan(want(ops(url))))
    assert len(site.platform.all("webhook")) == 1
    assert told(site.plan(want(ops(url)))) == []


def test_one_of_another_cluster_or_of_the_company_is_another():
    site = site_with({}, {"cluster_id": "cluster_2"}, {**HERE, "label": "dev"})

    plan = site.plan(want(ops()))

    assert told(plan) == ["create webhook/ops"]
    assert plan.unmanaged == (Address("production", "webhook", "dev"),)


def test_two_matches_are_refused_not_guessed():
    plan = site_with(HERE, HERE).plan(want(ops()))

    assert plan.changes == ()
    assert refusals_of(plan) == (
        f"production/webhook/ops matches 2 webhooks: {1:025}, {2:025}. Delete all but one.",
    )


def test_the_recorded_one_is_meant_even_if_another_has_its_label():
    site = site_with()
    site.apply(site.plan(want(ops())))
    site.platform.create("webhook", {"label": "ops", "url": "https://hooks.example/a", **HERE})

    plan = site.plan(want(ops()))

    assert (told(plan), refusals_of(plan)) == ([], ())
    assert plan.unmanaged == (ops().address,)


def test_what_another_stack_owns_is_refused():
    plan = site_with(HERE, others={("webhook", f"{1:025}"): "other"}).plan(want(ops()))

    assert plan.changes == ()
    assert refusals_of(plan) == (
        "production/webhook/ops belongs to the stack other. An object can have only one owner.",
    )


def test_without_the_feature_what_is_declared_is_refused_and_nothing_else():
    site = site_with()
    live = replace(site.state(), missing={"webhooks": 404})

    def planned(*manifests: Manifest) -> Plan:
        return make_plan(want(*manifests), live, site.record, site.options(want(*manifests)))

    (reason,) = refusals_of(planned(ops()))
    assert reason.startswith("webhooks are declared, but the API answers 404 for them: a feature in preview")
    assert refusals_of(planned(declare("volume", "data"))) == ()


def test_what_is_managed_and_cannot_be_looked_at_is_reported_and_stays():
    site = site_with()
    site.apply(site.plan(want(ops())))
    live = site.state()
    objects = {kind: found for kind, found in live.objects.items() if kind != "webhook"}
    desired = want(declare("volume", "data"))

    plan = make_plan(
        desired, replace(live, objects=objects, missing={"webhooks": 500}), site.record, site.options(desired)
    )

    assert told(plan) == ["create volume/data"]
    assert refusals_of(plan) == ()
    assert notes_of(plan) == (
        "the API answers 500 for webhooks, so these were not checked: production/webhook/ops.",
    )


def company(*manifests: Manifest) -> Desired:
    moved = [replace(manifest, address=manifest.address._replace(cluster=COMPANY)) for manifest in manifests]
    return want(*moved, cluster=COMPANY)


def test_webhooks_of_the_company_need_no_cluster():
    site = site_with({"label": "dev", **HERE}, {"label": "all"})
    live = LiveState("company_1", "Clinic", "", "", {"webhook": site.state().objects["webhook"]})

    plan = make_plan(company(ops()), live, empty(), site.options(company(ops())))

    assert told(plan) == ["create webhook/ops"]
    assert change(plan, "webhook", "ops").spec["cluster_id"] == ""
    assert plan.unmanaged == (Address(COMPANY, "webhook", "all"),)
    assert refusals_of(plan) == ()


def test_what_left_is_deleted_whatever_its_label_is_by_now():
    site = site_with()
    site.apply(site.plan(want(ops(), declare("volume", "data"))))
    site.platform.all("webhook")[0]["label"] = "renamed"

    plan = site.plan(want(ops(), declare("volume", "data")), targets=frozenset({("volume", "data")}))

    assert plan.unmanaged == ()
    assert told(site.plan(want(declare("volume", "data")))) == ["delete webhook/ops"]


def test_what_left_is_deleted():
    site = site_with()
    site.apply(site.plan(want(ops(), declare("webhook", "dev", "https://hooks.example/d"))))

    plan = site.plan(want(declare("webhook", "dev", "https://hooks.example/d")))

    assert told(plan) == ["delete webhook/ops"]
