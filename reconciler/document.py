"""A plan and the report of an apply as JSON values: what ``--format json`` prints and a plan file holds.

Pure: values in, plain dicts and lists out. Never holds a sensitive value: where a field is sensitive only
the text ``(sensitive #n)`` passes, and a ``Sensitive`` met anywhere becomes ``(sensitive)``.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, get_args

from reconciler.model import (
    Action,
    Address,
    Change,
    Condition,
    Diagnostic,
    FieldChange,
    Masked,
    Outcome,
    Owned,
    Plan,
    Sensitive,
    Severity,
    Status,
)

FORMAT_VERSION = 1
"""Of plan.schema.json and report.schema.json. Another number: another meaning, so readers refuse it."""
ACTIONS: tuple[Action, ...] = get_args(Action)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
CONDITIONS: tuple[Condition, ...] = get_args(Condition)
STATUSES: tuple[Status, ...] = get_args(Status)
_MASK = re.compile(r"(?:[a-zA-Z0-9.:\-]{1,255} )?\(sensitive(?: #[0-9]{1,9})?\)")
"""What may stand for a sensitive value; of a URL also its host, before the mask."""


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


def masked(value: Any, *, sensitive: bool) -> Any:
    """``value`` as plain JSON data that may be shown.

    Raises TypeError for what JSON has no form for; floats that are no number become text.
    """
    if sensitive and not (value is None or is_mask(value) or _is_masked(value)):
        return "(sensitive)"
    return plain(value)


def is_mask(value: Any) -> bool:
    """Whether a value is nothing but what stands for one that is not shown."""
    return isinstance(value, str) and _MASK.fullmatch(value) is not None


def _is_masked(value: Any) -> bool:
    """Whether each text of a value went through masking."""
    if isinstance(value, Mapping):
        return all(map(_is_masked, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_masked, value))
    return isinstance(value, Masked | bool) or value is None


def as_masked(value: Any) -> Any:
    """JSON data that was masked before it was written down, as masked again."""
    if isinstance(value, Mapping):
        return {key: as_masked(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [as_masked(one) for one in value]
    return Masked(value) if isinstance(value, str) else value


def plain(value: Any) -> Any:
    """JSON data with every ``Sensitive`` in it replaced by the text ``(sensitive)``."""
    if value is None or isinstance(value, str | bool | int):
        return str(value) if isinstance(value, Masked) else value
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    if isinstance(value, Sensitive):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    raise TypeError(f"a {type(value).__name__} has no form in JSON")


def totals(plans: Sequence[Plan]) -> dict[str, int]:
    """How many changes of each action, and how many objects are unchanged and unmanaged."""
    count: dict[str, int] = dict.fromkeys(ACTIONS, 0)
    for plan in plans:
        for change in plan.changes:
            count[change.action] += 1
    count["unchanged"] = sum(plan.unchanged for plan in plans)
    count["unmanaged"] = len({address for plan in plans for address in plan.unmanaged})
    return count


def plan_document(
    plans: Sequence[Plan], *, diagnostics: Sequence[Diagnostic] = (), meta: PlanMeta | None = None
) -> dict[str, Any]:
    """The plans as one document of plan.schema.json, in the order given."""
    return {
        "format_version": FORMAT_VERSION,
        **({"meta": meta._asdict()} if meta else {}),
        "summary": totals(plans),
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
        "notes": [_message(plan, text) for plan in plans for text in plan.notes],
        "refusals": [_message(plan, text) for plan in plans for text in plan.refusals],
        "diagnostics": [diagnostic_document(one) for one in diagnostics],
    }


def report_document(
    outcomes: Sequence[Outcome],
    *,
    problems: Sequence[str] = (),
    released: Sequence[Address] = (),
    verified: Sequence[Address] = (),
    continue_with: str = "",
) -> dict[str, Any]:
    """How an apply ended as one document of report.schema.json, in the order given.

    ``problems`` are what is wrong beside the outcomes, ``released`` what was forgotten, ``verified`` what was seen
    to be up without a change. ``continue_with`` is the command that carries on; null in the document when all is as
    it should be.
    """
    complete = is_complete(outcomes, problems)
    return {
        "format_version": FORMAT_VERSION,
        "complete": complete,
        "summary": tally(outcomes),
        "outcomes": [
            {
                "cluster": one.change.address.cluster,
                "kind": one.change.address.kind,
                "name": one.change.address.name,
                "action": one.change.action,
                "status": one.status,
                "error": one.error,
                "note": one.note,
                "seconds": round(one.seconds, 3),
            }
            for one in outcomes
        ],
        "released": [one._asdict() for one in released],
        "verified": [one._asdict() for one in verified],
        "problems": list(problems),
        "continue_with": None if complete else continue_with or None,
    }


def is_complete(outcomes: Sequence[Outcome], problems: Sequence[str] = ()) -> bool:
    """Whether everything was applied and nothing else is wrong."""
    return not problems and all(one.status == "applied" for one in outcomes)


def tally(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many changes ended in each status."""
    return {status: sum(1 for one in outcomes if one.status == status) for status in STATUSES}


def diagnostic_document(diagnostic: Diagnostic) -> dict[str, Any]:
    """One diagnostic as it stands in a document."""
    return {
        **diagnostic.location._asdict(),
        "severity": diagnostic.severity,
        "check": diagnostic.check,
        "message": diagnostic.message,
        "hint": diagnostic.hint,
    }


def _change(stack: str, change: Change) -> dict[str, Any]:
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
        **({"waits_for": [one._asdict() for one in change.waits_for]} if change.waits_for else {}),
    }


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


def _owned(plan: Plan, owned: Owned) -> dict[str, Any]:
    return _address(Address(plan.cluster, owned.kind, owned.name), plan.stack)


def _message(plan: Plan, text: str) -> dict[str, Any]:
    return {"cluster": plan.cluster, "stack": plan.stack, "message": text}
