import pytest

from reconciler.document import (
    check_document,
    masked,
    plain,
    plan_document,
    plans_of,
    report_document,
    totals,
)
from reconciler.model import Address, Blocker, Outcome, Plan, RunResult, Sensitive
from tests.changes import change_of

API = Address("production", "service", "api")


def test_no_sensitive_value_becomes_json():
    assert plain({"a": [Sensitive("hunter2"), ({"b": Sensitive("hunter2")},)]}) == {
        "a": ["(sensitive)", [{"b": "(sensitive)"}]]
    }


@pytest.mark.parametrize("value", ["hunter2", "(sensitive #1) hunter2", 7, ["hunter2"], Sensitive("hunter2")])
def test_of_a_sensitive_field_only_a_mask_passes(value):
    assert masked(value, sensitive=True) == "(sensitive)"


@pytest.mark.parametrize("mask", ["(sensitive #12)", "hooks.example.com:8443 (sensitive #1)", None])
def test_a_mask_stays_as_it_is(mask):
    assert masked(mask, sensitive=True) == mask


def test_what_json_has_no_number_for_is_text_and_what_it_has_no_form_for_is_an_error():
    assert plain([float("inf"), 0.5]) == ["inf", 0.5]
    with pytest.raises(TypeError, match="a set can't be written as JSON"):
        plain({"a": {1}})


def test_an_object_that_two_stacks_do_not_manage_is_counted_once():
    stacks = [Plan("production", "c1", "d1", stack, unmanaged=(API,), unchanged=2) for stack in ("a", "b")]

    assert totals(stacks)["unmanaged"] == 1
    assert totals(stacks)["unchanged"] == 4


def test_a_command_to_carry_on_with_is_told_only_where_something_is_left():
    change = change_of(API, "update")

    assert (
        report_document(RunResult([Outcome(change, "applied")]), continue_with="again")["continue_with"]
        is None
    )
    assert (
        report_document(RunResult([Outcome(change, "skipped")]), continue_with="again")["continue_with"]
        == "again"
    )


def test_what_a_change_waits_for_is_written_by_the_schema_and_read_back_the_same():
    waits_for = (Blocker("db", "rolled back"), Blocker("cache", "down"), Blocker("web", "unverified"))
    plan = Plan("production", "c1", "d1", "a", changes=(change_of(API, "update", waits_for=waits_for),))

    document = plan_document([plan])

    check_document(document)
    assert [one["condition"] for one in document["changes"][0]["waits_for"]] == ["held", "down", "unverified"]
    assert plans_of(document)[0].changes[0].waits_for == waits_for
