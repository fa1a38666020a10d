"""Runs a job, then reports it: in the log, the comment or issue, the summary and the outputs.

All of these are written whatever error is raised. If a report cannot be written, this is a warning after an apply, and
otherwise an error.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from reconciler.document import totals
from reconciler.errors import ReconcilerError, UsageError
from reconciler.github import markdown, posts
from reconciler.github.annotations import annotations
from reconciler.github.approvals import Approvals, binding_of, not_a_base
from reconciler.github.commands import applied, drifted, planned, result_of_error, validated
from reconciler.github.job import Job, JobResult
from reconciler.github.repository import Repository
from reconciler.github.runner import Log, command, write_outputs, write_summary
from reconciler.github.seal import sealed
from reconciler.pipeline.approval import plan_file
from reconciler.planfile import MOMENT
from reconciler.render import as_html, as_json, diagnostics_as_text
from reconciler.render.lines import drift_line
from reconciler.render.lines import drifted as fields_drifted
from reconciler.render.unapproved import REPLACED, unapproved_text
from reconciler.render.visible import shorten

TITLE = "reconciler"
SHOWN = 3_000
"""Characters of an annotation about the job, which is not a diagnostic."""
SPARE = 200
"""Bytes by which two approvals of the same plan may differ in length."""


class PlanFiles(Struct, frozen=True):
    """The paths of the written plan, and its text as a plan file; all "" if there is no plan."""

    json: str = ""
    html: str = ""
    plan: str = ""


def run(
    job: Job,
    *,
    log: Log,
    repository: Repository | None,
    environment: Mapping[str, str],
    interrupted: Callable[[], int] = lambda: 0,
) -> int:
    """Do the job, report it, and return the exit code.

    ``repository`` is None without a token for GitHub; ``interrupted`` is the exit code if a signal asked the run to
    stop, else 0.
    """
    approvals = Approvals(job, repository)
    ended = _result(job, approvals, log, lambda: interrupted() != 0)
    files, url, troubles = PlanFiles(), "", list[str]()
    with _collecting_troubles(troubles):
        files = _written(job, ended)
    with _collecting_troubles(troubles):
        url = _published(job, ended, approvals, repository, files) if repository else ""
    with _collecting_troubles(troubles):
        write_summary(_page(job, ended, markdown.SUMMARY_BUDGET), environment)
    if troubles and not _may_stay_unreported(job):
        ended = _with_fault(ended)
    code = interrupted() or ended.exit_code
    if not _set_outputs(_outputs(ended, files, url, code), environment, troubles):
        ended = _with_fault(ended)  # the outputs of the start remain, which say that the step failed
        code = code or ended.exit_code
    with _collecting_troubles(troubles):
        _log(job, ended, log, troubles)
    return code


def _with_fault(ended: JobResult) -> JobResult:
    """The result of a job whose report is incomplete."""
    return replace(ended, exit_code=ended.exit_code or 1, reason=ended.reason or "api")


def _set_outputs(outputs: Mapping[str, str], environment: Mapping[str, str], troubles: list[str]) -> bool:
    """Set the outputs of the step, and return whether that succeeded; an error is appended to ``troubles``."""
    before = len(troubles)
    with _collecting_troubles(troubles):
        write_outputs(outputs, environment)
    return len(troubles) == before


def report_not_started(error: Exception, *, log: Log, environment: Mapping[str, str]) -> int:
    """Report a step that failed before its job was known, and return the exit code."""
    ended = result_of_error(error)
    log.write_commands([command("error", shorten_lines(ended.details), title=TITLE)])
    with _collecting_troubles([]):
        write_summary(markdown.bare(ended), environment)
    _set_outputs(_outputs(ended, PlanFiles(), "", ended.exit_code), environment, [])
    return ended.exit_code


def _result(job: Job, approvals: Approvals, log: Log, stop: Callable[[], bool]) -> JobResult:
    """Run the job's command. Never raises: if an apply fails, its result says what was written."""
    try:
        return _result_if_closed(job) if _was_closed(job) else _work(job, approvals, log, stop)
    except Exception as error:  # noqa: BLE001 - a job always ends with a report
        return result_of_error(error)


@contextmanager
def _collecting_troubles(troubles: list[str]) -> Iterator[None]:
    """Append an error raised inside to ``troubles``, so that the rest of the report is still written."""
    try:
        yield
    except (ReconcilerError, OSError) as error:
        troubles.append(str(error))
    except Exception as error:  # noqa: BLE001 - the rest of the report must still be written
        troubles.append(result_of_error(error).details[0])


def _work(job: Job, approvals: Approvals, log: Log, stop: Callable[[], bool]) -> JobResult:
    if faults := ((job.event.refusal,) if job.event.refusal else job.faults):
        return replace(result_of_error(UsageError()), details=faults)
    match job.command:
        case "validate":
            return validated(job, log)
        case "plan":
            return planned(job, log)
        case "drift":
            return drifted(job, log)
        case "apply":
            return applied(job, approvals, log, stop)


def _was_closed(job: Job) -> bool:
    pull = job.event.pull
    return job.command == "plan" and pull is not None and pull.closed


def _result_if_closed(job: Job) -> JobResult:
    merged = job.event.pull is not None and job.event.pull.merged
    how = "merged: apply takes over" if merged else "closed without a merge: this approves nothing"
    return JobResult(state="outdated", headline=f"The pull request was {how}.")


def _may_stay_unreported(job: Job) -> bool:
    """Whether a failed report is only a warning: a fork may not comment, and an apply has already been made."""
    return job.event.keeps_secrets_back or job.command == "apply" or _was_closed(job)


def _written(job: Job, ended: JobResult) -> PlanFiles:
    """Write the plan as JSON and HTML for later steps."""
    if ended.run is None:
        return PlanFiles()
    run, folder = ended.run, job.folder / job.target.key
    folder.mkdir(parents=True, exist_ok=True)
    json, html = folder / "plan.json", folder / "plan.html"
    if job.command == "drift":  # it approves nothing, so no plan file
        plan = as_json(run.plans, diagnostics=run.diagnostics, meta=run.meta)
        page = as_html(run.plans, diagnostics=run.diagnostics, meta=run.meta, summary=drift_line)
    else:
        plan = plan_file(run, job.environment)
        page = as_html(run.plans, diagnostics=run.diagnostics, meta=run.meta)
    for path, content in ((json, plan), (html, page)):
        path.write_text(content, encoding="utf-8", newline="\n")
    return PlanFiles(str(json), str(html), plan)


def _published(
    job: Job, ended: JobResult, approvals: Approvals, repository: Repository, files: PlanFiles
) -> str:
    """Write or update the comment or the issue, and return its URL, or ""."""
    match job.command:
        case "plan":
            return _comment(job, ended, repository, files)
        case "apply":
            urls = list(_reports(job, ended, approvals, repository))
            return urls[0] if urls else ""
        case "drift" if ended.state in ("drifted", "clean"):
            return _issue(job, ended, repository)
    return ""


def _comment(job: Job, ended: JobResult, repository: Repository, files: PlanFiles) -> str:
    """Write the comment with a pull request's plan, which approves it, and return its URL, or ""."""
    pull = job.event.pull
    if pull is None or job.comment == "never":
        return ""
    if pull.closed and pull.merged:
        return ""
    ours = posts.find_all(repository, pull.number, job.target, posts.PLAN)
    found = ours[0] if ours else None
    silent = ended.state == "planned" and not (ended.run and ended.run.changes)
    if found is None and (pull.closed or (job.comment == "changes" and silent)):
        return ""
    if ended.state == "planned" and ended.run is not None:
        body = _approving(job, ended, repository, files.plan)
    else:
        body = posts.headed(job.target, posts.PLAN, _page(job, ended, markdown.COMMENT_BUDGET))
    url = posts.put(repository, pull.number, job.target, posts.PLAN, body, found=found).url
    for other in ours[1:]:
        repository.edit_comment(other.id, REPLACED)
    return url


def _approving(job: Job, ended: JobResult, repository: Repository, plan: str) -> str:
    """The comment on a plan: with the approval in it, or with the reason why it approves nothing."""
    pull, key = job.event.pull, job.plan_key
    until = ended.run.meta.expires if ended.run else ""
    if key is None:
        why = "plan-key is not set"
    elif pull is None or not plan:
        why = "the plan file could not be written"
    elif other := not_a_base(job, repository, pull.base_ref):
        why = unapproved_text(other)
    else:
        written = repository.client.server_time.strftime(MOMENT)
        binding = binding_of(job, pull, repository.name, written=written)
        room = len(sealed("", binding, plan, key=key, room=markdown.APPROVAL_ROOM)) + SPARE
        note = markdown.approvable(until)
        page = markdown.page(job, ended, budget=markdown.COMMENT_BUDGET - room, note=note)
        if page.names_destroyed:
            body = posts.headed(job.target, posts.PLAN, page.text)
            return sealed(body, binding, plan, key=key, room=markdown.APPROVAL_ROOM)
        why = (
            "the deletes and replaces do not fit into this comment, so nobody could review them here. "
            "Split the pull request"
        )
    note = markdown.approves_nothing(why)
    page = markdown.page(job, ended, budget=markdown.COMMENT_BUDGET, note=note)
    return posts.headed(job.target, posts.PLAN, page.text)


def _reports(job: Job, ended: JobResult, approvals: Approvals, repository: Repository) -> Iterator[str]:
    """Write how an apply ended into a comment of its own, so that the approving comment stays unchanged. Returns the
    URLs."""
    if job.comment == "never" or ended.state == "superseded":
        return
    silent = ended.state == "applied" and not (ended.result and ended.result.outcomes)
    for request in approvals.to_report_in:
        number = request.pull.number
        found = posts.find(repository, number, job.target, posts.APPLY)
        if found is None and (silent or (request.post is None and job.comment != "always")):
            continue
        body = posts.headed(job.target, posts.APPLY, _page(job, ended, markdown.COMMENT_BUDGET))
        yield posts.put(repository, number, job.target, posts.APPLY, body, found=found).url


def _issue(job: Job, ended: JobResult, repository: Repository) -> str:
    page = _page(job, ended, markdown.COMMENT_BUDGET)
    if ended.state == "drifted":
        return posts.put_drift(repository, job.target, page).url
    closed = posts.close_drift(repository, job.target, page)
    return closed.url if closed else ""


def _page(job: Job, ended: JobResult, budget: int) -> str:
    """The result of the job as Markdown; if that fails, only its sentences."""
    try:
        return markdown.page(job, ended, budget=budget).text
    except Exception as error:  # noqa: BLE001 - a report without the plan is better than none
        details = (*ended.details, *result_of_error(error).details)
        return markdown.page(job, replace(ended, run=None, result=None, details=details), budget=budget).text


def _log(job: Job, ended: JobResult, log: Log, troubles: list[str]) -> None:
    """The log and its annotations."""
    if ended.run is None and ended.diagnostics:
        log.write_text(diagnostics_as_text(ended.diagnostics))
    for line in (ended.headline, *ended.details):
        log.write_text(line)
    commands = annotations(
        ended.diagnostics, here=Path.cwd(), workspace=job.workspace, rest_at=job.event.run_url
    )
    summary = shorten_lines((ended.headline, *ended.details))
    if ended.exit_code not in (0, 2) and not (ended.reason == "invalid" and ended.diagnostics):
        commands.append(command("error", summary, title=TITLE))
    elif ended.exit_code == 2 or ended.state in ("offline", "superseded"):
        commands.append(command("notice", summary, title=TITLE))
    commands += [
        command("warning", warning, title=TITLE) for warning in (ended.run.warnings if ended.run else ())
    ]
    severity = "warning" if _may_stay_unreported(job) else "error"
    commands += [
        command(severity, f"The report is incomplete. {shorten(trouble, SHOWN)}", title=TITLE)
        for trouble in troubles
    ]
    log.write_commands(commands)


def shorten_lines(lines: tuple[str, ...]) -> str:
    """Lines for an annotation: visible, and together no longer than GitHub shows."""
    whole = "\n".join(shorten(line, SHOWN // 4) for line in lines)
    return whole if len(whole) <= SHOWN else f"{whole[:SHOWN]}…"


def _outputs(ended: JobResult, files: PlanFiles, url: str, code: int) -> dict[str, str]:
    count = totals(ended.run.plans if ended.run else ())
    return {
        "changes": "true" if ended.run and ended.run.changes else "false",
        **{action: str(count[action]) for action in ("create", "update", "replace", "delete")},
        "drift": str(fields_drifted(ended.run.plans) if ended.run else 0),
        "summary": shorten(ended.headline, 1_000),
        "plan-json": files.json,
        "plan-html": files.html,
        "comment-url": url,
        "failure-reason": ended.reason,
        "exit-code": str(code),
    }
