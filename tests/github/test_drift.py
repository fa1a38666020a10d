from tests.github.conftest import MANIFEST
from tests.github.platform import writer as session_of
from tests.github.server import BOT


def drifting(runner, replicas):
    with session_of(runner.platform) as (writer, at):
        web = next(service for service in writer.services(at) if service["name"] == "web")
        writer.replace_service(
            at, web["id"], {"image": web["image"], "update_monitor": 1, "replicas": replicas}
        )


def look(runner, **more):
    return runner.run("drift", "schedule", {}, **more)


def applied(runner):
    runner.plan()
    assert runner.merge().code == 0


def test_drift_opens_one_issue_updates_it_and_closes_it(runner):
    applied(runner)
    drifting(runner, 5)

    step = look(runner)

    assert (step.code, step.outputs["changes"], step.outputs["drift"]) == (0, "true", "1")
    (issue,) = runner.github.issues
    assert step.outputs["comment-url"] == issue["html_url"]
    assert issue["title"] == "Drift: the whole repository"
    assert "5 → 1" in issue["body"]

    drifting(runner, 7)
    look(runner)
    assert len(runner.github.issues) == 1
    assert "7 → 1" in issue["body"]

    drifting(runner, 1)
    assert look(runner).outputs["changes"] == "false"
    assert issue["state"] == "closed"
    assert "No drift" in issue["body"]


def test_without_drift_no_issue_is_opened(runner):
    applied(runner)

    assert look(runner).code == 0
    assert runner.github.issues == []


def test_an_edit_in_git_is_no_drift(runner):
    applied(runner)
    runner.write(MANIFEST.format(replicas=4))

    assert look(runner).outputs["drift"] == "0"


def test_drift_fails_the_step_if_requested(runner):
    applied(runner)
    drifting(runner, 5)

    assert look(runner, fail_on="changes").code == 2


def test_issues_of_others_and_pull_requests_are_not_touched(runner):
    applied(runner)
    drifting(runner, 5)
    look(runner)
    body = runner.github.issues[0]["body"]
    runner.github.issues.clear()
    strange = runner.github.add_issue("Drift", body, "stranger")
    pull = runner.github.add_issue("a pull request", body, BOT, pull_request={})

    look(runner)

    assert (strange["body"], pull["body"], len(runner.github.issues)) == (body, body, 3)


def test_an_issue_that_cannot_be_opened_is_an_error(runner):
    applied(runner)
    drifting(runner, 5)
    runner.github.fault("POST", "/issues$", status=403, times=9)

    step = look(runner)

    assert (step.code, step.outputs["failure-reason"]) == (1, "api")
