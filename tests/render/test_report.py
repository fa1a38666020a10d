import json

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from reconciler.model import Address, Outcome, RunResult
from reconciler.model.failure import Failure
from reconciler.model.hold import DeletesWait
from reconciler.model.problem import RecordNotWritten, ServiceNotUp
from reconciler.model.rollout import RolloutResult
from reconciler.render import report_as_json, report_as_markdown, report_as_text
from reconciler.resources import SCHEMAS
from tests.changes import change_of
from tests.render.hostile import outcomes

API = change_of(Address("production", "service", "api"), "update")
WEB = change_of(Address("production", "service", "web"), "update")
OLD = change_of(Address("production", "volume", "old"), "delete")
INTERRUPTED = Failure("interrupted")
NOT_RECORDED = RecordNotWritten(Failure("unreachable", "no answer"))
CARRY_ON = "reconciler apply production.yaml"
MIXED = [
    Outcome(
        WEB, "failed", Failure("rejected", "task 1 of 2 was rejected\nno such image: web:9"), seconds=61.25
    ),
    Outcome(API, "applied", rollout=RolloutResult("no tasks shown", "verified"), seconds=2),
    Outcome(OLD, "skipped", DeletesWait.STACKS_NOT_DONE),
]


def test_a_report_shows_each_outcome_and_how_to_continue():
    assert report_as_text(RunResult(MIXED), continue_with=CARRY_ON) == (
        "  ~   production/service/api: update applied (2.0 s)\n"
        "        accepted, not verified: this platform shows no tasks\n"
        "  -   production/volume/old: delete skipped\n"
        "        it waits until all stacks of the run are applied and up\n"
        "  ~   production/service/web: update FAILED (61.2 s)\n"
        "        task 1 of 2 was rejected\n"
        "        no such image: web:9\n"
        "\n"
        "Apply NOT complete: 1 applied, 1 failed, 1 skipped.\n"
        "If a service did not start, correct its manifest first. "
        "A spec that was rolled back is sent again unchanged only with --retry.\n"
        "To continue: reconciler apply production.yaml\n"
    )


def test_a_complete_report_has_no_continue_command():
    text = report_as_text(RunResult([Outcome(API, "applied")]), continue_with=CARRY_ON)

    assert text.splitlines()[-1] == "Apply complete: 1 applied."


def test_the_report_of_an_empty_plan_says_so():
    assert report_as_text(RunResult([]), continue_with=CARRY_ON) == "Nothing to apply.\n"


def test_a_problem_without_a_change_is_reported():
    text = report_as_text(
        RunResult(problems=[ServiceNotUp(WEB.address, RolloutResult("deleted", "failed"))]),
        continue_with=CARRY_ON,
    )

    assert text == (
        "  !   production/service/web is not up: the service was deleted meanwhile\n"
        "\n"
        "Apply NOT complete: nothing was applied.\n"
        "If a service did not start, correct its manifest first. "
        "A spec that was rolled back is sent again unchanged only with --retry.\n"
        "To continue: reconciler apply production.yaml\n"
    )


def test_with_a_problem_the_report_does_not_say_that_all_is_applied():
    text = report_as_text(RunResult([Outcome(API, "applied")], problems=[NOT_RECORDED]))

    assert "Apply NOT complete: 1 applied." in text
    assert "  !   the record was not written at the end; " in text


def test_released_objects_are_named():
    released = [Address("production", "service", "old")]

    assert report_as_text(RunResult(released=released)) == "Released 1: production/service/old.\n"
    assert report_as_text(RunResult([Outcome(API, "applied")], released=released)).splitlines()[-1] == (
        "Apply complete: 1 applied. Released 1: production/service/old."
    )


def test_moved_objects_are_named_even_if_the_rest_failed():
    moved = [Address("production", "config", "welcome")]

    assert report_as_text(RunResult(moved=moved)) == "Moved 1: production/config/welcome.\n"
    assert report_as_text(RunResult([Outcome(API, "failed")], moved=moved)).splitlines()[-1] == (
        "Apply NOT complete: 1 failed. Moved 1: production/config/welcome."
    )
    assert json.loads(report_as_json(RunResult(moved=moved)))["moved"] == [moved[0]._asdict()]


def test_services_without_task_lists_are_not_called_verified():
    accepted = [Address("production", "service", "web")]

    assert report_as_text(RunResult(accepted=accepted)) == (
        "Accepted, tasks not seen: production/service/web.\n"
    )
    assert json.loads(report_as_json(RunResult(accepted=accepted)))["accepted"] == [accepted[0]._asdict()]


def test_services_that_came_up_without_a_change_are_reported():
    up = [Address("production", "service", "web")]
    assert report_as_text(RunResult(verified=up)) == "Now verified: production/service/web.\n"
    assert json.loads(report_as_json(RunResult(verified=up)))["verified"] == [up[0]._asdict()]


def test_only_known_outcomes_are_claimed():
    text = report_as_text(
        RunResult(
            [Outcome(API, "unknown", rollout=RolloutResult("unread", "unverified", trouble=INTERRUPTED))]
        )
    )

    assert text == (
        "  ~   production/service/api: update UNKNOWN\n"
        "        written, not verified: the run was interrupted\n"
        "\n"
        "Apply NOT complete: 1 unknown.\n"
    )


def test_markdown_names_failures_first():
    text = report_as_markdown(RunResult(MIXED), continue_with=CARRY_ON)

    assert text.index("**1 failed:**") < text.index("**1 skipped:**") < text.index("**1 applied:**")
    assert "To continue: <code>reconciler apply production&#46;yaml</code>" in text


def test_json_has_the_same_content():
    document = json.loads(report_as_json(RunResult(MIXED), continue_with=CARRY_ON))

    Draft202012Validator(json.loads((SCHEMAS / "report.schema.json").read_text(encoding="utf-8"))).validate(
        document
    )
    assert document["complete"] is False
    assert document["problems"] == document["released"] == []
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


def test_json_has_released_objects_and_problems():
    released = [Address("production", "service", "old")]
    document = json.loads(
        report_as_json(
            RunResult(problems=[Failure("other", "it is down")], released=released), continue_with=CARRY_ON
        )
    )

    Draft202012Validator(json.loads((SCHEMAS / "report.schema.json").read_text(encoding="utf-8"))).validate(
        document
    )
    assert (document["complete"], document["problems"]) == (False, ["it is down"])
    assert document["released"] == [{"cluster": "production", "kind": "service", "name": "old"}]
    assert document["continue_with"] == CARRY_ON


@given(outcomes)
def test_success_is_claimed_only_if_everything_was_applied_or_kept_by_the_platform(ended):
    complete = all(
        outcome.status == "applied" or (outcome.status == "skipped" and outcome.kept) for outcome in ended
    )

    assert json.loads(report_as_json(RunResult(ended)))["complete"] is complete
    result = RunResult(ended)
    for text in (report_as_text(result).splitlines()[-1], report_as_markdown(result).splitlines()[0]):
        assert ("NOT complete" in text) is not complete


@pytest.mark.parametrize("status, colour", [("failed", "1;31"), ("applied", "32")])
def test_the_colour_is_that_of_the_worst_outcome(status, colour):
    assert f"\x1b[{colour}mApply" in report_as_text(RunResult([Outcome(API, status)]), colour=True)
