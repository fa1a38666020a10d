"""The four commands of a job: validate, plan, drift and apply. They call the pipeline.

They write nothing to GitHub; an apply reads its approvals from there.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from msgspec.structs import replace

from reconciler.errors import (
    InvalidManifests,
    LeaseHeld,
    NotApproved,
    ReconcilerError,
    Refused,
    UsageError,
    bug,
)
from reconciler.github.approvals import Approvals
from reconciler.github.consent import verdict_on, without_superseded
from reconciler.github.job import Job, JobResult, Reason
from reconciler.github.runner import Log
from reconciler.loading.interpolate import PREFIX
from reconciler.model import Event, Outcome, Progress, RunResult
from reconciler.model.failure import Failure
from reconciler.pipeline.apply import ApplySettings, apply
from reconciler.pipeline.audit import Audit, audit, fingerprint
from reconciler.pipeline.drift import drift
from reconciler.pipeline.manifests import NOT_RECORDED, Manifests, load
from reconciler.pipeline.permits import Permits
from reconciler.pipeline.plan import plan
from reconciler.pipeline.planned import PlannedRun
from reconciler.pipeline.session import Session, connect
from reconciler.render import as_json, as_text
from reconciler.render.lines import drift_line, summary_line
from reconciler.render.outcomes import error_text, problem_text
from reconciler.render.report import ended, report_line
from reconciler.render.unapproved import superseded_text, unapproved_text

SUPERSEDED = (
    "Superseded: a newer commit was applied already, not this one. Live state matches the newer commit."
)
Stop = Callable[[], bool]


def validated(job: Job, log: Log) -> JobResult:
    """Check the manifests without a server. Raises InvalidManifests."""
    manifests = _manifests(job, log, sources=NOT_RECORDED)
    number = sum(len(stack.manifests) for stack in manifests.desired)
    headline = f"Valid: {number} object{'' if number == 1 else 's'}"
    warnings = len(manifests.diagnostics)
    headline += f", with {warnings} warning{'' if warnings == 1 else 's'}" if warnings else ""
    return JobResult(state="valid", headline=f"{headline}.", diagnostics=manifests.diagnostics)


def planned(job: Job, log: Log) -> JobResult:
    """Plan what an apply would do; on an event without secrets only check the manifests. Raises ReconcilerError."""
    manifests = _manifests(job, log)
    if job.event.is_foreign or (not job.has_credentials and job.event.keeps_secrets_back):
        return _offline(job, manifests)
    with _session(job) as (session, audited):
        run = plan(session, manifests, job.scope, job.environment)
    log.write_text(as_text(run.plans, diagnostics=run.diagnostics, meta=run.meta))
    code = 2 if run.differs and job.fail_on == "changes" else 0
    ended = JobResult(
        state="refused" if run.refusals else "planned",
        headline=summary_line(run.plans),
        exit_code=3 if run.refusals else code,
        reason="guard" if run.refusals else "",
        run=run,
        diagnostics=run.diagnostics,
    )
    return _with_audit(ended, audited)


def drifted(job: Job, log: Log) -> JobResult:
    """Find what was changed outside git. Raises ReconcilerError."""
    manifests = _manifests(job, log)
    with _session(job) as (session, audited):
        run = drift(session, manifests, job.environment, clusters=job.scope.clusters)
    log.write_text(as_text(run.plans, diagnostics=run.diagnostics, meta=run.meta, summary=drift_line))
    ended = JobResult(
        state="drifted" if run.differs else "clean",
        headline=drift_line(run.plans),
        exit_code=2 if run.differs and job.fail_on == "changes" else 0,
        run=run,
        diagnostics=run.diagnostics,
    )
    return _with_audit(ended, audited)


def _with_audit(ended: JobResult, audited: Audit | None) -> JobResult:
    """The result of a job that only read: failed if lines of its audit file are missing."""
    if audited is None or audited.problem is None:
        return ended
    return replace(
        ended,
        details=(*ended.details, problem_text(audited.problem)),
        exit_code=3 if ended.exit_code == 3 else 1,
        reason=ended.reason or "internal",
    )


def applied(job: Job, approvals: Approvals, log: Log, stop: Stop) -> JobResult:
    """Apply the manifests, if the changes are approved. Raises ReconcilerError only before anything is written."""
    if job.event.name.startswith("pull_request") and not (job.event.pull and job.event.pull.merged):
        raise UsageError(
            "apply does not run on a pull request that is not merged, since nobody has approved it. "
            "Run it on push to the main branch, and plan on pull_request"
        )
    manifests = _manifests(job, log)
    with _session(job) as (session, audited):
        approvals.look_at(job.event.sha)
        run = plan(session, manifests, job.scope, job.environment)
        log.write_text(as_text(run.plans, diagnostics=run.diagnostics, meta=run.meta))
        run.raise_if_refused()
        uses, superseded = {}, tuple[str, ...]()
        if run.changes:
            run, newer = without_superseded(job, approvals, run)
            superseded = tuple(map(superseded_text, newer))
            if superseded and not run.changes:
                return JobResult(state="superseded", headline=SUPERSEDED, details=superseded, run=run)
            verdict = verdict_on(job, approvals, run)
            if verdict.unapproved:
                return _not_approved(run, (*superseded, *map(unapproved_text, verdict.unapproved)))
            uses = dict(verdict.uses)
        if audited:
            audited.plan = fingerprint(as_json(run.plans, diagnostics=run.diagnostics, meta=run.meta))
        outcomes: list[Outcome] = []

        def tell(event: Event) -> None:
            if isinstance(event, Outcome):
                outcomes.append(event)
            if not isinstance(event, Progress):
                log.write_text(_line(event))

        settings = ApplySettings(timeout=job.timeout, wait=True, stop=stop, tell=tell, uses=uses)
        try:
            result = apply(session, run, settings)
        except ReconcilerError as error:  # nothing was written
            ended = result_of_error(error)
        except Exception as error:  # noqa: BLE001 - the writes made so far must be reported
            ended = _interrupted(run, outcomes, error)
        else:
            result.problems += [audited.problem] if audited and audited.problem else []
            ended = _of_result(run, result)
        return replace(ended, details=(*superseded, *ended.details))


def _not_approved(run: PlannedRun, reasons: tuple[str, ...]) -> JobResult:
    return JobResult(
        state="outdated",
        headline="Not applied: these changes are not approved.",
        details=reasons,
        exit_code=3,
        reason="plan-changed",
        run=run,
        diagnostics=run.diagnostics,
    )


def _interrupted(run: PlannedRun, finished: list[Outcome], error: Exception) -> JobResult:
    """The result of an apply that an internal error interrupted: the changes without an outcome are unknown."""
    known = {id(outcome.change) for outcome in finished}
    rest = (change for plan in run.plans for change in plan.changes if id(change) not in known)
    cause = Failure("interrupted")
    result = RunResult([*finished, *(Outcome(change, "unknown", cause) for change in rest)])
    return JobResult(
        state="failed",
        headline=f"The apply was interrupted. {report_line(result)}",
        details=(f"{bug(error)}. Run it again: it checks how each change ended, and continues from there",),
        exit_code=1,
        reason="internal",
        run=run,
        result=result,
        diagnostics=run.diagnostics,
    )


def result_of_error(error: Exception) -> JobResult:
    """The result of a job that ``error`` ended before anything was written."""
    if isinstance(error, InvalidManifests):
        return JobResult(
            state="failed",
            headline=f"{error}. The server was not contacted.",
            exit_code=error.exit_code,
            reason="invalid",
            diagnostics=error.diagnostics,
        )
    if isinstance(error, Refused):
        headline = "Refused. Nothing was written."
        return JobResult(
            state="refused", headline=headline, details=error.reasons, exit_code=3, reason=_reason(error)
        )
    known = isinstance(error, ReconcilerError)
    return JobResult(
        state="failed",
        headline="Failed. Nothing was written.",
        details=(str(error) if known else f"{bug(error)}. Please report it, with this line",),
        exit_code=1,
        reason=_reason(error) if known else "internal",
    )


def _reason(error: Exception) -> Reason:
    match error:
        case NotApproved():
            return "plan-changed"
        case LeaseHeld():
            return "lease"
        case Refused():
            return "guard"
        case UsageError():
            return "invalid"
        case _:
            return "api"


def _of_result(run: PlannedRun, result: RunResult) -> JobResult:
    if result.is_complete:
        return JobResult(
            state="applied",
            headline=report_line(result),
            run=run,
            result=result,
            diagnostics=run.diagnostics,
        )
    return JobResult(
        state="failed",
        headline=report_line(result) if result.outcomes else "Apply NOT complete.",
        details=tuple(map(problem_text, result.problems)),
        exit_code=result.exit_code,
        reason="rollout",
        run=run,
        result=result,
        diagnostics=run.diagnostics,
    )


def _offline(job: Job, manifests: Manifests) -> JobResult:
    number = sum(len(stack.manifests) for stack in manifests.desired)
    whose = "a fork" if job.event.pull and job.event.pull.fork else "Dependabot"
    return JobResult(
        state="offline",
        headline=f"Valid: {number} object{'' if number == 1 else 's'}. Nothing else was checked.",
        details=(
            f"This is from {whose}, so no secret is used.",
            "Not checked: the live state of the clusters, and so what would change.",
            "Not checked: what the guards of an apply would refuse.",
            "Not checked: the values of secrets, and that images, node sizes and the company exist.",
            "A person with write access can push these commits to a branch of this repository to have them planned.",
        ),
        diagnostics=manifests.diagnostics,
    )


def _manifests(job: Job, log: Log, *, sources: Literal["not recorded"] | None = None) -> Manifests:
    """The manifests of a job. Raises InvalidManifests, and what ``load`` raises."""
    secrets = not job.event.is_foreign
    manifests = load(
        job.path,
        variables=job.variables,
        environment={
            name: value for name, value in job.reachable.items() if secrets or name.startswith(PREFIX)
        },
        mask=job.scope.mask,
        barred=Permits(job.path, job.allow_files),
        source=job.source,
        sources=sources,
    )
    log.mask(_values_to_mask(job, manifests))
    manifests.raise_if_invalid()
    return manifests


def _values_to_mask(job: Job, manifests: Manifests) -> frozenset[str]:
    """The values of the job's variables that are part of a sensitive value in the manifests."""
    sensitive = manifests.values_never_repeated()
    given = (
        *job.variables.values(),
        *(value for name, value in job.reachable.items() if name.startswith(PREFIX)),
    )
    return frozenset(value for value in given if value and any(value in text for text in sensitive))


@contextmanager
def _session(job: Job) -> Iterator[tuple[Session, Audit | None]]:
    """A session with the API, and the audit log if the job has one. Raises UsageError without credentials."""
    if job.event.is_foreign:
        raise UsageError(f"{job.command} does not run on a fork's pull request, which must meet no secrets")
    if not job.has_credentials:
        raise UsageError(
            "token-key and token-value are not set. Create an API token in MedStack Control and give both as "
            "secrets of the repository or of the environment"
        )
    with (
        audit(job.audit, place=job.path) as log,
        connect(
            job.api_url,
            key=job.token_key,
            value=job.token_value,
            parallelism=job.parallelism,
            rate=job.rate,
            observe=log.note if log else None,
        ) as session,
    ):
        yield session, log


def _line(event: Outcome | str) -> str:
    if isinstance(event, str):
        return event
    error = error_text(event)
    return f"{event.change.address}: {ended(event)}{f': {error}' if error else ''}"
