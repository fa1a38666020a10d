"""An approval can be used once, for its own stack, while nothing newer has been applied."""

import pytest

from reconciler import cli
from reconciler.api.client import Writer
from reconciler.errors import LeaseHeld, Rejected
from tests.github.conftest import HEAD, MANIFEST, MERGED, NEXT_HEAD, PLAN_KEY
from tests.github.platform import writer as session_of
from tests.github.server import MERGED_AT, pull_body

FIRST, SECOND, THIRD = "a1" * 20, "a2" * 20, "a3" * 20
LATER_HEAD = "7" * 40
ELSEWHERE = "cluster: production\nstack: elsewhere\nvolumes: {more: {}}\n"


def replicas(runner):
    with session_of(runner.platform) as (writer, at):
        return {
            service["name"]: service["replicas"]
            for service in writer.services(at)
            if service["name"] == "web"
        }


def volumes(runner):
    with session_of(runner.platform) as (writer, at):
        return {volume["name"] for volume in writer.volumes(at)}


def scale_by_hand(runner, number):
    with session_of(runner.platform) as (writer, at):
        web = next(service for service in writer.services(at) if service["name"] == "web")
        writer.replace_service(
            at, web["id"], {"image": web["image"], "replicas": number, "update_monitor": 0}
        )


def remove_by_hand(runner, name):
    with session_of(runner.platform) as (writer, at):
        writer.delete_volume(
            at, next(volume["id"] for volume in writer.volumes(at) if volume["name"] == name)
        )


def approve(runner, text, number, head, commit):
    """Plan and merge a pull request; returns the step for its push."""
    runner.write(text)
    runner.plan(head, number=number)
    return runner.merge(number, head=head, commit=commit)


def refuse_volumes(monkeypatch):
    """Let the platform refuse to create volumes until the patch is undone."""
    really = Writer._on

    def refusing(self, name, *given, **ids):
        if name == "create_volume":
            raise Rejected("no volumes today", status=400, method="POST", path="/volumes")
        return really(self, name, *given, **ids)

    monkeypatch.setattr(Writer, "_on", refusing)


def test_a_later_push_does_not_redo_changes_that_an_operator_reverted(runner):
    assert approve(runner, MANIFEST.format(replicas=1), 7, HEAD, FIRST).code == 0
    assert approve(runner, MANIFEST.format(replicas=2), 8, NEXT_HEAD, SECOND).code == 0
    runner.write(ELSEWHERE, "elsewhere.yaml")
    runner.plan(LATER_HEAD, number=9)
    scale_by_hand(runner, 1)

    step = runner.merge(9, head=LATER_HEAD, commit=THIRD)

    assert (step.code, step.outputs["failure-reason"]) == (3, "plan-changed")
    assert replicas(runner) == {"web": 1}


def test_a_later_push_does_not_finish_a_failed_apply(runner, monkeypatch):
    assert approve(runner, MANIFEST.format(replicas=1), 7, HEAD, FIRST).code == 0
    with monkeypatch.context() as patch:
        refuse_volumes(patch)
        assert approve(runner, MANIFEST.format(replicas=2) + "  late: {}\n", 8, NEXT_HEAD, SECOND).code == 1
    runner.write("cluster: production\nstack: shop\nvolumes: {late: {}, data: {}}\n")
    runner.write(ELSEWHERE, "elsewhere.yaml")
    runner.plan(LATER_HEAD, number=9, path="elsewhere.yaml")

    step = runner.merge(9, head=LATER_HEAD, commit=THIRD)

    assert step.outputs["failure-reason"] == "plan-changed"
    assert "late" not in volumes(runner)


def test_a_failed_job_that_is_run_again_makes_the_remaining_changes(runner, monkeypatch):
    with monkeypatch.context() as patch:
        refuse_volumes(patch)
        step = approve(runner, MANIFEST.format(replicas=1), 7, HEAD, FIRST)
        assert (step.code, step.outputs["failure-reason"]) == (1, "rollout")
    assert volumes(runner) == set()

    step = runner.merge(head=HEAD, commit=FIRST)

    assert (step.code, step.outputs["failure-reason"]) == (0, "")
    assert volumes(runner) == {"data"}


def test_a_cancelled_job_that_is_run_again_makes_its_changes(runner, monkeypatch):
    runner.plan(HEAD, number=7)
    runner.merge(7, head=HEAD, commit=FIRST)
    runner.write(MANIFEST.format(replicas=1) + "  late: {}\n")
    runner.plan(NEXT_HEAD, number=8)
    runner.github.pulls_by_commit[SECOND] = [pull_body(8, head=NEXT_HEAD, merged=True)]
    runner.github.append(SECOND)
    runner.write(MANIFEST.format(replicas=2) + "  late: {}\n")
    runner.plan(LATER_HEAD, number=9)
    with monkeypatch.context() as patch:
        refuse_volumes(patch)
        assert runner.merge(9, head=LATER_HEAD, commit=THIRD).code == 1

    assert runner.merge(9, head=LATER_HEAD, commit=THIRD).code == 0
    assert volumes(runner) == {"data", "late"}


@pytest.mark.parametrize("comment", ["always", "never"])
def test_a_job_that_is_run_again_does_not_recreate_deleted_objects(runner, comment):
    runner.plan()
    assert runner.merge(comment=comment).code == 0
    remove_by_hand(runner, "data")

    step = runner.merge(comment=comment)

    assert (step.code, step.outputs["failure-reason"]) == (3, "plan-changed")
    assert "data" not in volumes(runner)


def test_the_same_change_with_a_new_approval_is_made_again(runner):
    assert approve(runner, MANIFEST.format(replicas=1), 7, HEAD, FIRST).code == 0
    remove_by_hand(runner, "data")

    assert approve(runner, MANIFEST.format(replicas=1), 8, NEXT_HEAD, SECOND).code == 0
    assert volumes(runner) == {"data"}


def test_an_old_job_that_is_run_again_is_superseded(runner):
    assert approve(runner, MANIFEST.format(replicas=1), 7, HEAD, FIRST).code == 0
    assert approve(runner, MANIFEST.format(replicas=2), 8, NEXT_HEAD, SECOND).code == 0
    before = runner.report(7)
    runner.write(MANIFEST.format(replicas=1))

    step = runner.merge(7, head=HEAD, commit=FIRST)

    assert (step.code, step.outputs["failure-reason"]) == (0, "")
    assert "Superseded" in step.summary
    notice = step.annotations("notice")[0]
    assert "Live state matches the newer commit." in notice
    assert "a newer commit, which includes this one, was already applied (" in notice
    assert replicas(runner) == {"web": 2}
    assert runner.report(7) == before


def test_an_old_job_is_superseded_by_an_apply_that_only_released_an_object(runner):
    released = MANIFEST.format(replicas=1).replace("volumes:\n  data: {}", "released: {volumes: [data]}")
    assert approve(runner, MANIFEST.format(replicas=1), 7, HEAD, FIRST).code == 0
    assert approve(runner, released, 8, NEXT_HEAD, SECOND).code == 0
    runner.write(MANIFEST.format(replicas=1))

    step = runner.merge(7, head=HEAD, commit=FIRST, adopt="true")

    assert (step.code, step.outputs["failure-reason"]) == (0, ""), step.log
    assert "Superseded" in step.summary


def a_newer_job_applies_one_of_two_stacks(runner):
    """Pull request 7 plans both stacks; before it is applied, 8 plans and applies the first one."""
    runner.write(MANIFEST.format(replicas=1))
    runner.write(ELSEWHERE, "elsewhere.yaml")
    runner.plan(HEAD, number=7)
    runner.github.append(FIRST)
    runner.write(MANIFEST.format(replicas=2))
    runner.plan(NEXT_HEAD, number=8, path="reconciler.yaml")
    assert runner.merge(8, head=NEXT_HEAD, commit=SECOND, path="reconciler.yaml").code == 0
    runner.write(MANIFEST.format(replicas=1))


@pytest.mark.parametrize("refused", [False, True], ids=["the rest applied", "the rest refused"])
def test_an_old_job_that_does_a_part_says_which_stack_is_superseded(runner, refused):
    a_newer_job_applies_one_of_two_stacks(runner)
    if refused:
        runner.write(ELSEWHERE.replace("more", "other"), "elsewhere.yaml")

    step = runner.merge(7, head=HEAD, commit=FIRST)

    assert step.code == (3 if refused else 0), step.log
    assert replicas(runner) == {"web": 2}
    assert ("more" in volumes(runner)) == (not refused)
    for text in (runner.report(7), step.summary):
        assert "stack shop&#58; a newer commit, which includes this one, was already applied" in text


def test_an_old_job_that_finds_the_rest_locked_says_which_stack_is_superseded(runner, monkeypatch):
    def is_held(session, run, settings):
        raise LeaseHeld("stack elsewhere is being applied")

    a_newer_job_applies_one_of_two_stacks(runner)
    monkeypatch.setattr("reconciler.github.commands.apply", is_held)

    step = runner.merge(7, head=HEAD, commit=FIRST)

    assert (step.code, step.outputs["failure-reason"]) == (3, "lease"), step.log
    for text in (runner.report(7), step.summary):
        assert "stack shop&#58; a newer commit, which includes this one, was already applied" in text
        assert "stack elsewhere is being applied" in text


@pytest.mark.parametrize(
    "known, said",
    [(True, "is not in this branch's history"), (False, "is unknown")],
    ids=["diverged", "unknown"],
)
def test_nothing_is_applied_if_the_order_of_commits_is_unknown(runner, known, said):
    assert approve(runner, MANIFEST.format(replicas=1), 7, HEAD, FIRST).code == 0
    runner.github.history.remove(FIRST)
    runner.github.astray += [FIRST] if known else []

    step = approve(runner, MANIFEST.format(replicas=2), 8, NEXT_HEAD, SECOND)

    assert (step.code, step.outputs["failure-reason"]) == (3, "plan-changed")
    assert said in step.log
    assert "workflow_dispatch" in step.log
    assert replicas(runner) == {"web": 1}
    by_hand = runner.run("apply", "workflow_dispatch", {"after": SECOND}, without_approval="apply")
    assert by_hand.code == 0
    assert replicas(runner) == {"web": 2}


def test_applies_of_other_repositories_do_not_affect_the_order(runner):
    assert approve(runner, MANIFEST.format(replicas=1), 7, HEAD, FIRST).code == 0
    runner.write("cluster: production\nstack: shop\nvolumes: {theirs: {}}\n")
    by_hand = {"without_approval": "apply", "source": "git.example/acme/other"}
    assert runner.run("apply", "workflow_dispatch", {"after": "9" * 40}, **by_hand).code == 0

    step = approve(runner, MANIFEST.format(replicas=2), 8, NEXT_HEAD, SECOND)

    assert (step.code, step.outputs["failure-reason"]) == (0, ""), step.log
    assert replicas(runner) == {"web": 2}
    runner.write(MANIFEST.format(replicas=1))
    assert "Superseded" in runner.merge(7, head=HEAD, commit=FIRST).summary


def test_after_an_apply_without_a_commit_the_order_is_unknown(runner, monkeypatch):
    assert approve(runner, MANIFEST.format(replicas=1), 7, HEAD, FIRST).code == 0
    runner.write("cluster: production\nstack: shop\nvolumes: {theirs: {}}\n")
    monkeypatch.setenv("MEDSTACK_API_URL", runner.platform.url)
    monkeypatch.setenv("MEDSTACK_TOKEN_KEY", runner.platform.key)
    monkeypatch.setenv("MEDSTACK_TOKEN_VALUE", runner.platform.value)
    path = str(runner.checkout / "reconciler.yaml")
    assert cli.run(["apply", path, "--yes", "--source", "a folder of somebody's"]) == 0

    step = approve(runner, MANIFEST.format(replicas=2), 8, NEXT_HEAD, SECOND)

    assert step.outputs["failure-reason"] == "plan-changed"
    assert "without a commit" in step.log


def test_an_invalid_commit_in_a_record_is_not_looked_up(runner):
    assert approve(runner, MANIFEST.format(replicas=1), 7, HEAD, FIRST).code == 0
    elsewhere = {"after": f"{HEAD}/../../../../other/repository/compare/a...b?"}
    runner.write(MANIFEST.format(replicas=2))
    assert (
        runner.run("apply", "workflow_dispatch", elsewhere, without_approval="apply", github_token="").code
        == 0
    )
    runner.github.requests.clear()

    step = approve(runner, MANIFEST.format(replicas=3), 8, NEXT_HEAD, SECOND)

    assert (step.code, step.outputs["failure-reason"]) == (3, "plan-changed")
    assert "the last apply was of a commit that is unknown" in step.log
    assert not any("compare" in request for request in runner.github.requests)


SECRET = "cluster: production\nstack: shop\nsecrets: {{password: {{env: {0}}}}}\n"


@pytest.mark.parametrize(
    "source, value", [("PASSWORD", "another value"), ("ROOT_KEY", "value")], ids=["value", "source"]
)
def test_another_value_or_source_of_a_secret_than_the_approved_one_is_refused(runner, source, value):
    given = {"RECONCILER_SECRET_PASSWORD": "value", "RECONCILER_SECRET_ROOT_KEY": "value"}
    runner.write(SECRET.format("PASSWORD"))
    runner.plan(environment=given)
    runner.write(SECRET.format(source))

    changed = runner.merge(environment={**given, f"RECONCILER_SECRET_{source}": value})
    assert (changed.code, changed.outputs["failure-reason"]) == (3, "plan-changed")

    runner.write(SECRET.format("PASSWORD"))
    assert runner.merge(environment=given).code == 0


def test_digests_of_secret_values_are_published_only_under_the_plan_key(runner):
    runner.write(SECRET.format("PASSWORD"))
    plans = [
        runner.plan(environment={"RECONCILER_SECRET_PASSWORD": value}, plan_key="").outputs["plan-json"]
        for value in ("one", "another")
    ]

    assert plans[0] == plans[1]


def test_an_edited_comment_approves_nothing_and_says_so(runner):
    assert approve(runner, MANIFEST.format(replicas=1), 7, HEAD, FIRST).code == 0
    runner.write("cluster: production\nstack: shop\nvolumes: {data: {}}\nremoved: {services: [web]}\n")
    runner.plan(NEXT_HEAD, number=8)
    (comment,) = runner.github.comments[8]
    comment["body"] = comment["body"].replace("1 to DELETE", "Nothing to delete").replace("web", "www")

    step = runner.merge(8, head=NEXT_HEAD, commit=SECOND)

    assert (step.code, step.outputs["failure-reason"]) == (3, "plan-changed")
    assert "its comment was edited after the plan was written into it, so it approves nothing" in step.log
    assert replicas(runner) == {"web": 1}


@pytest.mark.parametrize("inputs", [{"adopt": "true"}, {"prune": "true"}], ids=lambda case: next(iter(case)))
def test_another_input_than_the_approved_one_is_refused(runner, inputs):
    runner.plan()

    step = runner.merge(**inputs)

    assert step.outputs["failure-reason"] == "plan-changed"
    assert f"it was approved with {next(iter(inputs))} false, and this run has true" in step.log


GREETING = MANIFEST.replace(
    "    replicas:", "    environment_variables: {{GREETING: '${{GREETING}}'}}\n    replicas:"
)


@pytest.mark.parametrize(
    "inputs, said",
    [
        ({"source": "another repository"}, "it was approved with source"),
        ({"target": "production/service/web"}, "no comment with a plan of this target"),
        ({"cluster": "production"}, "no comment with a plan of this target"),
        ({"variables": "GREETING=bye"}, "no comment with a plan of this target"),
        ({"variables": "GREETING=hello\nMORE=x"}, "no comment with a plan of this target"),
        ({"path": "reconciler.yaml"}, "no comment with a plan of this target"),
        ({"api_url": "http://localhost"}, "no comment with a plan of this target"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_inputs_do_not_change_the_scope_of_an_approval(runner, inputs, said):
    runner.inputs = {"variables": "GREETING=hello"}
    runner.write(GREETING.format(replicas=1))
    runner.plan()
    if "api_url" in inputs:
        inputs = {"api_url": runner.platform.url.replace("127.0.0.1", "localhost")}

    step = runner.merge(**inputs)

    assert (step.code, step.outputs["failure-reason"]) == (3, "plan-changed"), step.log
    assert said in step.log
    assert replicas(runner) == {}


@pytest.mark.parametrize(
    "lifecycle",
    ["{wait: false}", "{on_failure: rollback}", "{prevent_destroy: true}", "{ignore_changes: [args]}"],
)
def test_another_lifecycle_than_the_approved_one_is_refused(runner, lifecycle):
    runner.plan()
    runner.write(MANIFEST.format(replicas=f"1\n    lifecycle: {lifecycle}"))

    step = runner.merge()

    assert (step.code, step.outputs["failure-reason"]) == (3, "plan-changed")
    assert "the manifest, a value or the source of a value has changed since" in step.log


@pytest.mark.parametrize("base_branches, code", [("", 3), ("main\nrelease", 0)])
def test_only_pull_requests_into_a_base_branch_approve(runner, base_branches, code):
    pull = pull_body(7, head=HEAD, base_ref="release")
    runner.run("plan", "pull_request", {"pull_request": pull}, base_branches="release")
    runner.github.pulls_by_commit[MERGED] = [{**pull, "merged_at": MERGED_AT}]
    branch = {"GITHUB_REF": "refs/heads/release"}

    assert runner.push(environment=branch, base_branches=base_branches).code == code


def test_the_default_branch_is_read_from_the_event(runner):
    runner.plan()
    runner.github.pulls_by_commit[MERGED] = [pull_body(7, head=HEAD, merged=True)]
    payload = {"after": MERGED, "commits": [], "repository": {"default_branch": "main"}}
    runner.github.requests.clear()

    assert runner.run("apply", "push", payload, plan_key=PLAN_KEY).code == 0
    assert "GET /api/v3/repos/acme/clinic" not in runner.github.requests


def test_a_restored_earlier_comment_of_the_same_head_approves_nothing(runner):
    runner.plan()
    earlier = runner.comment()
    with session_of(runner.platform) as (writer, at):
        writer.create_volume(at, {"name": "unrelated"})
    runner.plan()
    assert runner.comment() != earlier
    assert runner.merge().code == 0
    remove_by_hand(runner, "data")
    runner.github.comments[7][0]["body"] = earlier

    step = runner.merge()

    assert (step.code, step.outputs["failure-reason"]) == (3, "plan-changed")
    assert "has been applied: have it approved again" in step.log
    assert volumes(runner) == {"unrelated"}
