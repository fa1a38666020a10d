"""A plan as JSON values by plan.schema.json, for ``--format json`` and plan files.

Of a sensitive value it contains only the text ``(sensitive #n)``.
"""

from collections.abc import Callable, Mapping, Sequence
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
from reconciler.model.note import Note
from reconciler.model.refusal import Refusal

FORMAT_VERSION = 1
"""The version of plan.schema.json and report.schema.json. Readers refuse any other version."""
ACTIONS: tuple[Action, ...] = get_args(Action)
STATE_WORDS: Mapping[ServiceState, str] = {
    "verified": "up",
    "rolled back": "held",
    "failed": "failed",
    "unverified": "unverified",
    "down": "down",
}
"""The word for each state of a service that a change waits for."""


class PlanMeta(NamedTuple):
    """When, for which company and by which version a plan was made.

    ``created`` and ``expires`` are UTC: ``2026-11-24T10:00:00Z``. ``company`` is the company's id, ``commit`` the
    commit of the manifests or "".
    """

    company: str
    api_url: str
    tool_version: str
    commit: str
    created: str
    expires: str


def totals(plans: Sequence[AnyPlan]) -> dict[str, int]:
    """The number of changes by action, and of ``unchanged`` and ``unmanaged`` objects."""
    count: dict[str, int] = dict.fromkeys(ACTIONS, 0)
    for plan in plans:
        for change in plan.changes:
            count[change.action] += 1
    count["unchanged"] = sum(plan.unchanged for plan in plans)
    count["unmanaged"] = len({address for plan in plans for address in plan.unmanaged})
    return count


class Words(NamedTuple):
    """Functions that turn reasons, notes and refusals into text; ``render.plan_json`` provides them."""

    reason: Callable[[AnyChange], str]
    note: Callable[[Note], str]
    refusal: Callable[[Refusal], str]


def plan_document(
    plans: Sequence[AnyPlan],
    words: Words,
    *,
    diagnostics: Sequence[Diagnostic] = (),
    meta: PlanMeta | None = None,
) -> dict[str, Any]:
    """The plans as one document of plan.schema.json, in the given order."""
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
        "changes": [_change(plan.stack, change, words) for plan in plans for change in plan.changes],
        "unmanaged": [_address(address, plan.stack) for plan in plans for address in plan.unmanaged],
        "unchecked": [_address(address, plan.stack) for plan in plans for address in plan.unchecked],
        "verify": [_owned(plan, owned) for plan in plans for owned in plan.verify],
        "held": [_address(address, plan.stack) for plan in plans for address in plan.held],
        "released": [_owned(plan, owned) for plan in plans for owned in plan.released],
        "kept": [_kept(plan.stack, kept) for plan in plans for kept in plan.kept],
        "record_only": [_record_only(plan.stack, entry) for plan in plans for entry in plan.record_only],
        "notes": [_message(plan, words.note(note)) for plan in plans for note in plan.notes],
        "refusals": [_message(plan, words.refusal(refusal)) for plan in plans for refusal in plan.refusals],
        "diagnostics": [diagnostic_document(diagnostic) for diagnostic in diagnostics],
    }


def diagnostic_document(diagnostic: Diagnostic) -> dict[str, Any]:
    """A diagnostic as JSON values: path, line, column, severity, check, message, hint."""
    return {
        **diagnostic.location._asdict(),
        "severity": diagnostic.severity,
        "check": diagnostic.check,
        "message": diagnostic.message,
        "hint": diagnostic.hint,
    }


def _change(stack: str, change: AnyChange, words: Words) -> dict[str, Any]:
    return {
        "cluster": change.address.cluster,
        "stack": stack,
        "kind": change.address.kind,
        "name": change.address.name,
        "live_name": change.live_name,
        "action": change.action,
        "reason": words.reason(change),
        "fields": [_field(field) for field in change.fields],
        "location": change.location._asdict() if change.location else None,
        "restarts": list(change.restarts),
        "needs": [address._asdict() for address in change.needs],
        "consented": change.consented,
        **({"waits_for": [_blocker(blocker) for blocker in change.waits_for]} if change.waits_for else {}),
    }


def _blocker(blocker: Blocker) -> dict[str, Any]:
    document = blocker._asdict()
    document["condition"] = STATE_WORDS[document.pop("state")]
    if not blocker.stack:
        del document["stack"]
    return document


def _field(field: FieldChange) -> dict[str, Any]:
    return {
        "path": field.path,
        "before": masked(field.before, sensitive=field.sensitive),
        "after": masked(field.after, sensitive=field.sensitive),
        "sensitive": field.sensitive,
        "drift": field.drift,
    }


def _address(address: Address, stack: str) -> dict[str, Any]:
    return {"cluster": address.cluster, "stack": stack, "kind": address.kind, "name": address.name}


def _owned(plan: AnyPlan, owned: Owned) -> dict[str, Any]:
    return _address(Address(plan.cluster, owned.kind, owned.name), plan.stack)


def _kept(stack: str, kept: Kept) -> dict[str, Any]:
    return {
        **_address(kept.address, stack),
        "why": kept.why,
        "source": kept.source and kept.source._asdict(),
    }


def _record_only(stack: str, entry: RecordOnly) -> dict[str, Any]:
    return {
        **_address(entry.address, stack),
        "what": entry.what,
        "before": entry.before,
        "after": entry.after,
        "fields": [_field(field) for field in entry.fields],
    }


def _message(plan: AnyPlan, text: str) -> dict[str, Any]:
    return {"cluster": plan.cluster, "stack": plan.stack, "message": text}
