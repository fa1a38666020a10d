"""Whether an apply may continue: no newer commit was applied, and the plan is approved or needs no approval."""

from msgspec.structs import replace

from reconciler.errors import NotApproved
from reconciler.github.approvals import Approvals, applies_of
from reconciler.github.job import Job
from reconciler.pipeline.planned import Planned, PlannedRun
from reconciler.planfile import Judgement
from reconciler.render.branches import not_direct_text

BY_HAND = (
    "Look at the plan, then run this workflow by hand (workflow_dispatch) with `without-approval: apply`"
)


def without_superseded(job: Job, approvals: Approvals, run: PlannedRun) -> tuple[PlannedRun, tuple[str, ...]]:
    """``run`` without the stacks to which a newer commit was applied, and a sentence about each of these.

    Raises NotApproved if it is not known whether the job's commit is newer than a stack's last apply.
    """
    kept: list[Planned] = []
    superseded, refused = [], []
    for planned in run.planned:
        acts = planned.plan.changes or planned.plan.released or planned.plan.moves
        order = approvals.order(planned, run.repository) if acts else "identical"
        if order == "behind":
            superseded.append(
                _since(run, planned, "a newer commit, which includes this one, was already applied")
            )
            continue
        kept.append(planned)
        if order in ("diverged", "unknown") and not _is_by_hand(job):
            what = "is not in this branch's history" if order == "diverged" else "is unknown"
            refused.append(
                f"{_since(run, planned, f'the last apply was of a commit that {what}')}. {BY_HAND}"
            )
    if refused:
        raise NotApproved(*refused)
    return replace(run, planned=tuple(kept)), tuple(superseded)


def _since(run: PlannedRun, planned: Planned, what: str) -> str:
    last = applies_of(planned, run.repository)[-1]
    commit = last.commit[:12] or "without a commit"
    return (
        f"{planned.plan.cluster}, stack {planned.plan.stack}: {what} ({commit}, {last.when}, by {last.who})"
    )


def _is_by_hand(job: Job) -> bool:
    """Whether a person with write access started this run by hand, without approval."""
    return job.without_approval == "apply" and job.event.name == "workflow_dispatch"


def verdict_on(job: Job, approvals: Approvals, run: PlannedRun) -> Judgement:
    """Whether ``run`` may be applied: it is approved, or needs no approval."""
    if job.plan_key is None:
        verdict = Judgement(("plan-key is not set, so the approval of a pull request can't be checked",), {})
    else:
        verdict = approvals.verdict(run)
    if not verdict.reasons or _is_by_hand(job):
        return Judgement((), verdict.uses)
    if job.without_approval == "apply":
        if (why := approvals.why_no_direct_push()) is not None:
            return Judgement((not_direct_text(why), *verdict.reasons), {})
        return Judgement((), verdict.uses)
    if not approvals.requests:
        nothing = f"this commit does not belong to a merged pull request. {BY_HAND}"
        return Judgement((nothing, *verdict.reasons), {})
    return verdict
