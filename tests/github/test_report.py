"""In every case a job ends with a correct comment, summary and outputs."""

import signal
from types import SimpleNamespace

import pytest

from reconciler.github import commands, markdown
from reconciler.github import run as job_run
from reconciler.model import Outcome, RunResult
from reconciler.model.problem import AuditIncomplete
from reconciler.pipeline import apply_stack as applying
from reconciler.pipeline.audit import Audit
from tests.github.conftest import HEAD, NEXT_HEAD
from tests.github.server import pull_body

VALUE = "a value that must not be seen"


def broken(*_, **__):
    raise RuntimeError(VALUE)


def test_an_aborted_apply_reports_known_and_unknown_outcomes(runner, monkeypatch):
    def half(_, run, settings):
        settings.tell(Outcome(run.plans[0].changes[0], "applied"))
        raise RuntimeError(VALUE)

    runner.plan()
    monkeypatch.setattr(commands, "apply", half)

    step = runner.merge()

    assert (step.code, step.outputs["exit-code"], step.outputs["failure-reason"]) == (1, "1", "internal")
    assert step.outputs["changes"] == "true"
    for text in (step.log, step.summary, runner.report()):
        assert "The apply was interrupted" in text
        assert "RuntimeError" in text
        assert VALUE not in text
    assert "1 applied" in step.outputs["summary"]
    assert "1 unknown" in step.outputs["summary"]


@pytest.mark.parametrize("command", ["planned", "drifted", "applied", "validated"])
def test_a_bug_is_reported_in_log_summary_and_outputs(runner, monkeypatch, command):
    monkeypatch.setattr(job_run, command, broken)
    event = "push" if command == "applied" else "pull_request"
    verb = {"planned": "plan", "drifted": "drift", "applied": "apply", "validated": "validate"}[command]

    step = runner.run(verb, event, {"pull_request": pull_body(7, head=HEAD)} if event != "push" else {})

    assert (step.code, step.outputs["exit-code"], step.outputs["failure-reason"]) == (1, "1", "internal")
    assert step.outputs["changes"] == "false"
    assert "this is a bug in reconciler: RuntimeError" in step.summary.replace("&#58;", ":")
    assert VALUE not in step.log + step.summary


def test_a_plan_that_fails_by_a_bug_withdraws_the_approval(runner, monkeypatch):
    runner.plan()
    monkeypatch.setattr(job_run, "planned", broken)

    runner.plan(NEXT_HEAD)

    assert "Failed" in runner.comment()
    assert "reconciler-approval" not in runner.comment()


def test_an_apply_that_cannot_be_rendered_is_reported_without_its_plan(runner, monkeypatch):
    runner.plan()
    monkeypatch.setattr(markdown, "fitted", broken)

    step = runner.merge()

    assert (step.code, step.outputs["failure-reason"]) == (0, "")
    assert "Applied" in runner.report()
    assert "Applied" in step.summary
    assert VALUE not in runner.report()


def test_outputs_are_set_even_if_the_summary_can_not_be_written(runner, monkeypatch):
    monkeypatch.setattr(job_run, "write_summary", broken)

    step = runner.plan()

    assert (step.outputs["changes"], step.outputs["create"]) == ("true", "2")


def test_a_summary_that_cannot_be_written_is_reported(runner):
    elsewhere = {"GITHUB_STEP_SUMMARY": str(runner.checkout)}

    planned = runner.plan(environment=elsewhere)
    applied = runner.merge(environment=elsewhere)

    assert (planned.code, planned.outputs["exit-code"], applied.code) == (1, "1", 0), planned.log
    assert "The report is incomplete" in planned.annotations("error")[-1]
    assert "The report is incomplete" in applied.annotations("warning")[-1]


def test_outputs_that_cannot_be_written_fail_the_step_with_all_else_reported(runner):
    """The outputs of the start remain, which say that the step failed."""
    elsewhere = {"GITHUB_OUTPUT": str(runner.checkout)}

    planned = runner.plan(environment=elsewhere)
    applied = runner.merge(environment=elsewhere)

    for step in (planned, applied):
        assert step.code == 1
        assert runner.checkout.name in step.log
        assert "The report is incomplete" in step.log
    assert "Plan: 2 to create" in planned.summary
    assert "Applied" in applied.summary
    assert "Applied" in runner.report()


@pytest.mark.parametrize("command", ["plan", "drift", "apply"])
def test_an_incomplete_audit_file_fails_the_step(runner, monkeypatch, command):
    def full(audit, _):
        audit.problem = AuditIncomplete("no space left")

    monkeypatch.setattr(Audit, "note", full)
    given = {"audit": "log", "fail_on": "changes", "without_approval": "apply"}

    step = runner.run(command, "workflow_dispatch", {}, **given)

    assert (step.code, step.outputs["exit-code"]) == (1, "1"), step.log
    assert step.outputs["failure-reason"]
    for text in (step.log, step.summary):
        assert "the audit file is not complete" in text.replace("&#58;", ":")


def test_a_log_that_cannot_be_written_stops_no_apply(runner, monkeypatch):
    class Closed:
        def write(self, _):
            raise BrokenPipeError

    runner.plan()
    monkeypatch.setattr("reconciler.cli.action.sys", SimpleNamespace(stdout=Closed()))

    step = runner.merge()

    assert (step.code, step.outputs["exit-code"], step.outputs["failure-reason"]) == (0, "0", "")
    assert step.outputs["summary"] == "Apply complete: 2 applied."
    assert "2 applied" in runner.report()


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_exit_code_of_an_interrupted_step_is_also_its_output(runner, monkeypatch, number, code):
    def interrupted(job, log):
        signal.raise_signal(number)
        return commands.planned(job, log)

    monkeypatch.setattr(job_run, "planned", interrupted)

    step = runner.plan()

    assert (step.code, step.outputs["exit-code"]) == (code, str(code))


def test_an_apply_that_only_wrote_a_record_says_so(runner, monkeypatch):
    by_hand = {"without_approval": "apply"}
    runner.write("cluster: production\nstack: a\nvolumes: {kept: {}, gone: {}}\n", "a.yaml")
    runner.write("cluster: production\nstack: b\nvolumes: {other: {}}\n", "reconciler.yaml")
    assert runner.run("apply", "workflow_dispatch", {}, **by_hand).code == 0
    runner.write(
        "cluster: production\nstack: a\nvolumes: {kept: {}}\nreleased: {volumes: [gone]}\n", "a.yaml"
    )
    runner.write("cluster: production\nstack: b\nreleased: {volumes: [other]}\n", "reconciler.yaml")
    monkeypatch.setattr(applying, "held", lambda read, *_: "somebody holds it" if read.stack == "b" else "")

    step = runner.run("apply", "workflow_dispatch", {}, **by_hand)

    assert (step.code, step.outputs["summary"]) == (1, "Apply NOT complete.")
    assert "somebody holds it" in step.summary
    assert "nothing was written" not in step.log + step.summary


def test_an_empty_report_is_complete():
    assert RunResult().exit_code == 0
