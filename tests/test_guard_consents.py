"""All other guards, and the consent that lifts each."""

from typing import Any

import pytest

from reconciler.guard import guard, missing_values
from reconciler.model import Address, Change, Desired, LiveState, Owned, Plan, Record
from reconciler.model.reason import Worded
from reconciler.render.refusals import NAMED
from tests.changes import change_of
from tests.planning.build import PLACE, declare, empty, want
from tests.words import in_words


def owned(kind: str, name: str, **more: Any) -> Owned:
    return Owned(kind, name, more.pop("live_name", name), f"id-{name}", **more)


def delete(entry: Owned, *, consented: bool = False) -> Any:
    address = Address("production", entry.kind, entry.live_name if entry.retired else entry.name)
    return change_of(address, "delete", live_name=entry.live_name, owned=entry, consented=consented)


def plan_of(*changes: Change, refusals: tuple[Worded, ...] = (), unchecked: tuple[Address, ...] = ()) -> Plan:
    return Plan(
        "production", "cluster_1", "company_1", "default", changes, refusals=refusals, unchecked=unchecked
    )


LIVE = LiveState("company_1", "Clinic", "cluster_1", "production", {})


def refusals_in(
    plan: Plan, *records: Owned, desired: Desired | None = None, adopt: bool = True
) -> tuple[str, ...]:
    return in_words(guard(plan, desired or want(), LIVE, Record("default", owned=records), adopt=adopt))


MANY = [owned("service", f"s{number}") for number in range(10)]


def test_a_harmless_plan_is_not_refused():
    assert refusals_in(plan_of()) == ()
    assert in_words(guard(plan_of(), want(), LIVE, empty(), adopt=False)) == ()


def test_refusals_of_planning_come_first():
    adopted = change_of(Address("production", "service", "api"), "adopt")

    first, second = refusals_in(plan_of(adopted, refusals=(Worded("no"),)), adopt=False)

    assert first == "no"
    assert second == (
        "production/service/api exists and is not managed. Take it over with --adopt, or remove it from the "
        "manifests."
    )


def test_a_requested_adoption_is_not_refused():
    assert refusals_in(plan_of(change_of(Address("production", "service", "api"), "adopt")), adopt=True) == ()


@pytest.mark.parametrize("company", [None, "company_1", "Clinic"])
def test_the_company_may_be_given_by_id_or_name(company):
    assert refusals_in(plan_of(), desired=want(company=company)) == ()


@pytest.mark.parametrize("company", ["company_2", "clinic", ""])
def test_a_wrong_company_is_refused(company):
    (reason,) = refusals_in(plan_of(), desired=want(company=company))

    assert reason == (
        f"{PLACE}: the manifest is for the company {company}, but the token belongs to Clinic (company_1). "
        "Use that company's token, or correct the manifest."
    )


@pytest.mark.parametrize("deletes, of, refused", [
    (1, 10, False), (2, 3, False), (3, 10, False), (3, 9, True), (4, 10, True), (1, 1, True), (2, 2, True),
    (0, 0, False), (1, 2, False),
])  # fmt: skip
def test_three_deletes_of_over_30_per_cent_or_all_deletes_are_refused(deletes, of, refused):
    reasons = refusals_in(plan_of(*[delete(owned_service) for owned_service in MANY[:deletes]]), *MANY[:of])

    names = ", ".join(f"production/service/{owned_service.name}" for owned_service in MANY[:deletes])
    all_objects = "the only object" if of == 1 else f"all {of} objects"
    which = all_objects if deletes == of else f"{deletes} of the {of} objects"
    message = f"{which} of this stack would be deleted: {names}. "
    assert len(reasons) == refused
    assert all(reason.startswith(message) and "under removed" in reason for reason in reasons)


def test_deletes_with_consent_are_not_counted():
    assert (
        refusals_in(plan_of(*[delete(owned_service, consented=True) for owned_service in MANY]), *MANY) == ()
    )
    deletes = [delete(owned_service, consented=number < 8) for number, owned_service in enumerate(MANY)]
    assert refusals_in(plan_of(*deletes), *MANY) == ()


def test_old_versions_are_not_counted_as_objects():
    former = [owned("secret", "db", live_name=f"db.v{number}", retired=True) for number in range(20)]

    (reason,) = refusals_in(plan_of(*[delete(owned_service) for owned_service in MANY[:4]]), *MANY, *former)

    assert "4 of the 10" in reason


PROTECTED = owned("service", "api", protected=True)


def test_a_protected_object_is_not_deleted():
    (reason,) = refusals_in(plan_of(delete(PROTECTED, consented=True)), PROTECTED)

    assert reason == (
        "production/service/api is protected by prevent_destroy, even after its block was removed. To delete it, "
        "name it under removed.services; to lift the protection, declare it with prevent_destroy: false and apply."
    )


def test_an_entry_under_removed_lifts_protection():
    desired = want(removed=[("service", "api")])

    assert refusals_in(plan_of(delete(PROTECTED, consented=True)), PROTECTED, desired=desired) == ()


def test_protection_does_not_keep_old_versions_of_declared_objects():
    current = owned("secret", "db", live_name="db.v3", protected=True)
    former = owned("secret", "db", live_name="db.v1", retired=True)
    sweep, declared = plan_of(delete(former, consented=True)), want(declare("secret", "db", "x"))

    assert refusals_in(sweep, current, former, desired=declared) == ()
    (reason,) = refusals_in(sweep, current, former)
    assert reason.startswith("production/secret/db.v1 is protected")
    (reason,) = refusals_in(plan_of(delete(current, consented=True)), current, former, desired=declared)
    assert reason.startswith("production/secret/db is protected")


def test_a_delete_of_an_unrecorded_object_is_identified_by_its_address():
    gone = change_of(Address("production", "service", "api"), "delete", consented=True)

    assert len(refusals_in(plan_of(gone), PROTECTED)) == 1
    assert refusals_in(plan_of(gone), owned("service", "web", protected=True)) == ()


def test_secrets_without_a_value_stop_an_apply_but_not_a_plan():
    db = declare("secret", "db", {"data": None})
    plan = plan_of(unchecked=(db.address,))

    assert refusals_in(plan, desired=want(db)) == ()
    (reason,) = in_words(missing_values(plan, want(db)))
    assert reason.startswith(f"{PLACE}: production/secret/db has no value: set the environment variable ")
    assert reason.endswith("RECONCILER_AGE_IDENTITY.")
    assert in_words(missing_values(plan_of(), want(db))) == ()
    named = declare("secret", "db", {"data": None, "source": "env:RECONCILER_SECRET_DB"})
    (reason,) = in_words(missing_values(plan, want(named)))
    assert reason.endswith("set the environment variable RECONCILER_SECRET_DB.")


def test_very_many_deletes_name_the_first_and_count_the_rest():
    crowd = [owned("service", f"s{number:04}") for number in range(1_500)]

    (reason,) = refusals_in(plan_of(*[delete(owned_service) for owned_service in crowd]), *crowd)

    assert f"production/service/s{NAMED - 1:04} and {1_500 - NAMED:,} more, which the plan lists" in reason
    assert f"s{NAMED:04}" not in reason
