"""Makes the plan file that approves a run, and checks whether a plan file approves a run."""

from collections.abc import Mapping, Sequence

from reconciler.errors import NotApproved
from reconciler.model import Used
from reconciler.pipeline.keys import PLAN_KEY
from reconciler.pipeline.planned import PlannedRun
from reconciler.planfile import (
    MOMENT,
    Approved,
    Judgement,
    checked_key,
    decode,
    differing_inputs,
    encode,
    judged,
    writes_masked_values,
)
from reconciler.render.unapproved import unapproved_text

NAMED = 5
"""The most changes that a sentence names."""


def plan_file(run: PlannedRun, environment: Mapping[str, str]) -> str:
    """The text of a plan file that approves the changes of ``run``, signed if ``RECONCILER_PLAN_KEY`` is set."""
    key = checked_key(environment.get(PLAN_KEY))
    return encode(run.plans, meta=run.meta, key=key, inputs=run.inputs, diagnostics=run.diagnostics)


def not_approvable(run: PlannedRun, environment: Mapping[str, str]) -> str:
    """What a plan file of ``run`` cannot approve without a plan key, as a sentence; "" if it can approve everything."""
    masked = [change for plan in run.plans for change in plan.changes if writes_masked_values(change)]
    if not masked or checked_key(environment.get(PLAN_KEY)):
        return ""
    named = ", ".join(str(change.address) for change in masked[:NAMED]) + ("…" if len(masked) > NAMED else "")
    return (
        f"It does not approve {named}: masked values are approved under {PLAN_KEY} alone. Set it for the plan and for "
        "the apply; make one with: openssl rand -hex 32"
    )


def approval_of(run: PlannedRun, text: str, key: bytes | None) -> Approved:
    """The content of the plan file ``text``, after its checks. Raises ``Refused`` if it does not approve anything for
    ``run`` now."""
    approved = decode(
        text, key=key, now=run.now.strftime(MOMENT), api_url=run.meta.api_url, company=run.meta.company
    )
    if differing := differing_inputs(approved, run.inputs):
        raise NotApproved(*map(unapproved_text, differing))
    return approved


def judge(run: PlannedRun, approvals: Sequence[Approved], key: bytes | None) -> Judgement:
    """Whether all changes of ``run`` are approved, and none was applied by the same approval before."""
    used = {
        (planned.plan.cluster, planned.plan.stack): frozenset(use.mark for use in planned.record.used)
        for planned in run.planned
    }
    return judged(approvals, run.plans, key=key, used=used)


def check_approved(run: PlannedRun, text: str, environment: Mapping[str, str]) -> Mapping[int, Used]:
    """The marks for the record of each approved change of ``run``, by the change's ``id()``.

    Raises ``Refused`` unless the plan file ``text`` approves all changes of ``run``; ``NotApproved`` if they differ
    from it.
    """
    key = checked_key(environment.get(PLAN_KEY))
    verdict = judge(run, [approval_of(run, text, key)], key)
    if verdict.unapproved:
        raise NotApproved(*map(unapproved_text, verdict.unapproved))
    return verdict.uses
