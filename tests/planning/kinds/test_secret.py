"""Secrets are compared by their digests, if available."""

from msgspec.structs import replace

from reconciler.guard import missing_values
from reconciler.model import Address, Sensitive
from reconciler.render.reasons import reason_of
from tests.planning.build import actions_of, declare, empty, want
from tests.planning.platform import AppliedStack, FakePlatform, applied_stack
from tests.planning.versions import api, db, hand_made
from tests.words import in_words, notes_of


def test_a_value_that_is_not_available_is_unchecked_without_other_effects():
    stack = applied_stack(db(), api("db"))

    desired = want(db({"data": None, "source": "env:RECONCILER_SECRET_DB"}), api("db", replicas=2))
    plan = stack.plan(desired)

    assert actions_of(plan) == ["update service/api"]
    assert plan.unchecked == (db().address,)
    assert plan.unchanged == 1
    (missing,) = in_words(missing_values(plan, desired))
    assert "RECONCILER_SECRET_DB" in missing


def test_a_first_version_without_a_value_is_shown_as_a_create():
    plan = AppliedStack(FakePlatform(), empty()).plan(
        want(db({"data": None}), declare("secret", "token", {"data": None}))
    )

    assert actions_of(plan) == ["create secret/db", "create secret/token"]
    assert plan.unchecked == (db().address, Address("production", "secret", "token"))
    assert [change.fields[0].after for change in plan.changes] == ["(sensitive)", "(sensitive)"]


def test_a_changed_encrypted_text_is_a_change_without_its_value():
    stack = applied_stack(db({"sealed": "age 1", "data": Sensitive("one")}))

    same = stack.plan(want(db({"sealed": "age 1", "data": None})))
    other = stack.plan(want(db({"sealed": "age 2", "data": None})))

    assert (actions_of(same), same.unchecked) == ([], ())
    assert actions_of(other) == ["replace secret/db"]
    assert other.unchecked == (db().address,)


def test_a_value_recorded_under_another_key_counts_as_changed():
    stack = applied_stack(db())
    stack.record = replace(stack.record, owned=(replace(stack.record.owned[0], digest="hmac-sha256:other"),))

    (change,) = stack.plan(want(db())).changes

    assert change.action == "replace"
    assert reason_of(change).startswith(
        "its value was recorded under another digest key, so it counts as changed; "
    )


def test_a_value_without_a_recorded_digest_counts_as_changed():
    stack = applied_stack(db())
    stack.record = replace(stack.record, owned=(replace(stack.record.owned[0], digest=""),))

    (change,) = stack.plan(want(db())).changes

    assert reason_of(change) == (
        "no digest of its value is recorded, so it counts as changed; new version db.v2; "
        "kept: db.v1 (the previous version)"
    )


def test_an_adoption_without_a_value_cannot_be_applied():
    stack = AppliedStack(FakePlatform(), empty())
    hand_made(stack, "db.v1")

    plan = stack.plan(want(db({"data": None})))

    assert actions_of(plan) == ["adopt secret/db"]
    assert plan.unchecked == (db().address,)
    assert notes_of(plan) == ()
