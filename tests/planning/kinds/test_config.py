"""Configs are compared by their data."""

from reconciler.render.reasons import reason_of
from tests.planning.build import actions_of, declare, empty, paths, want
from tests.planning.platform import AppliedStack, FakePlatform, applied_stack
from tests.planning.versions import hand_made, rotated
from tests.words import notes_of


def test_a_config_that_differs_only_in_line_endings_says_so():
    stack = AppliedStack(FakePlatform(), empty())
    rotated(stack, "one\ntwo\n", kind="config")
    wanted = want(
        declare("config", "db", "one\r\ntwo\r\n"),
        declare("service", "api", {"image": "a", "configs": ["db"]}),
    )

    assert reason_of(stack.plan(wanted).changes[0]).startswith(
        "only its line endings changed; new version db.v2"
    )


def test_an_adopted_config_with_other_data_gets_a_new_version():
    stack = AppliedStack(FakePlatform(), empty())
    hand_made(stack, "db.v1", "config", "old")
    wanted = want(declare("config", "db", "new"))

    plan = stack.plan(wanted)

    (change,) = plan.changes
    assert (change.action, change.live_name) == ("adopt", "db.v2")
    assert reason_of(change) == (
        "it exists as db.v1 and is not managed; new version db.v2; kept: db.v1 (the previous version)"
    )
    assert paths(change) == {"data": ("old", "new")}
    assert [old.live_name for old in change.retires] == ["db.v1"]
    stack.apply(plan)
    assert actions_of(stack.plan(wanted)) == []
    assert actions_of(stack.plan(want(declare("config", "db", "old")))) == [
        "replace config/db",
        "delete config/db.v1",
    ]


def test_an_adopted_config_with_the_same_data_stays():
    stack = AppliedStack(FakePlatform(), empty())
    hand_made(stack, "db", "config", "same")

    (change,) = stack.plan(want(declare("config", "db", "same"))).changes

    assert (change.action, change.live_name, change.fields) == ("adopt", "db", ())


def test_an_adopted_config_with_other_data_retires_all_existing_versions():
    stack = AppliedStack(FakePlatform(), empty())
    hand_made(stack, "db.v1", "config", "older")
    hand_made(stack, "db.v2", "config", "old")

    plan = stack.plan(want(declare("config", "db", "new")))

    assert actions_of(plan) == ["adopt config/db", "delete config/db.v1"]
    assert [old.live_name for old in plan.changes[0].retires] == ["db.v1", "db.v2"]


def test_data_that_the_platform_stores_differently_is_reported_and_not_sent_again():
    conf = declare("config", "conf", "a\r\n")
    stack = applied_stack(conf)
    stack.platform.all("config")[0]["data"] = "a\n"

    plan = stack.plan(want(conf))

    assert actions_of(plan) == []
    assert notes_of(plan) == (
        "production/config/conf: the platform stores its data differently from what was sent.",
    )
    assert actions_of(stack.plan(want(declare("config", "conf", "b")))) == ["replace config/conf"]
