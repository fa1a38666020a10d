"""``prevent_destroy`` is kept in the record: it stays after the block is removed, and only false or ``removed``
lifts it.
"""

import pytest

from reconciler.guard import guard
from reconciler.model import Manifest, Move
from reconciler.render.reasons import reason_of
from tests.planning.build import PLACE, actions_of, declare, paths, want
from tests.planning.platform import AppliedStack, applied_stack
from tests.words import in_words


def api(protect: bool | None = None, image: str = "a") -> Manifest:
    return declare("service", "api", {"image": image}, protect=protect)


def is_protected(stack: AppliedStack) -> bool:
    return stack.record.owned[0].protected


@pytest.mark.parametrize("before, said, shown", [
    (None, True, True), (True, False, True), (True, True, False), (True, None, False), (None, False, False),
    (None, None, False),
])  # fmt: skip
def test_a_change_of_protection_is_shown_and_a_missing_field_changes_nothing(before, said, shown):
    stack = applied_stack(api(before))

    plan = stack.plan(want(api(said)))

    assert actions_of(plan) == (["update service/api"] if shown else [])
    assert plan.unchanged == (0 if shown else 1)
    stack.apply(plan)
    assert is_protected(stack) is bool(before if said is None else said)
    assert actions_of(stack.plan(want(api(said)))) == []


def test_a_change_of_the_record_alone_says_so_and_writes_nothing():
    stack = applied_stack(api())

    (change,) = stack.plan(want(api(True))).changes

    assert paths(change) == {"lifecycle.prevent_destroy": (False, True)}
    assert reason_of(change) == "recorded here; nothing is written to the object"
    assert change.action == "update"
    assert (change.live_name, change.location, change.restarts, change.spec) == ("api", PLACE, (), {})
    assert change.owned


def test_a_change_of_protection_is_a_field_of_another_change():
    (change,) = applied_stack(api()).plan(want(api(True, image="b"))).changes

    assert list(paths(change)) == ["image", "lifecycle.prevent_destroy"]


def test_a_rename_does_not_lift_protection():
    stack = applied_stack(api(True), declare("service", "rest", {"image": "a"}))
    desired = want(declare("service", "web", {"image": "a"}), declare("service", "rest", {"image": "a"}))
    renamed = Move(PLACE, "service", "api", "web", "", "", "service", "")

    plan = stack.plan(desired, replaced={("service", "api"): renamed})

    assert actions_of(plan) == ["create service/web", "delete service/api"]
    (why,) = in_words(guard(plan, desired, stack.state(), stack.record, adopt=False))
    assert "is protected by prevent_destroy" in why


@pytest.mark.parametrize(
    "kind, value", [("secret", "x"), ("config", "x"), ("volume", None), ("webhook", "https://h.example/")]
)
def test_every_owned_kind_can_be_protected(kind, value):
    stack = applied_stack(declare(kind, "one", value))

    stack.apply(stack.plan(want(declare(kind, "one", value, protect=True))))

    assert is_protected(stack)
    assert actions_of(stack.plan(want(declare(kind, "one", value)))) == []


def test_protection_survives_removal_of_the_block_and_deletes_outside_git():
    stack = applied_stack(api(True))

    plan = stack.plan(want())
    assert any(
        "is protected by prevent_destroy" in refusal
        for refusal in in_words(guard(plan, want(), stack.state(), stack.record, adopt=True))
    )

    stack.platform.all("service").clear()
    stack.apply(stack.plan(want(api())))
    assert is_protected(stack)


def test_protection_survives_a_new_version():
    stack = applied_stack(declare("secret", "db", "1", protect=True))

    stack.apply(stack.plan(want(declare("secret", "db", "2"))))

    assert [(owned.live_name, owned.protected) for owned in stack.record.owned if not owned.retired] == [
        ("db.v2", True)
    ]


def test_the_protection_of_a_deleted_object_is_recorded_with_its_new_object():
    stack = applied_stack(api())
    stack.platform.all("service").clear()

    (change,) = stack.plan(want(api(True))).changes

    assert change.action == "create"
    assert paths(change)["lifecycle.prevent_destroy"] == (False, True)
    stack.apply(stack.plan(want(api(True))))
    assert is_protected(stack)


def test_a_run_of_targets_does_not_change_the_protection_of_others():
    stack = applied_stack(api(), declare("volume", "data"))
    desired = want(api(True), declare("volume", "data", protect=True))

    assert actions_of(stack.plan(desired, targets=frozenset({("volume", "data")}))) == ["update volume/data"]
