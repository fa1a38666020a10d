"""The four commands as a job does them: in, what is asked; out, how it ended. The pipeline does the work.

Nothing is told to GitHub here but what the approvals of an apply are read from.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from reconciler.document import totals
from reconciler.errors import (
    InvalidManifests,
    LeaseHeld,
    ReconcilerError,
    Refused,
    UsageError,
)
from reconciler.github.approvals import Approvals
from reconciler.github.job import Ended, Job, Reason
from reconciler.model import Outcome
from reconciler.pipeline.apply import Settings, apply
from reconciler.pipeline.drift import drift
from reconciler.pipeline.manifests import Loaded, load_manifests
from reconciler.pipeline.plan import Run, plan
from reconciler.pipeline.report import Report
from reconciler.pipeline.session import Session, open_session
from reconciler.render import as_text
from reconciler.render.lines import drift_line, summary_line
from reconciler.render.report import report_line

Say = Callable[[str], None]
Stop = Callable[[], bool]
DONE = {
    "create": "created",
    "update": "updated",
    "replace": "replaced",
    "delete": "deleted",
    "adopt": "adopted",
}


def validated(job: Job) -> Ended:
    """The manifests alone. Raises InvalidManifests."""
    manifests = _manifests(job)
    number = sum(len(one.manifests) for one in manifests.desired)
    told = f"{number} manifest{' is' if number == 1 else 's are'} valid"
    warnings = len(manifests.diagnostics)
    told += f", with {warnings} warning{'' if warnings == 1 else 's'}" if warnings else ""
    return Ended(state="valid", headline=f"{told}.", diagnostics=manifests.diagnostics)


def planned(job: Job, say: Say) -> Ended:
    """What an apply would do; without credentials, where GitHub keeps them back, what can be told offline."""
    manifests = _manifests(job)
    if not job.has_credentials and job.event.keeps_secrets_back:
        return _offline(job, manifests)
    with _session(job) as session:
        run = plan(session, manifests, job.scope, job.environment)
    say(as_text(run.plans, diagnostics=run.diagnostics, meta=run.meta))
    if run.refusals:
        return Ended(
            state="refused",
            headline=summary_line(run.plans),
            exit_code=3,
            reason="guard",
            run=run,
            diagnostics=run.diagnostics,
        )
    code = 2 if run.changes and job.fail_on == "changes" else 0
    return Ended(
        state="planned",
        headline=summary_line(run.plans),
        exit_code=code,
        run=run,
        diagnostics=run.diagnostics,
    )


def drifted(job: Job, say: Say) -> Ended:
    """What was changed outside git."""
    manifests = _manifests(job)
    with _session(job) as session:
        run = drift(session, manifests, job.environment, clusters=job.scope.clusters)
    say(as_text(run.plans, diagnostics=run.diagnostics, meta=run.meta, summary=drift_line))
    code = 2 if run.changes and job.fail_on == "changes" else 0
    return Ended(
        state="drifted" if run.changes else "clean",
        headline=drift_line(run.plans),
        exit_code=code,
        run=run,
        diagnostics=run.diagnostics,
    )


def applied(job: Job, approvals: Approvals, say: Say, stop: Stop) -> Ended:
    """Make it so, if it is what was approved. Raises ReconcilerError before anything was written."""
    if job.event.name.startswith("pull_request") and not (job.event.pull and job.event.pull.merged):
        raise UsageError(
            "apply is not for pull requests that are not merged: it would do what nobody has approved. "
            "Run it on push to the main branch, and plan on pull_request"
        )
    manifests = _manifests(job)
    with _session(job) as session:
        approvals.look_at(job.event.sha)
        run = plan(session, manifests, job.scope, job.environment)
        say(as_text(run.plans, diagnostics=run.diagnostics, meta=run.meta))
        run.raise_if_refused()
        if run.changes and (reasons := _not_approved(job, approvals, run)):
            return Ended(
                state="outdated",
                headline="Not applied: what is to be done now is not what was approved.",
                details=reasons,
                exit_code=3,
                reason="plan-changed",
                run=run,
                diagnostics=run.diagnostics,
            )
        settings = Settings(timeout=job.timeout, wait=True, stop=stop, tell=lambda event: say(_line(event)))
        return _of_report(run, apply(session, run, settings))


def of_error(error: ReconcilerError) -> Ended:
    """How a job ended that ``error`` put an end to."""
    reasons = error.reasons if isinstance(error, Refused) else (str(error),)
    if isinstance(error, InvalidManifests):
        return Ended(
            state="failed",
            headline=f"{error}. Nothing was asked of the server.",
            exit_code=error.exit_code,
            reason="invalid",
            diagnostics=error.diagnostics,
        )
    return Ended(
        state="refused" if isinstance(error, Refused) else "failed",
        headline="Refused, and nothing was written." if isinstance(error, Refused) else "It failed.",
        details=tuple(reasons),
        exit_code=error.exit_code,
        reason=_reason(error),
    )


def _reason(error: ReconcilerError) -> Reason:
    match error:
        case LeaseHeld():
            return "lease"
        case Refused():
            return "guard"
        case UsageError():
            return "invalid"
        case _:
            return "api"


def _not_approved(job: Job, approvals: Approvals, run: Run) -> tuple[str, ...]:
    """Why this may not be applied; nothing where it is approved, or needs no approval."""
    free = job.without_approval == "apply"
    if job.plan_key is None:
        return (
            () if free else ("plan-key is not set, so nothing can be checked that a pull request approved",)
        )
    reasons = approvals.reasons(run)
    if not reasons or (free and not any(one.post for one in approvals.standings)):
        return ()
    if not approvals.standings:
        why = "no merged pull request brought this commit; `without-approval: apply` would allow it all the same"
        return (why, *reasons)
    return reasons


def _of_report(run: Run, report: Report) -> Ended:
    outcomes = tuple(report.outcomes)
    if report.exit_code == 0:
        return Ended(
            state="applied",
            headline=report_line(outcomes),
            run=run,
            outcomes=outcomes,
            diagnostics=run.diagnostics,
        )
    return Ended(
        state="failed",
        headline=report_line(outcomes) if outcomes else "What runs is not as it should be.",
        details=tuple(report.problems),
        exit_code=report.exit_code,
        reason="rollout",
        run=run,
        outcomes=outcomes,
        diagnostics=run.diagnostics,
    )


def _offline(job: Job, manifests: Loaded) -> Ended:
    number = sum(len(one.manifests) for one in manifests.desired)
    whose = "a fork" if job.event.pull and job.event.pull.fork else "Dependabot"
    return Ended(
        state="offline",
        headline=f"{number} manifest{' is' if number == 1 else 's are'} valid. Nothing else was checked.",
        details=(
            f"This is from {whose}, so GitHub gives this run no secrets.",
            "Not checked: what the clusters are like now, so what would change.",
            "Not checked: what the guards of an apply would refuse.",
            "Not checked: the values of secrets, and that images, node sizes and the company exist.",
            "Somebody with write access can push these commits to a branch of this repository to have them planned.",
        ),
        diagnostics=manifests.diagnostics,
    )


def _manifests(job: Job) -> Loaded:
    """Everything declared. Raises InvalidManifests."""
    manifests = load_manifests(job.path, root=None, variables=job.variables, environment=job.reachable)
    manifests.raise_if_invalid()
    return manifests


@contextmanager
def _session(job: Job) -> Iterator[Session]:
    if not job.has_credentials:
        raise UsageError(
            "token-key and token-value are not set. Create an API token in MedStack Control and give both as "
            "secrets of the repository or of the environment"
        )
    with open_session(
        job.api_url, key=job.token_key, value=job.token_value, parallelism=job.parallelism
    ) as session:
        yield session


def _line(event: Outcome | str) -> str:
    if isinstance(event, str):
        return event
    change = event.change
    word = DONE[change.action] if event.status == "applied" else f"{change.action} {event.status}"
    return f"{change.address}: {word}{f': {event.error}' if event.error else ''}"


def counts(run: Run | None) -> dict[str, int]:
    """How many changes of each action a run has."""
    return totals(run.plans if run else ())
