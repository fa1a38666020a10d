"""Plans read back from JSON values. What is read is checked by plan.schema.json first."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

from reconciler.document.plans import STATE_WORDS, PlanMeta
from reconciler.document.values import as_masked
from reconciler.model import (
    Address,
    Blocker,
    Diagnostic,
    DocumentChange,
    DocumentPlan,
    FieldChange,
    Kept,
    Location,
    Owned,
    RecordOnly,
    ServiceState,
    Source,
)
from reconciler.model.reason import Worded
from reconciler.resources import SCHEMAS

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
_STATES: Mapping[str, ServiceState] = {word: state for state, word in STATE_WORDS.items()}
T = TypeVar("T")


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
        raise ValueError("stacks: a stack is listed twice")
    for part in PARTS:
        if not {_stack_of(one) for one in document[part]} <= set(keys):
            raise ValueError(f"{part}: belongs to a stack that is not listed under stacks")
    number = {key: index for index, key in enumerate(keys)}
    order = [number[_stack_of(one)] for one in document["changes"]]
    if order != sorted(order):
        raise ValueError("changes: not in the order of the stacks")


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


def _message_of(one: Any) -> Worded:
    return Worded(one["message"])


def _change_of(one: Any) -> DocumentChange:
    return DocumentChange(
        _address_of(one),
        action=one["action"],
        fields=tuple(_field_of(field) for field in one["fields"]),
        needs=tuple(_address_of(need) for need in one["needs"]),
        reasons=(Worded(one["reason"]),) if one["reason"] else (),
        location=None if one["location"] is None else _location_of(one["location"]),
        live_name=one["live_name"],
        restarts=tuple(one["restarts"]),
        consented=one["consented"],
        waits_for=tuple(
            Blocker(blocker["service"], _STATES[blocker["condition"]]) for blocker in one.get("waits_for", ())
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
