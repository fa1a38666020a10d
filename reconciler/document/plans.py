"""A plan as JSON values: what ``--format json`` prints and a plan file holds, by plan.schema.json.

Of a sensitive field only the text ``(sensitive #n)`` passes.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, get_args

from reconciler.document.differing import differing
from reconciler.document.values import masked
from reconciler.model import (
    Action,
    Address,
    AnyChange,
    AnyPlan,
    Blocker,
    Diagnostic,
    FieldChange,
    Kept,
    Owned,
    RecordOnly,
    ServiceState,
)

FORMAT_VERSION = 1
"""Of plan.schema.json and report.schema.json. Another number: another meaning, so readers refuse it."""
ACTIONS: tuple[Action, ...] = get_args(Action)
STATE_WORDS: Mapping[ServiceState, str] = {
    "verified": "up",
    "rolled back": "held",
    "failed": "failed",
    "unverified": "unverified",
    "down": "down",
}
"""What a document calls the state of a service that something waits for."""


class PlanMeta(NamedTuple):
    """What a plan was made for and by. ``created`` and ``expires`` are UTC: ``2026-11-24T10:00:00Z``.

    ``company`` is the company's id, ``commit`` the manifests' revision or "".
    """

    company: str
    api_url: str
    tool_version: str
    commit: str
    created: str
    expires: str


def totals(plans: Sequence[AnyPlan]) -> dict[str, int]:
    """How many changes of each action, and how many objects are unchanged and unmanaged."""
    count: dict[str, int] = dict.fromkeys(ACTIONS, 0)
    for plan in plans:
        for change in plan.changes:
            count[change.action] += 1
    count["unchanged"] = sum(plan.unchanged for plan in plans)
    count["unmanaged"] = len({address for plan in plans for address in plan.unmanaged})
    return count


def plan_document(
    plans: Sequence[AnyPlan], *, diagnostics: Sequence[Diagnostic] = (), meta: PlanMeta | None = None
) -> dict[str, Any]:
    """The plans as one document of plan.schema.json, in the order given."""
    return {
        "format_version": FORMAT_VERSION,
        **({"meta": meta._asdict()} if meta else {}),
        "summary": {**totals(plans), **differing(plans)},
        "stacks": [
            {
                "cluster": plan.cluster,
                "stack": plan.stack,
                "cluster_id": plan.cluster_id,
                "company_id": plan.company_id,
                "unchanged": plan.unchanged,
            }
            for plan in plans
        ],
        "changes": [_change(plan.stack, change) for plan in plans for change in plan.changes],
        "unmanaged": [_address(one, plan.stack) for plan in plans for one in plan.unmanaged],
        "unchecked": [_address(one, plan.stack) for plan in plans for one in plan.unchecked],
        "verify": [_owned(plan, one) for plan in plans for one in plan.verify],
        "held": [_address(one, plan.stack) for plan in plans for one in plan.held],
        "released": [_owned(plan, one) for plan in plans for one in plan.released],
        "kept": [_kept(plan.stack, one) for plan in plans for one in plan.kept],
        "record_only": [_record_only(plan.stack, one) for plan in plans for one in plan.record_only],
        "notes": [_message(plan, text) for plan in plans for text in plan.notes],
        "refusals": [_message(plan, text) for plan in plans for text in plan.refusals],
        "diagnostics": [diagnostic_document(one) for one in diagnostics],
    }


def as_json(
    plans: Sequence[AnyPlan], *, diagnostics: Sequence[Diagnostic] = (), meta: PlanMeta | None = None
) -> str:
    """The plans' document as JSON text: in ASCII, ending in a newline. The same plans give the same text."""
    document = plan_document(plans, diagnostics=diagnostics, meta=meta)
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def diagnostic_document(diagnostic: Diagnostic) -> dict[str, Any]:
    """One diagnostic as it stands in a document."""
    return {
        **diagnostic.location._asdict(),
        "severity": diagnostic.severity,
        "check": diagnostic.check,
        "message": diagnostic.message,
        "hint": diagnostic.hint,
    }


def _change(stack: str, change: AnyChange) -> dict[str, Any]:
    return {
        "cluster": change.address.cluster,
        "stack": stack,
        "kind": change.address.kind,
        "name": change.address.name,
        "live_name": change.live_name,
        "action": change.action,
        "reason": change.reason,
        "fields": [_field(one) for one in change.fields],
        "location": change.location._asdict() if change.location else None,
        "restarts": list(change.restarts),
        "needs": [one._asdict() for one in change.needs],
        "consented": change.consented,
        **({"waits_for": [_blocker(one) for one in change.waits_for]} if change.waits_for else {}),
    }


def _blocker(one: Blocker) -> dict[str, Any]:
    document = one._asdict()
    document["condition"] = STATE_WORDS[document.pop("state")]
    return document


def _field(one: FieldChange) -> dict[str, Any]:
    return {
        "path": one.path,
        "before": masked(one.before, sensitive=one.sensitive),
        "after": masked(one.after, sensitive=one.sensitive),
        "sensitive": one.sensitive,
        "drift": one.drift,
    }


def _address(address: Address, stack: str) -> dict[str, Any]:
    return {"cluster": address.cluster, "stack": stack, "kind": address.kind, "name": address.name}


def _owned(plan: AnyPlan, owned: Owned) -> dict[str, Any]:
    return _address(Address(plan.cluster, owned.kind, owned.name), plan.stack)


def _kept(stack: str, one: Kept) -> dict[str, Any]:
    return {
        **_address(one.address, stack),
        "why": one.why,
        "source": one.source and one.source._asdict(),
    }


def _record_only(stack: str, one: RecordOnly) -> dict[str, Any]:
    return {
        **_address(one.address, stack),
        "what": one.what,
        "before": one.before,
        "after": one.after,
        "fields": [_field(field) for field in one.fields],
    }


def _message(plan: AnyPlan, text: str) -> dict[str, Any]:
    return {"cluster": plan.cluster, "stack": plan.stack, "message": text}
