"""A plan as JSON values and back: what ``--format json`` prints and a plan file holds, by plan.schema.json.

Of a sensitive field only the text ``(sensitive #n)`` passes. What is read is checked by that schema.
"""

import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeVar, get_args

from reconciler.document.differing import differing
from reconciler.document.values import as_masked, masked
from reconciler.model import (
    Action,
    Address,
    AnyChange,
    AnyPlan,
    Blocker,
    Diagnostic,
    DocumentChange,
    DocumentPlan,
    FieldChange,
    Kept,
    Location,
    Owned,
    RecordOnly,
    Source,
)
from reconciler.resources import SCHEMAS

FORMAT_VERSION = 1
"""Of plan.schema.json and report.schema.json. Another number: another meaning, so readers refuse it."""
ACTIONS: tuple[Action, ...] = get_args(Action)
PARTS = (
    "changes",
    "unmanaged",
    "unchecked",
    "verify",
    "held",
    "released",
    "kept",
    "record_only",
    "notes",
    "refusals",
)
"""The lists of a plan's document whose entries each belong to one stack."""
T = TypeVar("T")


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


def check_document(document: Any) -> None:
    """Raises ValueError, naming the place, where JSON data is not as plan.schema.json says, or contradicts itself."""
    try:
        faults = list(_validator().iter_errors(document))
    except UnicodeEncodeError:  # half a surrogate pair, which JSON can hold and the validator cannot read
        text = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
        faults = list(_validator().iter_errors(json.loads(text)))
    if faults:
        place = ".".join(str(step) for step in faults[0].instance_path)
        raise ValueError(f"{place or 'the document'}: {faults[0].message}")
    keys = [_stack_of(one) for one in document["stacks"]]
    if len(set(keys)) != len(keys):
        raise ValueError("stacks: one stands there twice")
    for part in PARTS:
        if not {_stack_of(one) for one in document[part]} <= set(keys):
            raise ValueError(f"{part}: of a stack that is not under stacks")
    number = {key: index for index, key in enumerate(keys)}
    order = [number[_stack_of(one)] for one in document["changes"]]
    if order != sorted(order):
        raise ValueError("changes: not in the order of stacks")


def plans_of(document: Any) -> tuple[DocumentPlan, ...]:
    """The plans of a document that ``check_document`` accepts, without what they were planned from."""

    parts = {part: _by_stack(document[part]) for part in PARTS}

    def of(stack: Any, part: str, read: Callable[[Any], T]) -> tuple[T, ...]:
        return tuple(read(one) for one in parts[part].get(_stack_of(stack), ()))

    return tuple(
        DocumentPlan(
            cluster=one["cluster"],
            cluster_id=one["cluster_id"],
            company_id=one["company_id"],
            stack=one["stack"],
            changes=of(one, "changes", _change_of),
            unchanged=one["unchanged"],
            unmanaged=of(one, "unmanaged", _address_of),
            unchecked=of(one, "unchecked", _address_of),
            verify=of(one, "verify", _owned_of),
            held=of(one, "held", _address_of),
            released=of(one, "released", _owned_of),
            kept=of(one, "kept", _kept_of),
            record_only=of(one, "record_only", _record_only_of),
            notes=of(one, "notes", _message_of),
            refusals=of(one, "refusals", _message_of),
        )
        for one in document["stacks"]
    )


def diagnostics_of(document: Any) -> tuple[Diagnostic, ...]:
    """The diagnostics of a document that ``check_document`` accepts."""
    return tuple(
        Diagnostic(_location_of(one), one["severity"], one["check"], one["message"], one["hint"])
        for one in document["diagnostics"]
    )


def meta_of(document: Any) -> PlanMeta | None:
    """What a document that ``check_document`` accepts was made for and by; None where it does not say."""
    return PlanMeta(**document["meta"]) if "meta" in document else None


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


@cache
def _validator() -> Any:
    import jsonschema_rs

    schema = json.loads((SCHEMAS / "plan.schema.json").read_text(encoding="utf-8"))
    return jsonschema_rs.Draft202012Validator(schema, mask="the value")


def _stack_of(one: Any) -> tuple[str, str]:
    return one["cluster"], one["stack"]


def _by_stack(entries: Any) -> dict[tuple[str, str], list[Any]]:
    found: dict[tuple[str, str], list[Any]] = {}
    for one in entries:
        found.setdefault(_stack_of(one), []).append(one)
    return found


def _message_of(one: Any) -> str:
    text: str = one["message"]
    return text


def _change_of(one: Any) -> DocumentChange:
    return DocumentChange(
        _address_of(one),
        action=one["action"],
        fields=tuple(_field_of(field) for field in one["fields"]),
        needs=tuple(_address_of(need) for need in one["needs"]),
        reason=one["reason"],
        location=None if one["location"] is None else _location_of(one["location"]),
        live_name=one["live_name"],
        restarts=tuple(one["restarts"]),
        consented=one["consented"],
        waits_for=tuple(
            Blocker(blocker["service"], blocker["condition"]) for blocker in one.get("waits_for", ())
        ),
    )


def _field_of(one: Any) -> FieldChange:
    before, after = one["before"], one["after"]
    if one["sensitive"]:
        before, after = as_masked(before), as_masked(after)
    field, dot, key = one["path"].partition(".")  # a document has the path alone, as text
    return FieldChange(field, before, after, one["sensitive"], one["drift"], (key,) if dot else ())


def _location_of(one: Any) -> Location:
    return Location(one["path"], one["line"], one["column"])


def _address_of(one: Any) -> Address:
    return Address(one["cluster"], one["kind"], one["name"])


def _kept_of(one: Any) -> Kept:
    return Kept(_address_of(one), one["why"], one["source"] and Source(**one["source"]))


def _record_only_of(one: Any) -> RecordOnly:
    fields = tuple(_field_of(field) for field in one["fields"])
    return RecordOnly(_address_of(one), one["what"], one["before"], one["after"], fields)


def _owned_of(one: Any) -> Owned:
    return Owned(one["kind"], one["name"], live_name="", id="")
