"""Whether an apply may go on: nothing newer was applied since, and it is approved or needs no approval."""

from dataclasses import replace

from reconciler.errors import NotApproved
from reconciler.github.approvals import Approvals, applies_of
from reconciler.github.job import Job
from reconciler.pipeline.plan import Planned, PlannedRun
from reconciler.planfile import Judgement

BY_HAND = (
    "Look at the plan, then run this workflow by hand (workflow_dispatch) with `without-approval: apply`"
)


def in_order(job: Job, approvals: Approvals, run: PlannedRun) -> tuple[PlannedRun, tuple[str, ...]]:
    """``run`` without the stacks that a newer commit was applied to since, and a sentence on each of those.

    Raises Refused where it can't be told whether the job's commit is newer than a stack's last apply.
    """
    kept: list[Planned] = []
    superseded, refused = [], []
    for one in run.planned:
        acts = one.plan.changes or one.plan.released or one.plan.moves
        order = approvals.order(one, run.repository) if acts else "identical"
        if order == "behind":
            superseded.append(_since(run, one, "a newer commit was applied"))
            continue
        kept.append(one)
        if order in ("diverged", "unknown") and not _is_by_hand(job):
            what = "is not part of its history" if order == "diverged" else "is not known here"
            refused.append(f"{_since(run, one, f'the last apply was of a commit that {what}')}. {BY_HAND}")
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
    """Whether somebody who may write started this run and said that it needs no approval."""
    return job.without_approval == "apply" and job.event.name == "workflow_dispatch"


def verdict_on(job: Job, approvals: Approvals, run: PlannedRun) -> Judgement:
    """Whether ``run`` may be applied: it is approved, or needs no approval."""
    if job.plan_key is None:
        verdict = Judgement(("plan-key is not set, so it can't be checked what a pull request approved",), {})
    else:
        verdict = approvals.verdict(run)
    if not verdict.reasons or _is_by_hand(job):
        return Judgement((), verdict.uses)
    if job.without_approval == "apply":
        if job.event.name == "push" and not approvals.belongs_to_a_pull_request():
            return Judgement((), verdict.uses)
        why = "`without-approval: apply` is for direct pushes and for workflow_dispatch: this belongs to a pull request"
        if job.event.name != "push":
            why = f"`without-approval: apply` is for direct pushes and for workflow_dispatch, not for {job.event.name}"
        return Judgement((why, *verdict.reasons), {})
    if not approvals.standings:
        why = f"no merged pull request brought this commit. {BY_HAND}"
        return Judgement((why, *verdict.reasons), {})
    return verdict
