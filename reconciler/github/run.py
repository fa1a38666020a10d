"""One job from beginning to end: done, then told in the log, the comment or issue, the summary, the outputs.

What can't be told never undoes or hides what was done: it is a warning after an apply, an error before one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler import __version__
from reconciler.errors import ReconcilerError, UsageError
from reconciler.github import posts, text
from reconciler.github.annotations import annotations
from reconciler.github.approval import Binding, block, block_in
from reconciler.github.approvals import Approvals
from reconciler.github.job import Ended, Job
from reconciler.github.repository import Repository
from reconciler.github.runner import Log, command, write_outputs, write_summary
from reconciler.github.work import applied, counts, drifted, of_error, planned, validated
from reconciler.pipeline.plan import plan_file
from reconciler.render import as_html, as_json, diagnostics_as_text
from reconciler.render.lines import drift_line
from reconciler.render.lines import drifted as fields_drifted
from reconciler.render.visible import shorten

TITLE = "reconciler"
TOLD = 3_000
"""Characters of an annotation that is not a diagnostic's."""


@dataclass(frozen=True, slots=True)
class Files:
    """Where the plan was written, and its text as a plan file; all empty where there is none."""

    json: str = ""
    html: str = ""
    plan: str = ""


def run(
    job: Job,
    *,
    log: Log,
    repository: Repository | None,
    environment: Mapping[str, str],
    stop: Callable[[], bool] = lambda: False,
) -> int:
    """Do the job and tell of it; the exit code. ``repository`` is None without a token for GitHub."""
    approvals = Approvals(job, repository)
    files, url, trouble = Files(), "", ""
    try:
        ended = _closed(job) if _was_closed(job) else _work(job, approvals, log, stop)
    except ReconcilerError as error:
        ended = of_error(error)
    try:
        files = _written(job, ended)
        url = _published(job, ended, approvals, repository, files) if repository else ""
    except (ReconcilerError, OSError) as error:
        trouble = str(error)
    if trouble and not _does_no_harm(job):
        ended = replace(ended, exit_code=ended.exit_code or 1, reason=ended.reason or "api")
    _tell(job, ended, log, trouble, environment)
    write_outputs(_outputs(ended, files, url), environment)
    return ended.exit_code


def _work(job: Job, approvals: Approvals, log: Log, stop: Callable[[], bool]) -> Ended:
    if job.event.name == "pull_request_target":
        raise UsageError(
            "pull_request_target would give the manifests of a fork this repository's secrets: "
            "use pull_request, where a fork's manifests are checked without any"
        )
    match job.command:
        case "validate":
            return validated(job)
        case "plan":
            return planned(job, log.say)
        case "drift":
            return drifted(job, log.say)
        case "apply":
            return applied(job, approvals, log.say, stop)


def _was_closed(job: Job) -> bool:
    pull = job.event.pull
    return job.command == "plan" and pull is not None and pull.closed


def _closed(job: Job) -> Ended:
    merged = job.event.pull is not None and job.event.pull.merged
    how = (
        "merged: what becomes of it is for apply"
        if merged
        else "closed without a merge: this approves nothing"
    )
    return Ended(state="outdated", headline=f"The pull request was {how}.")


def _does_no_harm(job: Job) -> bool:
    """Whether not to comment is a warning only: a fork may not, and after an apply it is not what matters."""
    return job.event.keeps_secrets_back or job.command == "apply" or _was_closed(job)


def _written(job: Job, ended: Ended) -> Files:
    """Write the plan where later steps find it."""
    if ended.run is None:
        return Files()
    made, folder = ended.run, job.folder / job.target.key
    folder.mkdir(parents=True, exist_ok=True)
    json, html = folder / "plan.json", folder / "plan.html"
    if job.command == "drift":  # no approval of anything, so no plan file
        plan = as_json(made.plans, diagnostics=made.diagnostics, meta=made.meta)
        page = as_html(made.plans, diagnostics=made.diagnostics, meta=made.meta, summary=drift_line)
    else:
        plan = plan_file(made, job.environment)
        page = as_html(made.plans, diagnostics=made.diagnostics, meta=made.meta)
    _write(json, plan)
    _write(html, page)
    return Files(str(json), str(html), plan)


def _write(path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8", newline="\n")


def _published(job: Job, ended: Ended, approvals: Approvals, repository: Repository, files: Files) -> str:
    """Bring the comment or the issue up to date; its address, or ""."""
    match job.command:
        case "plan":
            return _comment(job, ended, repository, files)
        case "apply":
            urls = list(_comments_on_what_was_merged(job, ended, approvals, repository))
            return urls[0] if urls else ""
        case "drift" if ended.state in ("drifted", "clean"):
            return _issue(job, ended, repository)
    return ""


def _comment(job: Job, ended: Ended, repository: Repository, files: Files) -> str:
    pull = job.event.pull
    if pull is None or job.comment == "never":
        return ""
    if pull.closed and pull.merged:
        return ""
    found = posts.find(repository, pull.number, job.target)
    silent = ended.state == "planned" and not (ended.run and ended.run.changes)
    if found is None and (pull.closed or (job.comment == "changes" and silent)):
        return ""
    note = approval = ""
    if ended.state == "planned" and ended.run is not None:
        note = text.approvable(job, until=ended.run.meta.expires)
        approval = _sealed(job, files.plan)
    budget = text.COMMENT_BUDGET - len(approval)
    body = f"{text.page(job, ended, budget=budget, note=note)}{approval}"
    return posts.put(repository, pull.number, job.target, body, found=found).url


def _sealed(job: Job, plan: str) -> str:
    """The hidden line by which an apply knows what was approved; "" without a key to seal it."""
    event, pull = job.event, job.event.pull
    if job.plan_key is None or pull is None:
        return ""
    binding = Binding(
        repository=event.repository,
        pull=pull.number,
        base_ref=pull.base_ref,
        base_sha=pull.base_sha,
        head_sha=pull.head_sha,
        target=job.target.key,
        tool_version=__version__,
        run_id=event.run_id,
    )
    return block(binding, plan, key=job.plan_key, room=text.APPROVAL_ROOM)


def _comments_on_what_was_merged(
    job: Job, ended: Ended, approvals: Approvals, repository: Repository
) -> Iterator[str]:
    if job.comment == "never":
        return
    silent = ended.state == "applied" and not ended.outcomes
    for standing in approvals.standings:
        post = standing.post
        if post is None and (silent or job.comment != "always"):
            continue
        kept = "" if ended.state == "applied" or post is None else block_in(post.body)
        kept = kept if len(kept) <= text.APPROVAL_ROOM else ""
        body = f"{text.page(job, ended, budget=text.COMMENT_BUDGET - len(kept))}{kept}"
        yield posts.put(repository, standing.pull.number, job.target, body, found=post).url


def _issue(job: Job, ended: Ended, repository: Repository) -> str:
    page = text.page(job, ended, budget=text.COMMENT_BUDGET)
    if ended.state == "drifted":
        return posts.put_drift(repository, job.target, page).url
    closed = posts.close_drift(repository, job.target, page)
    return closed.url if closed else ""


def _tell(job: Job, ended: Ended, log: Log, trouble: str, environment: Mapping[str, str]) -> None:
    """The log, its annotations, and the summary."""
    if ended.run is None and ended.diagnostics:
        log.say(diagnostics_as_text(ended.diagnostics))
    for line in (ended.headline, *ended.details):
        log.say(line)
    commands = annotations(
        ended.diagnostics, here=Path.cwd(), workspace=job.workspace, rest_at=job.event.run_url
    )
    told = shorten_lines((ended.headline, *ended.details))
    if ended.exit_code not in (0, 2) and not (ended.reason == "invalid" and ended.diagnostics):
        commands.append(command("error", told, title=TITLE))
    elif ended.exit_code == 2 or ended.state == "offline":
        commands.append(command("notice", told, title=TITLE))
    if trouble:
        severity = "warning" if _does_no_harm(job) else "error"
        commands.append(
            command(
                severity, f"This could not be told where it belongs. {shorten(trouble, TOLD)}", title=TITLE
            )
        )
    log.tell(commands)
    write_summary(text.page(job, ended, budget=text.SUMMARY_BUDGET), environment)


def shorten_lines(lines: tuple[str, ...]) -> str:
    """Lines for one annotation: each visible, all of them within what GitHub shows."""
    whole = "\n".join(shorten(line, TOLD // 4) for line in lines)
    return whole if len(whole) <= TOLD else f"{whole[:TOLD]}…"


def _outputs(ended: Ended, files: Files, url: str) -> dict[str, str]:
    count = counts(ended.run)
    return {
        "changes": "true" if ended.run and ended.run.changes else "false",
        **{action: str(count[action]) for action in ("create", "update", "replace", "delete")},
        "drift": str(fields_drifted(ended.run.plans) if ended.run else 0),
        "summary": shorten(ended.headline, 1_000),
        "plan-json": files.json,
        "plan-html": files.html,
        "comment-url": url,
        "failure-reason": ended.reason,
        "exit-code": str(ended.exit_code),
    }
