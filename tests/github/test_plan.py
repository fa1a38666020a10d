import json
from pathlib import Path

import pytest

from tests.github.conftest import HEAD, MANIFEST, NEXT_HEAD
from tests.github.platform import writer as session_of
from tests.github.server import BOT, pull_body


def run_of(event):
    """The payload of a workflow_run in this repository, triggered by ``event``."""
    return {"workflow_run": {"head_repository": {"full_name": "Acme/clinic"}, "event": event}}


def test_a_pull_request_is_planned_and_commented(runner):
    step = runner.plan()

    assert step.code == 0, step.log
    assert step.outputs["changes"] == "true"
    assert (step.outputs["create"], step.outputs["delete"]) == ("2", "0")
    assert step.outputs["comment-url"].startswith("https://github.example/acme/clinic/pull/7#issuecomment-")
    assert (step.outputs["exit-code"], step.outputs["failure-reason"]) == ("0", "")
    assert json.loads(Path(step.outputs["plan-json"]).read_text(encoding="utf-8"))["summary"]["create"] == 2
    assert Path(step.outputs["plan-html"]).read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    comment = runner.comment()
    assert "Plan: 2 to create" in comment
    assert "Merging approves these changes and no others" in comment
    assert "Plan: 2 to create" in step.summary


def test_a_later_plan_updates_the_same_comment(runner):
    runner.plan()
    runner.write(MANIFEST.format(replicas=3).replace("volumes", "x-none"))

    step = runner.plan(NEXT_HEAD)

    assert step.outputs["create"] == "1"
    assert NEXT_HEAD[:12] in runner.comment()
    assert HEAD[:12] not in runner.comment()


def test_the_comment_is_found_on_a_later_page_and_only_by_its_author(runner):
    runner.github.page_size = 2
    runner.plan()
    forged = runner.comment()
    runner.github.comments[7].clear()
    for author in ("stranger", BOT, "stranger", BOT, "stranger"):
        body = forged if author == "stranger" else "something else of a workflow"
        runner.github.add_comment(7, body, author)
    runner.github.add_comment(7, forged.splitlines()[0] + "\r\nold", BOT)

    runner.plan()

    bodies = [comment["body"] for comment in runner.github.comments[7]]
    assert len(bodies) == 6
    assert bodies[:5] == [
        forged,
        "something else of a workflow",
        forged,
        "something else of a workflow",
        forged,
    ]
    assert "Plan: 2 to create" in bodies[5]


def test_each_target_has_its_own_comment(runner):
    runner.plan()
    runner.plan(target="production/volume/data")

    assert len(runner.github.comments[7]) == 2


def test_invalid_manifests_are_annotated_and_withdraw_the_approval(runner):
    runner.plan()
    assert "reconciler-approval" in runner.comment()
    runner.write("cluster: production\nservices:\n  web: {image: nginx:1, replica: 2}\n", "reconciler.yaml")

    step = runner.plan(NEXT_HEAD)

    assert step.code == 1
    assert step.outputs["failure-reason"] == "invalid"
    (error,) = step.annotations("error")
    assert error.startswith("::error file=reconciler.yaml,line=3,col=")
    assert "replica" in error
    assert "Failed" in runner.comment()
    assert "reconciler-approval" not in runner.comment()


def test_paths_of_annotations_are_relative_to_the_checkout(runner):
    runner.write("cluster: production\nservices: {web: {image: nginx:1, replica: 2}}\n", "sites/a/m.yaml")

    step = runner.plan(working_directory="sites", path="a")

    (error,) = step.annotations("error")
    assert error.startswith("::error file=sites/a/m.yaml,line=2,col=")


def test_annotations_are_limited_and_the_rest_is_counted(runner):
    services = "".join(f"  s{number}: {{image: 'nginx:1', replica: 2}}\n" for number in range(40))
    runner.write(f"cluster: production\nservices:\n{services}")

    step = runner.plan()

    assert len(step.annotations("error")) <= 10
    (rest,) = step.annotations("notice")
    assert "more errors" in rest
    assert "https://github.example/acme/clinic/actions/runs/77" in rest


def test_a_plan_refused_by_a_guard_approves_nothing(runner):
    with session_of(runner.platform) as (writer, at):
        writer.create_volume(at, {"name": "data"})

    step = runner.plan()

    assert (step.code, step.outputs["failure-reason"]) == (3, "guard")
    assert "Refused" in runner.comment()
    assert "reconciler-approval" not in runner.comment()
    assert runner.plan(adopt="true").code == 0


def test_a_forks_pull_request_is_validated_offline_and_says_so(runner):
    pull = pull_body(7, head=HEAD)
    pull["head"]["repo"]["full_name"] = "stranger/clinic"
    runner.github.fault("POST", "/comments", status=403, times=99)

    step = runner.run(
        "plan", "pull_request", {"pull_request": pull}, token_key="", token_value="", plan_key=""
    )

    assert step.code == 0, step.log
    assert "the live state of the clusters" in step.summary
    assert step.annotations("error") == []
    assert step.outputs["changes"] == "false"
    assert len(step.annotations("warning")) == 1


@pytest.mark.parametrize("repository", [{"full_name": "stranger/clinic"}, None])
def test_a_forks_pull_request_meets_no_secrets_even_if_the_repositorys_settings_give_it_some(
    runner, repository
):
    """GitHub's setting is "Send secrets to workflows from pull requests", for private repositories."""
    runner.write("cluster: production\nsecrets: {key: {env: KEY}}\nservices: {web: {image: nginx:1}}\n")
    pull = pull_body(7, head=HEAD)
    pull["head"]["repo"] = repository
    runner.inputs["api_url"] = "http://127.0.0.1:9"  # which nothing answers
    given = {"RECONCILER_SECRET_KEY": "a-value-of-ours"}

    step = runner.run("plan", "pull_request", {"pull_request": pull}, environment=given)
    drift = runner.run("drift", "pull_request", {"pull_request": pull}, environment=given)

    assert (step.code, step.outputs["changes"]) == (0, "false"), step.log
    assert "the live state of the clusters" in runner.comment()
    assert "reconciler-approval" not in runner.comment()
    assert (drift.code, drift.outputs["failure-reason"]) == (1, "invalid")


def test_a_fork_with_mistakes_fails_offline_too(runner):
    pull = pull_body(7, head=HEAD)
    pull["head"]["repo"] = None
    runner.write("cluster: production\nservices: {web: {image: nginx:1, replica: 2}}\n")

    step = runner.run("plan", "pull_request", {"pull_request": pull}, token_key="", token_value="")

    assert (step.code, step.outputs["failure-reason"]) == (1, "invalid")


def test_missing_credentials_are_an_error_if_github_provides_secrets(runner):
    step = runner.plan(token_key="", token_value="")

    assert (step.code, step.outputs["failure-reason"]) == (1, "invalid")
    assert "token-key and token-value are not set" in step.annotations("error")[0]


@pytest.mark.parametrize(
    "event, payload",
    [
        ("pull_request_target", {"pull_request": pull_body(7, head=HEAD)}),
        ("issue_comment", {"issue": {"number": 7}, "comment": {"body": "/plan"}}),
        ("issues", {}),
        ("discussion_comment", {}),
        ("workflow_run", {"workflow_run": {"head_repository": {"full_name": "stranger/clinic"}}}),
        ("workflow_run", {"workflow_run": {"head_repository": None}}),
        ("workflow_run", {}),
        ("workflow_run", run_of("issue_comment")),
        ("workflow_run", run_of("pull_request_target")),
        ("workflow_run", run_of("workflow_run")),
        ("workflow_run", run_of(None)),
        ("an_event_of_next_year", {}),
    ],
)
@pytest.mark.parametrize("command", ["plan", "drift", "apply", "validate"])
def test_an_event_that_combines_foreign_content_with_secrets_is_refused(runner, command, event, payload):
    step = runner.run(command, event, payload)

    assert (step.code, step.outputs["failure-reason"]) == (1, "invalid")
    assert "use pull_request" in step.annotations("error")[0]


def test_a_workflow_run_of_this_repository_is_planned(runner):
    assert runner.run("plan", "workflow_run", run_of("pull_request")).code == 0


def test_a_comment_that_may_not_be_written_fails_the_plan(runner):
    runner.github.fault("POST", "/comments", status=403, times=99)

    step = runner.plan()

    assert (step.code, step.outputs["failure-reason"]) == (1, "api")
    assert "permission" in step.annotations("error")[-1]


def test_comments_only_for_changes_if_requested(runner):
    runner.write("cluster: production\nstack: shop\n")
    assert runner.plan(comment="changes").code == 0
    assert runner.github.comments == {}

    runner.write(MANIFEST.format(replicas=1))
    runner.plan(comment="never")
    assert runner.github.comments == {}

    runner.plan(comment="changes")
    runner.write("cluster: production\nstack: shop\n")
    runner.plan(comment="changes")
    assert "No changes" in runner.comment()


def test_changes_fail_the_step_if_requested(runner):
    step = runner.plan(fail_on="changes")

    assert (step.code, step.outputs["exit-code"], step.outputs["failure-reason"]) == (2, "2", "")


def test_a_closed_pull_request_no_longer_approves_anything(runner):
    runner.plan()

    step = runner.run("plan", "pull_request", {"pull_request": pull_body(7, head=HEAD, state="closed")})

    assert step.code == 0
    assert "closed without a merge" in runner.comment()
    assert "reconciler-approval" not in runner.comment()


def test_without_a_plan_key_the_comment_says_that_nothing_is_approved(runner):
    runner.plan(plan_key="")

    assert "Merging approves none" in runner.comment()
    assert "plan-key is not set" in runner.comment()


def test_a_merge_group_is_planned_without_a_comment(runner):
    step = runner.run("plan", "merge_group", {"merge_group": {"head_sha": HEAD}})

    assert step.code == 0
    assert runner.github.requests == []


def test_validate_needs_no_credentials(runner):
    step = runner.run("validate", "push", {}, token_key="", token_value="", github_token="", plan_key="")

    assert step.code == 0
    assert "Valid&#58; 2 objects" in step.summary


def test_a_merged_pull_request_is_not_planned_again(runner):
    runner.plan()
    before = runner.comment()

    step = runner.run("plan", "pull_request", {"pull_request": pull_body(7, head=HEAD, merged=True)})

    assert (step.code, runner.comment()) == (0, before)


def test_a_closed_pull_request_of_a_fork_succeeds(runner):
    runner.plan()
    runner.github.fault("PATCH", "/comments", status=403, times=9)

    step = runner.run("plan", "pull_request", {"pull_request": pull_body(7, head=HEAD, state="closed")})

    assert (step.code, len(step.annotations("warning"))) == (0, 1)


def test_dependabot_is_treated_like_a_fork(runner):
    step = runner.plan(token_key="", token_value="", environment={"GITHUB_ACTOR": "dependabot[bot]"})

    assert step.code == 0
    assert "Dependabot" in step.summary


def test_without_a_github_token_the_summary_has_the_whole_plan(runner):
    step = runner.plan(github_token="")

    assert (step.code, step.outputs["comment-url"], runner.github.requests) == (0, "", [])
    assert "Plan: 2 to create" in step.summary


def test_a_pull_request_into_another_branch_approves_nothing_unless_the_input_names_it(runner):
    pull = {"pull_request": pull_body(7, head=HEAD, base_ref="release")}

    runner.run("plan", "pull_request", pull)
    assert "reconciler-approval" not in runner.comment()
    assert "base-branches" in runner.comment()

    runner.run("plan", "pull_request", pull, base_branches="main\nrelease")
    assert "reconciler-approval" in runner.comment()


def test_deletes_that_do_not_fit_into_the_comment_approve_nothing(runner):
    count = 700
    names = [f"a-volume-of-a-clinic-with-a-long-name-{number:04}" for number in range(count)]
    with session_of(runner.platform) as (writer, at):
        for name in names:
            writer.create_volume(at, {"name": name})
    declared = "".join(f"  {name}: {{}}\n" for name in names)
    runner.write(f"cluster: production\nstack: shop\nvolumes:\n{declared}")
    assert runner.run("apply", "workflow_dispatch", {}, adopt="true", without_approval="apply").code == 0
    gone = "".join(f"  - {name}\n" for name in names)
    runner.write(f"cluster: production\nstack: shop\nvolumes: {{kept: {{}}}}\nremoved:\n  volumes:\n{gone}")

    step = runner.plan()

    assert (step.code, step.outputs["delete"]) == (0, str(count))
    assert "reconciler-approval" not in runner.comment()
    assert "Merging approves none" in runner.comment()
    assert runner.merge().outputs["failure-reason"] == "plan-changed"


def test_jobs_that_differ_in_the_url_of_the_api_have_a_comment_each(runner):
    runner.plan()
    runner.plan(api_url=runner.platform.url.replace("127.0.0.1", "localhost"))

    assert len(runner.github.comments[7]) == 2


@pytest.mark.parametrize(
    "inputs", [{"variables": "ENV=eins"}, {"variables": "OTHER=zwei"}, {"variables": ""}]
)
def test_jobs_that_differ_in_variables_have_a_comment_each(runner, inputs):
    runner.plan(variables="ENV=zwei")
    runner.plan(**inputs)

    assert len(runner.github.comments[7]) == 2
    assert "zwei" not in "".join(comment["body"] for comment in runner.github.comments[7])
