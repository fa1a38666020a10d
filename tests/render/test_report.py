import json

import pytest
from hypothesis import given

from reconciler.model import Address, Change, Outcome
from reconciler.render import report_as_json, report_as_markdown, report_as_text
from tests.render.hostile import outcomes

API = Change(Address("production", "service", "api"), "update")
WEB = Change(Address("production", "service", "web"), "update")
OLD = Change(Address("production", "volume", "old"), "delete")
CARRY_ON = "reconciler apply production.yaml"
MIXED = [
    Outcome(WEB, "failed", "task 1 of 2 was rejected\nno such image: web:9", seconds=61.25),
    Outcome(API, "applied", note="accepted, not verified", seconds=2),
    Outcome(OLD, "skipped", "deletes wait until all else is verified"),
]


def test_a_report_tells_how_each_change_ended_and_how_to_carry_on():
    assert report_as_text(MIXED, continue_with=CARRY_ON) == (
        "  ~   production/service/api: update applied (2.0 s)\n"
        "        accepted, not verified\n"
        "  -   production/volume/old: delete skipped\n"
        "        deletes wait until all else is verified\n"
        "  ~   production/service/web: update FAILED (61.2 s)\n"
        "        task 1 of 2 was rejected\n"
        "        no such image: web:9\n"
        "\n"
        "Apply NOT complete: 1 applied, 1 failed, 1 skipped, 0 unknown.\n"
        "To carry on: reconciler apply production.yaml\n"
    )


def test_when_all_is_applied_there_is_nothing_to_carry_on_with():
    text = report_as_text([Outcome(API, "applied")], continue_with=CARRY_ON)

    assert text.splitlines()[-1] == "Apply complete: 1 applied."


def test_an_empty_plan_applies_nothing():
    assert report_as_text([], continue_with=CARRY_ON) == "Nothing to apply.\n"


def test_what_may_have_happened_is_not_called_a_failure():
    text = report_as_text([Outcome(API, "unknown")])

    assert "UNKNOWN: may or may not have been carried out" in text
    assert "NOT complete: 0 applied, 0 failed, 0 skipped, 1 unknown" in text


def test_markdown_names_failures_first():
    text = report_as_markdown(MIXED, continue_with=CARRY_ON)

    assert text.index("**1 failed:**") < text.index("**1 skipped:**") < text.index("**1 applied:**")
    assert "To carry on: <code>reconciler apply production&#46;yaml</code>" in text


def test_json_tells_the_same():
    document = json.loads(report_as_json(MIXED, continue_with=CARRY_ON))

    assert document["complete"] is False
    assert document["summary"] == {"applied": 1, "failed": 1, "skipped": 1, "unknown": 0}
    assert document["continue_with"] == CARRY_ON
    assert document["outcomes"][0] == {
        "cluster": "production",
        "kind": "service",
        "name": "web",
        "action": "update",
        "status": "failed",
        "error": "task 1 of 2 was rejected\nno such image: web:9",
        "note": "",
        "seconds": 61.25,
    }


@given(outcomes)
def test_success_is_claimed_exactly_when_everything_was_applied(ended):
    complete = all(one.status == "applied" for one in ended)

    assert json.loads(report_as_json(ended))["complete"] is complete
    for text in (report_as_text(ended).splitlines()[-1], report_as_markdown(ended).splitlines()[0]):
        assert ("NOT complete" in text) is not complete


@pytest.mark.parametrize("status, colour", [("failed", "1;31"), ("applied", "32")])
def test_colour_follows_the_worst(status, colour):
    assert f"\x1b[{colour}mApply" in report_as_text([Outcome(API, status)], colour=True)
