"""Volumes are created and adopted, never replaced, and deleted only by name."""

from msgspec.structs import replace

from reconciler.guard import guard
from reconciler.model import Owned
from reconciler.render.reasons import reason_of
from tests.planning.build import PLACE, actions_of, declare, empty, want
from tests.planning.platform import AppliedStack, FakePlatform
from tests.words import in_words, refusals_of

DATA = declare("volume", "data")


def stack_with_volumes(*made: str, others: str = "") -> AppliedStack:
    stack = AppliedStack(FakePlatform(), empty(), {("volume", "data"): others} if others else {})
    for name in made:
        stack.platform.create("volume", {"name": name})
    return stack


def test_a_missing_volume_is_created():
    plan = stack_with_volumes().plan(want(DATA))

    (change,) = plan.changes
    assert (change.action, reason_of(change), change.live_name, change.fields, change.location) == (
        "create",
        "",
        "data",
        (),
        PLACE,
    )


def test_a_managed_volume_is_unchanged():
    stack = stack_with_volumes()
    stack.apply(stack.plan(want(DATA)))

    plan = stack.plan(want(DATA))

    assert (plan.changes, plan.unchanged) == ((), 1)


def test_an_existing_volume_is_adopted():
    (change,) = stack_with_volumes("data").plan(want(DATA)).changes

    assert (change.action, reason_of(change)) == ("adopt", "it exists and is not managed")
    assert change.live
    assert change.live.name == "data"


def test_each_volume_is_planned_independently():
    stack = stack_with_volumes("a", "b", "C")
    stack.others = {("volume", "b"): "other"}
    stack.record = replace(empty(), owned=(Owned("volume", "a", "a", stack.platform.all("volume")[0]["id"]),))

    plan = stack.plan(want(*[declare("volume", name) for name in ("a", "b", "c", "data")]))

    assert actions_of(plan) == ["create volume/data"]
    assert len(refusals_of(plan)) == 2


def test_a_deleted_volume_is_created_again_empty_and_stays_protected():
    stack = stack_with_volumes()
    stack.apply(stack.plan(want(declare("volume", "data", protect=True))))
    stack.platform.all("volume").clear()

    (change,) = stack.plan(want(DATA)).changes

    assert (change.action, reason_of(change)) == (
        "create",
        "it was deleted outside git; the new one is empty",
    )
    stack.apply(stack.plan(want(DATA)))
    assert [(owned.live_name, owned.protected) for owned in stack.record.owned] == [("data", True)]


def test_another_volume_with_the_name_is_not_managed():
    stack = stack_with_volumes()
    stack.apply(stack.plan(want(DATA)))
    stack.platform.all("volume")[0]["id"] = "another"

    (change,) = stack.plan(want(DATA)).changes

    assert (change.action, reason_of(change)) == ("adopt", "it exists and is not managed")


def test_a_volume_of_another_stack_is_refused():
    plan = stack_with_volumes("data", others="other").plan(want(DATA))

    assert plan.changes == ()
    assert refusals_of(plan) == (
        "production/volume/data belongs to the stack other of this cluster. An object can have only one owner.",
    )


def test_a_name_that_differs_in_case_is_refused():
    plan = stack_with_volumes("Data").plan(want(DATA))

    assert plan.changes == ()
    assert refusals_of(plan) == (
        "production/volume/data exists as Data, and the platform's names are case-insensitive.",
    )
    both = stack_with_volumes("Data", "other")
    both.platform.all("volume")[1]["name"] = "data"
    assert actions_of(both.plan(want(DATA))) == ["adopt volume/data"]


def test_an_undeclared_volume_is_deleted_only_if_named_under_removed():
    stack = stack_with_volumes()
    stack.apply(stack.plan(want(DATA, declare("volume", "cache"))))
    consenting = want(declare("volume", "cache"), removed=[("volume", "data")])

    silent, named = stack.plan(want(declare("volume", "cache"))), stack.plan(consenting)

    assert actions_of(silent) == actions_of(named) == ["delete volume/data"]
    assert in_words(guard(silent, want(), stack.state(), stack.record, adopt=False))
    assert in_words(guard(named, consenting, stack.state(), stack.record, adopt=False)) == ()


def test_a_volumes_id_may_be_recorded_later():
    stack = stack_with_volumes("data")
    stack.record = replace(empty(), owned=(Owned("volume", "data", "data", ""),))

    assert actions_of(stack.plan(want(DATA))) == []
