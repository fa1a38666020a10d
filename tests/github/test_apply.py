import io
import re
import shutil
import zipfile
from pathlib import Path

import pytest

from reconciler import __version__
from reconciler.errors import LeaseHeld
from reconciler.github import approvals, commands, markdown
from reconciler.github.event import pull_of
from reconciler.github.repository import Repository
from tests.github.conftest import BEFORE, HEAD, MANIFEST, MERGED, NEXT_HEAD
from tests.github.platform import writer as session_of
from tests.github.server import pull_body

OTHER = "5" * 40


def services(runner):
    with session_of(runner.platform) as (writer, at):
        return {service["name"]: service for service in writer.services(at)}


def edit(runner, old, new):
    for comment in runner.github.comments[7]:
        comment["body"] = re.sub(old, new, comment["body"])


def test_a_plan_of_a_pull_request_is_applied_on_merge(runner):
    runner.plan()

    step = runner.merge()

    assert step.code == 0, step.log
    assert step.outputs["failure-reason"] == ""
    assert services(runner)["web"]["image"].startswith("nginx:1.27")
    report = runner.report()
    assert "Applied" in report
    assert "Apply complete: 2 applied" in report
    assert "actions/runs/77" in report
    assert step.outputs["comment-url"] == runner.github.comments[7][1]["html_url"]


def test_the_approved_comment_is_not_changed(runner):
    runner.plan()
    approved = runner.comment()

    runner.merge()

    assert runner.comment() == approved


def test_a_second_run_of_the_same_merge_has_nothing_to_do(runner):
    runner.plan()
    runner.merge()

    step = runner.merge()

    assert (step.code, step.outputs["changes"]) == (0, "false")


def test_live_state_changed_since_the_plan_gives_plan_changed(runner):
    runner.plan()
    runner.merge()
    runner.write(MANIFEST.format(replicas=2))
    runner.plan(NEXT_HEAD)
    with session_of(runner.platform) as (writer, at):
        web = next(service for service in writer.services(at) if service["name"] == "web")
        writer.replace_service(at, web["id"], {"image": web["image"], "replicas": 5, "update_monitor": 1})

    step = runner.merge(head=NEXT_HEAD, commit=OTHER)

    assert (step.code, step.outputs["failure-reason"]) == (3, "plan-changed")
    assert services(runner)["web"]["replicas"] == 5
    assert "Outdated" in runner.report()
    assert "update differs from the approval in replicas" in step.annotations("error")[0]
    assert "replicas" in runner.report()


def test_a_part_of_the_approved_changes_may_be_applied(runner):
    runner.plan()
    with session_of(runner.platform) as (writer, at):
        writer.create_volume(at, {"name": "unrelated"})
    runner.write(MANIFEST.format(replicas=1).replace("  data: {}\n", "").replace("volumes:", ""))

    assert runner.merge().code == 0


def test_changes_that_were_not_approved_are_refused(runner):
    runner.plan()
    runner.write(MANIFEST.format(replicas=1) + "  more: {}\n")

    step = runner.merge()

    assert (step.code, step.outputs["failure-reason"]) == (3, "plan-changed")
    assert "production/volume/more: create was not approved" in step.log
    assert "web" not in services(runner)


def test_a_direct_push_is_refused_unless_an_input_allows_it(runner):
    step = runner.push()

    assert (step.code, step.outputs["failure-reason"]) == (3, "plan-changed")
    assert "without-approval: apply" in step.log
    assert runner.push(without_approval="apply").code == 0


def test_a_push_of_a_pull_request_with_a_deleted_comment_is_not_a_direct_push(runner):
    runner.plan()
    runner.github.comments[7].clear()

    step = runner.merge(without_approval="apply")

    assert (step.code, step.outputs["failure-reason"]) == (3, "plan-changed")
    assert "this belongs to a pull request" in step.log
    assert "web" not in services(runner)


def test_a_push_with_any_commit_of_a_pull_request_is_not_a_direct_push(runner):
    runner.github.pulls_by_commit[OTHER] = [pull_body(7, head=HEAD, merged=True)]

    step = runner.push(MERGED, commits=(OTHER, MERGED), without_approval="apply")

    assert step.outputs["failure-reason"] == "plan-changed"


@pytest.mark.parametrize("base_ref, code", [("main", 3), ("release", 0)])
def test_a_pull_request_that_github_does_not_find_by_its_commit_yet_makes_no_direct_push(
    runner, base_ref, code
):
    runner.plan()
    runner.github.comments[7].clear()
    merged = pull_body(7, head=HEAD, merged=True, base_ref=base_ref, merge_commit_sha=MERGED)
    runner.github.closed = [pull_body(6, head=OTHER, merge_commit_sha=MERGED), merged]

    step = runner.push(without_approval="apply")

    assert step.code == code, step.log
    assert ("web" in services(runner)) == (code == 0)


@pytest.mark.parametrize("event", ["schedule", "repository_dispatch", "release"])
def test_a_schedule_a_dispatch_or_a_release_always_needs_an_approval(runner, event):
    step = runner.run("apply", event, {}, without_approval="apply")

    assert step.outputs["failure-reason"] == "plan-changed"
    assert f"not for {event}" in step.log


def test_a_manual_run_needs_no_approval_if_the_input_says_so(runner):
    runner.plan()
    runner.github.comments[7].clear()
    runner.github.pulls_by_commit[MERGED] = [pull_body(7, head=HEAD, merged=True)]

    assert runner.run("apply", "workflow_dispatch", {}).outputs["failure-reason"] == "plan-changed"
    assert runner.run("apply", "workflow_dispatch", {}, without_approval="apply").code == 0


def test_a_direct_push_without_changes_succeeds(runner):
    runner.write("cluster: production\nstack: shop\n")

    assert runner.push().code == 0


def test_without_a_plan_key_nothing_is_approved(runner):
    runner.plan(plan_key="")

    assert runner.merge(plan_key="").outputs["failure-reason"] == "plan-changed"
    assert runner.merge(plan_key="", without_approval="apply").outputs["failure-reason"] == "plan-changed"
    assert runner.run("apply", "workflow_dispatch", {}, plan_key="", without_approval="apply").code == 0


@pytest.mark.parametrize("policy", ["refuse", "apply"])
def test_a_forged_approval_is_refused_under_any_policy(runner, policy):
    runner.plan(plan_key="another-plan-key-of-a-stranger-long-enough")

    step = runner.merge(without_approval=policy)

    assert (step.code, step.outputs["failure-reason"]) == (3, "plan-changed")
    assert "the seal of its approval is not valid" in step.log


def test_an_approval_in_another_users_comment_is_ignored(runner):
    runner.plan()
    runner.github.comments[7][0]["user"] = {"login": "stranger"}

    step = runner.merge()

    assert step.outputs["failure-reason"] == "plan-changed"
    assert "it has no comment with a plan of this target" in step.log


@pytest.mark.parametrize(
    "pull",
    [
        pull_body(8, head=HEAD, merged=True),
        pull_body(7, head=NEXT_HEAD, merged=True),
        pull_body(7, head=HEAD, merged=True, base_ref="release"),
    ],
    ids=["another pull request", "another head", "another base"],
)
def test_an_approval_is_valid_only_for_its_pull_request(runner, pull):
    runner.plan()
    runner.github.comments[pull["number"]] = runner.github.comments[7]
    runner.github.pulls_by_commit[MERGED] = [pull]

    assert runner.push().outputs["failure-reason"] == "plan-changed"


def test_an_approval_is_valid_only_for_its_version_of_the_tool(runner, monkeypatch):
    runner.plan()
    monkeypatch.setattr(approvals, "__version__", f"{__version__}.1")

    step = runner.merge()

    assert step.outputs["failure-reason"] == "plan-changed"
    assert "tool_version" in step.log


@pytest.mark.parametrize("damage", [("approval .{40}", "approval "), ("approval .*? -->", "")])
def test_a_damaged_approval_approves_nothing(runner, damage):
    runner.plan()
    edit(runner, *damage)

    assert runner.merge().outputs["failure-reason"] == "plan-changed"


def test_a_push_of_a_merge_queue_uses_several_approvals(runner):
    runner.plan(number=7)
    runner.write(MANIFEST.format(replicas=1).replace("data", "other"))
    runner.plan(NEXT_HEAD, number=8)
    runner.write(MANIFEST.format(replicas=1) + "  other: {}\n")
    runner.github.pulls_by_commit[OTHER] = [pull_body(7, head=HEAD, merged=True)]
    runner.github.pulls_by_commit[MERGED] = [pull_body(8, head=NEXT_HEAD, merged=True)]

    step = runner.push(MERGED, commits=(OTHER, MERGED))

    assert step.code == 0, step.log
    assert all("Applied" in runner.report(number) for number in (7, 8))


def test_changes_of_a_cancelled_run_are_approved_by_their_own_pull_request(runner):
    runner.plan()
    runner.merge(commit=BEFORE)
    runner.write(MANIFEST.format(replicas=2))
    runner.plan(NEXT_HEAD, number=8)
    runner.write(MANIFEST.format(replicas=2) + "  late: {}\n")
    runner.plan(OTHER, number=9)
    runner.github.pulls_by_commit["6" * 40] = [pull_body(8, head=NEXT_HEAD, merged=True)]
    runner.github.pulls_by_commit[MERGED] = [pull_body(9, head=OTHER, merged=True)]
    runner.github.append("6" * 40, MERGED)

    assert runner.push(MERGED, commits=(MERGED,)).code == 0


def test_the_pull_request_is_found_by_any_of_its_rebased_commits(runner):
    runner.plan()
    runner.github.pulls_by_commit[OTHER] = [pull_body(7, head=HEAD, merged=True)]

    assert runner.push(MERGED, commits=(OTHER, MERGED)).code == 0


def test_a_pull_request_that_is_closed_by_its_merge_can_be_applied(runner):
    runner.plan()

    step = runner.run("apply", "pull_request", {"pull_request": pull_body(7, head=HEAD, merged=True)})

    assert step.code == 0, step.log


def test_apply_on_an_open_pull_request_is_refused(runner):
    step = runner.run("apply", "pull_request", {"pull_request": pull_body(7, head=HEAD)})

    assert (step.code, step.outputs["failure-reason"]) == (1, "invalid")
    assert "web" not in services(runner)


def test_a_failed_rollout_is_reported_and_keeps_the_approval(runner):
    runner.write(MANIFEST.format(replicas=1).replace("nginx:1.27", "crash:1"))
    runner.plan()

    step = runner.merge()

    assert (step.code, step.outputs["failure-reason"]) == (1, "rollout")
    assert "Failed" in runner.report()
    assert "Apply NOT complete" in runner.report()
    assert "reconciler-approval" in runner.comment()


def test_a_plan_too_long_for_the_comment_is_taken_from_an_artifact(runner, monkeypatch):
    monkeypatch.setattr(markdown, "APPROVAL_ROOM", 1_000)
    plan = Path(runner.plan().outputs["plan-json"]).read_bytes()

    step = runner.merge()
    assert step.outputs["failure-reason"] == "plan-changed"
    assert "upload the output plan-json" in step.log

    runner.github.artifacts["77"] = [("other", b""), ("reconciler-plan", zipped({"plan.json": plan}))]
    assert runner.merge().code == 0


@pytest.mark.parametrize("archive", [b"no archive", "changed"])
def test_an_artifact_that_is_not_the_sealed_plan_approves_nothing(runner, monkeypatch, archive):
    monkeypatch.setattr(markdown, "APPROVAL_ROOM", 1_000)
    plan = Path(runner.plan().outputs["plan-json"]).read_bytes()
    if archive == "changed":
        archive = zipped({"plan.json": plan.replace(b"nginx", b"other")})
    runner.github.artifacts["77"] = [("reconciler-plan", archive)]

    assert runner.merge().outputs["failure-reason"] == "plan-changed"


def test_a_comment_that_cannot_be_written_after_an_apply_is_a_warning(runner):
    runner.plan()
    runner.github.fault("POST", "/comments", status=403, times=99)

    step = runner.merge()

    assert (step.code, step.outputs["failure-reason"]) == (0, "")
    assert len(step.annotations("warning")) == 1
    assert "web" in services(runner)


def test_approvals_that_cannot_be_read_stop_the_apply(runner):
    runner.plan()
    runner.github.fault("GET", "/pulls", status=403, times=99)

    step = runner.merge()

    assert (step.code, step.outputs["failure-reason"]) == (1, "api")
    assert "web" not in services(runner)


def test_an_api_that_does_not_answer_is_reported(runner):
    step = runner.plan(token_value="wrong")

    assert (step.code, step.outputs["failure-reason"]) == (1, "api")
    assert "Failed" in runner.comment()


def zipped(files):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def test_a_pull_request_that_github_lists_late_is_waited_for(runner, monkeypatch):
    runner.plan()
    asked = []

    def late(repository, commit):
        asked.append(commit)
        return [] if len(asked) < 3 else [pull_of(pull_body(7, head=HEAD, merged=True), repository.name)]

    monkeypatch.setattr(Repository, "pulls_of", late)

    assert runner.push().code == 0


def test_a_manual_apply_finds_its_approval(runner):
    runner.plan()
    runner.github.pulls_by_commit[MERGED] = [pull_body(7, head=HEAD, merged=True)]

    assert runner.run("apply", "workflow_dispatch", {"inputs": {}}).code == 0


def test_a_held_lease_is_reported_as_such(runner, monkeypatch):
    def held(*_):
        raise LeaseHeld("stack shop is being applied by somebody")

    runner.plan()
    monkeypatch.setattr(commands, "apply", held)

    step = runner.merge()

    assert (step.code, step.outputs["failure-reason"]) == (3, "lease")
    assert "is being applied by somebody" in step.annotations("error")[0]
    assert "reconciler-approval" in runner.comment()


def test_without_a_github_token_nothing_is_approved(runner):
    runner.plan()

    step = runner.merge(github_token="")

    assert (step.code, step.outputs["failure-reason"]) == (3, "plan-changed")


def test_applied_changes_are_reported_even_if_the_comment_fails(runner):
    runner.plan()
    folder = runner.temporary / "reconciler"
    shutil.rmtree(folder)
    folder.write_text("a file in the way", encoding="utf-8")

    step = runner.merge()

    assert (step.code, step.outputs["failure-reason"]) == (0, "")
    assert "Apply complete" in step.outputs["summary"]
    assert len(step.annotations("warning")) == 1


def test_a_release_that_was_not_approved_is_refused(runner):
    runner.plan()
    runner.merge()
    runner.write(MANIFEST.format(replicas=1).replace("volumes:\n  data: {}", "released: {volumes: [data]}"))

    step = runner.push(OTHER)

    assert step.outputs["failure-reason"] == "plan-changed"
    assert "production/volume/data: its release is not approved" in step.log


def test_the_number_of_searched_commits_is_limited(runner, monkeypatch):
    monkeypatch.setattr(approvals, "COMMITS", 2)
    runner.plan()
    runner.github.pulls_by_commit["6" * 40] = [pull_body(7, head=HEAD, merged=True)]

    step = runner.push(MERGED, commits=("6" * 40, OTHER, MERGED))

    assert step.outputs["failure-reason"] == "plan-changed"


def test_a_history_that_cannot_be_read_stops_the_apply(runner):
    runner.plan()
    runner.github.fault("GET", "/compare/", status=401, times=9)

    assert runner.push().outputs["failure-reason"] == "api"


@pytest.mark.parametrize("ref", ["refs/heads/feature", "refs/tags/v1"])
def test_a_push_to_another_branch_or_of_a_tag_always_needs_an_approval(runner, ref):
    step = runner.push(without_approval="apply", environment={"GITHUB_REF": ref})

    assert (step.code, step.outputs["failure-reason"]) == (3, "plan-changed")
    assert "pushes to main, and this is to" in step.log


def test_a_push_with_a_commit_of_an_open_pull_request_is_not_a_direct_push(runner):
    runner.github.pulls_by_commit[MERGED] = [pull_body(7, head=HEAD)]

    assert "this belongs to a pull request" in runner.push(without_approval="apply").log


def test_without_a_github_token_no_push_counts_as_direct(runner):
    step = runner.push(without_approval="apply", github_token="")

    assert (step.code, step.outputs["failure-reason"]) == (3, "plan-changed")
    assert "without github-token it is unknown" in step.log
