"""Values that were sensitive when they were applied, and that the manifests no longer mark."""

from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.model import Lifecycle, Manifest, Part, Plan, Source
from reconciler.model.note import MovingTag
from reconciler.planning.earlier import sensitive_after
from reconciler.planning.resume import resumed
from reconciler.record.codec import Head, decode, encode
from tests.planning.build import actions_of, change, declare, want
from tests.planning.platform import KEY, applied_stack

OLD = "walnut-bridge-quokka"


def api(*sensitive: str, **fields: Any) -> Manifest:
    """A service; the values at the paths ``sensitive`` come from a sensitive variable."""
    part = ((Part(OLD, "LOGIN", sensitive=True),),)
    landed = {(path.partition(".")[0], path.partition(".")[2]): part for path in sensitive}
    return replace(declare("service", "api", {"image": "app:1", **fields}), landed=landed)


PLACES = [
    ("args", OLD, "new"),
    ("command", OLD, "new"),
    ("healthcheck_path", f"/{OLD}", "/new"),
    ("image", f"{OLD}:1", "app:2"),
    ("hosts", [f"{OLD}.example.com"], ["new.example.com"]),
    ("placement_constraints", [f"node.labels.a == {OLD}"], ["node.labels.a == new"]),
    ("environment_variables.A", {"A": OLD}, {"A": "new"}),
]


@pytest.mark.parametrize("path, old, new", PLACES)
def test_the_old_value_is_not_shown_beside_a_new_one_without_the_variable(path, old, new):
    field = path.partition(".")[0]
    stack = applied_stack(api(path, **{field: old}))

    plan = stack.plan(want(api(**{field: new})))

    (shown,) = change(plan, "service", "api").fields
    assert (shown.path, shown.before, shown.sensitive) == (path, "(sensitive #1)", True)
    assert shown.after == (new["A"] if field == "environment_variables" else new)
    stack.apply(plan)
    (shown,) = change(stack.plan(want(api(**{field: old}))), "service", "api").fields
    assert shown.before != "(sensitive #1)", "what was applied without the variable is shown again"


@pytest.mark.parametrize("path, old", [("args", OLD), ("environment_variables.A", {"A": OLD, "B": "b"})])
def test_a_value_that_is_cleared_is_not_shown(path, old):
    field = path.partition(".")[0]
    stack = applied_stack(api(path, **{field: old}))

    plan = stack.plan(want(api(**{field: {"B": "b"} if field == "environment_variables" else ""})))

    (shown,) = change(plan, "service", "api").fields
    assert (shown.path, shown.before, shown.after) == (path, "(sensitive #1)", None)


def test_a_value_that_stays_though_it_is_no_longer_declared_is_never_shown():
    stack = applied_stack(api("args", args=OLD))
    undeclared = want(api())

    plan = stack.plan(undeclared)

    assert OLD not in repr(plan.record_only[0].fields)
    stack.apply(plan)
    assert stack.plan(undeclared).record_only == ()
    (shown,) = change(stack.plan(want(api(args="new"))), "service", "api").fields
    assert (shown.before, shown.after) == ("(sensitive #1)", "new")


def test_a_value_that_the_platform_rolled_back_to_is_not_shown():
    stack = applied_stack(api("args", args=OLD))
    before = stack.platform.all("service")[0]
    former = dict(before)
    stack.apply(stack.plan(want(api(args="new"))))
    before |= former
    (owned,) = stack.record.owned
    stack.record = replace(stack.record, owned=(replace(owned, state="rolled back"),))

    plan = stack.plan(want(api(args="newer")))

    (shown,) = change(plan, "service", "api").fields
    assert (shown.before, shown.after) == ("(sensitive #1)", "newer")
    stack.apply(plan)
    before |= former
    (owned,) = stack.record.owned
    stack.record = replace(stack.record, owned=(replace(owned, state="failed"),))
    assert OLD not in repr(stack.plan(want(api(args="newest"))).changes[0].fields)


def test_a_value_that_somebody_restored_by_hand_is_not_shown():
    stack = applied_stack(api("args", args=OLD))
    stack.apply(stack.plan(want(api(args="new"))))
    stack.platform.all("service")[0]["args"] = OLD

    (shown,) = change(stack.plan(want(api(args="new"))), "service", "api").fields

    assert (shown.before, shown.after, shown.drift) == ("(sensitive #1)", "new", True)


def test_data_of_a_config_that_was_sensitive_is_not_shown():
    hidden = replace(declare("config", "site", f"{OLD}\n"), sensitive=("data",))
    stack = applied_stack(hidden)

    (shown,) = change(stack.plan(want(declare("config", "site", "new\n"))), "config", "site").fields

    assert (shown.before, shown.after) == ("(sensitive #1)", "new\n")


def books(plan: Plan) -> list[tuple[str, str, str]]:
    return [(entry.what, entry.before, entry.after) for entry in plan.record_only]


def test_that_a_value_is_sensitive_from_now_on_is_recorded_though_nothing_else_changes():
    stack = applied_stack(api(args=OLD))
    desired = want(api("args", args=OLD))

    plan = stack.plan(desired)

    assert (actions_of(plan), books(plan)) == ([], [("sensitive", "", "args")])
    stack.apply(plan)
    assert stack.plan(desired).record_only == ()
    assert books(stack.plan(want(api(args=OLD)))) == [("sensitive", "args", "")]
    assert OLD not in repr(change(stack.plan(want(api(args="new"))), "service", "api").fields)


def test_a_change_that_is_written_records_it_without_a_line_of_its_own():
    stack = applied_stack(api(args=OLD))
    desired = want(api("args", "environment_variables.A", args="other", environment_variables={"A": "a"}))

    plan = stack.plan(desired)

    assert books(plan) == []
    stack.apply(plan)
    assert [owned.sensitive for owned in stack.record.owned] == [("args", "environment_variables.A")]
    assert stack.plan(desired).record_only == ()


def test_an_unchanged_image_is_masked_in_the_note_on_its_moving_tag():
    stack = applied_stack(api("image", image=f"{OLD}:1", args="a"))
    stack.platform.all("service")[0]["image"] = f"{OLD}:1"

    plan = stack.plan(want(api("image", image=f"{OLD}:1", args="b")))

    (note,) = plan.notes
    assert isinstance(note, MovingTag)
    assert OLD not in note.image


def test_fields_that_are_not_declared_keep_what_is_recorded_of_them():
    stack = applied_stack(api("args", "command", args=OLD, command=OLD))
    (owned,) = stack.record.owned

    assert sensitive_after(owned, api(command="new")) == ("args",)
    assert sensitive_after(owned, None) == ("args", "command")
    assert sensitive_after(None, api("args", args=OLD)) == ("args",)


@pytest.mark.parametrize("ignored", ["args", "environment_variables", "environment_variables.A"])
def test_a_value_that_is_not_written_because_it_is_ignored_is_not_shown_later(ignored):
    path = "args" if ignored == "args" else "environment_variables.A"
    old, new = (OLD, "new") if path == "args" else ({"A": OLD}, {"A": "new"})
    field = path.partition(".")[0]
    stack = applied_stack(api(path, **{field: old}))

    stack.apply(
        stack.plan(want(replace(api(**{field: new}), lifecycle=Lifecycle(ignore_changes=(ignored,)))))
    )

    (shown,) = change(stack.plan(want(api(**{field: new}))), "service", "api").fields
    assert (shown.path, shown.before) == (path, "(sensitive #1)")


def test_what_is_sensitive_stays_recorded_until_the_change_is_made_though_another_file_declares_it():
    here, there = (Source("github.com/example/fleet", file) for file in ("one.yaml", "other.yaml"))
    stack = applied_stack(replace(api("args", args=OLD), source=here))

    plan = stack.plan(want(replace(api(args="new"), source=there)))

    assert [(entry.what, entry.recorded and entry.recorded.sensitive) for entry in plan.record_only] == [
        ("file", ("args",))
    ]
    stack.apply(plan)
    assert [owned.sensitive for owned in stack.record.owned] == [()]


def test_a_value_of_an_interrupted_run_is_not_shown_where_somebody_changed_another_field_since():
    stack = applied_stack(api(args="a", command="c"))
    stack.apply(stack.plan(want(api("args", args=OLD, command="d"))), stop_after=1)
    stack.platform.all("service")[0]["command"] = "e"
    stack.record = resumed(stack.record, stack.state(), KEY)

    plan = stack.plan(want(api(args="b", command="c")))

    shown = {field.path: field.before for field in change(plan, "service", "api").fields}
    assert shown == {"args": "(sensitive #1)", "command": "e"}


def test_the_record_keeps_the_paths():
    stack = applied_stack(api("args", args=OLD))
    stack.apply(stack.plan(want(api(args="new"))))

    body = encode(stack.record)

    assert body["owned"][0]["sensitive_before"] == ["args"]
    assert decode(Head("default", 1, "nonce", None), body).owned == stack.record.owned


def test_the_image_of_a_service_that_is_deleted_is_not_shown():
    stack = applied_stack(api("image", image=f"{OLD}:1"))

    gone = change(stack.plan(want()), "service", "api")

    assert (gone.action, gone.runs) == ("delete", "(sensitive)")


def test_the_image_of_a_deleted_service_is_not_shown_after_somebody_set_it_back_by_hand():
    stack = applied_stack(api("image", image=f"{OLD}:1"))
    stack.apply(stack.plan(want(api(image="app:2"))))
    stack.platform.all("service")[0]["image"] = f"{OLD}:1"

    assert change(stack.plan(want()), "service", "api").runs == "(sensitive)"


@pytest.mark.parametrize(
    "options, shown",
    [
        ({}, "registry.example.com/app:1"),
        ({"mask": ("image",)}, "(sensitive)"),
        ({"mask": ("im*",)}, "(sensitive)"),
        ({"unshown": lambda text: ((0, 8),)}, "(sensitive).example.com/app:1"),
    ],
)
def test_the_image_of_a_deleted_service_is_masked_like_that_of_a_changed_one(options, shown):
    stack = applied_stack(api(image="registry.example.com/app:1"))

    assert change(stack.plan(want(), **options), "service", "api").runs.partition("@")[0] == shown


def test_a_credential_in_the_image_of_a_deleted_service_is_masked():
    stack = applied_stack(api(image="app:1"))
    stack.platform.all("service")[0]["image"] = "https://bob:Zx9Kq2Lm7Vt4@registry.example.com/app:1"

    assert "Zx9Kq2Lm7Vt4" not in change(stack.plan(want()), "service", "api").runs
