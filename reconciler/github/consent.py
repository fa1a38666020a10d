"""Whether an apply may continue: no newer commit was applied, and the plan is approved or needs no approval."""

from msgspec.structs import replace

from reconciler.errors import NotApproved
from reconciler.github.approvals import Approvals, applies_of
from reconciler.github.job import Job
from reconciler.model.unapproved import LastApplyUnclear, NoApproval, Superseded
from reconciler.pipeline.planned import Planned, PlannedRun
from reconciler.planfile import Judgement
from reconciler.render.unapproved import unapproved_text


def without_superseded(
    job: Job, approvals: Approvals, run: PlannedRun
) -> tuple[PlannedRun, tuple[Superseded, ...]]:
    """``run`` without the stacks to which a newer commit was applied, and these.

    Raises NotApproved if it is not known whether the job's commit is newer than a stack's last apply.
    """
    kept: list[Planned] = []
    superseded: list[Superseded] = []
    unclear: list[LastApplyUnclear] = []
    for planned in run.planned:
        acts = planned.plan.changes or planned.plan.released or planned.plan.moves
        order = approvals.order(planned, run.repository) if acts else "identical"
        if order == "behind":
            superseded.append(
                Superseded(planned.plan.cluster, planned.plan.stack, applies_of(planned, run.repository)[-1])
            )
            continue
        kept.append(planned)
        if order in ("diverged", "unknown") and not _is_by_hand(job):
            last = applies_of(planned, run.repository)[-1]
            unclear.append(
                LastApplyUnclear(planned.plan.cluster, planned.plan.stack, last, order == "diverged")
            )
    if unclear:
        raise NotApproved(*map(unapproved_text, unclear))
    return replace(run, planned=tuple(kept)), tuple(superseded)


def _is_by_hand(job: Job) -> bool:
    """Whether a person with write access started this run by hand, without approval."""
    return job.without_approval == "apply" and job.event.name == "workflow_dispatch"


def verdict_on(job: Job, approvals: Approvals, run: PlannedRun) -> Judgement:
    """Whether ``run`` may be applied: it is approved, or needs no approval."""
    verdict = Judgement((NoApproval.NO_PLAN_KEY,), {}) if job.plan_key is None else approvals.verdict(run)
    if not verdict.unapproved or _is_by_hand(job):
        return Judgement((), verdict.uses)
    if job.without_approval == "apply":
        if (why := approvals.why_no_direct_push()) is not None:
            return Judgement((why, *verdict.unapproved), {})
        return Judgement((), verdict.uses)
    if not approvals.requests:
        return Judgement((NoApproval.NO_PULL_REQUEST, *verdict.unapproved), {})
    return verdict
