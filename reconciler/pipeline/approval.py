"""Plan files of a run: one that approves what it planned, and whether one approves what it would do."""

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
"""Changes that a sentence names."""


def plan_file(run: PlannedRun, environment: Mapping[str, str]) -> str:
    """The text of a plan file that approves what ``run`` planned, signed where ``RECONCILER_PLAN_KEY`` is set."""
    key = checked_key(environment.get(PLAN_KEY))
    return encode(run.plans, meta=run.meta, key=key, inputs=run.inputs, diagnostics=run.diagnostics)


def not_approvable(run: PlannedRun, environment: Mapping[str, str]) -> str:
    """What a plan file of ``run`` can't approve for want of a key, for people; "" where it can approve everything."""
    masked = [change for plan in run.plans for change in plan.changes if writes_masked_values(change)]
    if not masked or checked_key(environment.get(PLAN_KEY)):
        return ""
    named = ", ".join(str(change.address) for change in masked[:NAMED]) + ("…" if len(masked) > NAMED else "")
    return (
        f"It does not approve {named}: masked values are approved under {PLAN_KEY} alone. Set it for the plan and for "
        "the apply; make one with: openssl rand -hex 32"
    )


def approval_of(run: PlannedRun, text: str, key: bytes | None) -> Approved:
    """What the plan file ``text`` approves for ``run``. Raises ``Refused`` where it approves nothing here and now."""
    approved = decode(
        text, key=key, now=run.now.strftime(MOMENT), api_url=run.meta.api_url, company=run.meta.company
    )
    if differing := differing_inputs(approved, run.inputs):
        raise NotApproved(*map(unapproved_text, differing))
    return approved


def judge(run: PlannedRun, approvals: Sequence[Approved], key: bytes | None) -> Judgement:
    """Whether everything that ``run`` would do is approved, and was not applied by the same approval before."""
    used = {
        (planned.plan.cluster, planned.plan.stack): frozenset(use.mark for use in planned.record.used)
        for planned in run.planned
    }
    return judged(approvals, run.plans, key=key, used=used)


def check_approved(run: PlannedRun, text: str, environment: Mapping[str, str]) -> Mapping[int, Used]:
    """What the record is to keep of each change of ``run`` once it is applied, by its ``id()``.

    Raises ``Refused`` unless everything that ``run`` would do is approved by the plan file ``text``: what differs
    as ``NotApproved``.
    """
    key = checked_key(environment.get(PLAN_KEY))
    verdict = judge(run, [approval_of(run, text, key)], key)
    if verdict.unapproved:
        raise NotApproved(*map(unapproved_text, verdict.unapproved))
    return verdict.uses
