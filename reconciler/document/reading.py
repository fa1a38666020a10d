"""Reads plans from JSON values, which are checked against plan.schema.json first."""

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
"""The lists in a plan's document in which each entry belongs to one stack."""
_STATES: Mapping[str, ServiceState] = {word: state for state, word in STATE_WORDS.items()}
T = TypeVar("T")


def check_document(document: Any) -> None:
    """Check JSON data against plan.schema.json.

    Raises ValueError with the place if the data does not match the schema, or contradicts itself.
    """
    try:
        faults = list(_validator().iter_errors(document))
    except UnicodeEncodeError:  # half a surrogate pair, which JSON can hold and the validator cannot read
        text = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
        faults = list(_validator().iter_errors(json.loads(text)))
    if faults:
        place = ".".join(str(step) for step in faults[0].instance_path)
        raise ValueError(f"{place or 'the document'}: {faults[0].message}")
    keys = [_stack_of(stack) for stack in document["stacks"]]
    if len(set(keys)) != len(keys):
        raise ValueError("stacks: a stack is listed twice")
    for part in PARTS:
        if not {_stack_of(entry) for entry in document[part]} <= set(keys):
            raise ValueError(f"{part}: belongs to a stack that is not listed under stacks")
    number = {key: index for index, key in enumerate(keys)}
    order = [number[_stack_of(change)] for change in document["changes"]]
    if order != sorted(order):
        raise ValueError("changes: not in the order of the stacks")


def plans_of(document: Any) -> tuple[DocumentPlan, ...]:
    """The plans of a document that ``check_document`` accepts, without the objects they were planned from."""

    parts = {part: _by_stack(document[part]) for part in PARTS}

    def of(stack: Any, part: str, read: Callable[[Any], T]) -> tuple[T, ...]:
        return tuple(read(entry) for entry in parts[part].get(_stack_of(stack), ()))

    return tuple(
        DocumentPlan(
            cluster=stack["cluster"],
            cluster_id=stack["cluster_id"],
            company_id=stack["company_id"],
            stack=stack["stack"],
            changes=of(stack, "changes", _change_of),
            unchanged=stack["unchanged"],
            unmanaged=of(stack, "unmanaged", _address_of),
            unchecked=of(stack, "unchecked", _address_of),
            verify=of(stack, "verify", _owned_of),
            held=of(stack, "held", _address_of),
            released=of(stack, "released", _owned_of),
            kept=of(stack, "kept", _kept_of),
            record_only=of(stack, "record_only", _record_only_of),
            notes=of(stack, "notes", _message_of),
            refusals=of(stack, "refusals", _message_of),
        )
        for stack in document["stacks"]
    )


def diagnostics_of(document: Any) -> tuple[Diagnostic, ...]:
    """The diagnostics of a document that ``check_document`` accepts."""
    return tuple(
        Diagnostic(
            _location_of(diagnostic),
            diagnostic["severity"],
            diagnostic["check"],
            diagnostic["message"],
            diagnostic["hint"],
        )
        for diagnostic in document["diagnostics"]
    )


def meta_of(document: Any) -> PlanMeta | None:
    """The ``meta`` of a document that ``check_document`` accepts; None if it has none."""
    return PlanMeta(**document["meta"]) if "meta" in document else None


@cache
def _validator() -> Any:
    import jsonschema_rs

    schema = json.loads((SCHEMAS / "plan.schema.json").read_text(encoding="utf-8"))
    return jsonschema_rs.Draft202012Validator(schema, mask="the value")


def _stack_of(part: Any) -> tuple[str, str]:
    return part["cluster"], part["stack"]


def _by_stack(entries: Any) -> dict[tuple[str, str], list[Any]]:
    found: dict[tuple[str, str], list[Any]] = {}
    for entry in entries:
        found.setdefault(_stack_of(entry), []).append(entry)
    return found


def _message_of(message: Any) -> Worded:
    return Worded(message["message"])


def _change_of(change: Any) -> DocumentChange:
    return DocumentChange(
        _address_of(change),
        action=change["action"],
        fields=tuple(_field_of(field) for field in change["fields"]),
        needs=tuple(_address_of(need) for need in change["needs"]),
        reasons=(Worded(change["reason"]),) if change["reason"] else (),
        location=None if change["location"] is None else _location_of(change["location"]),
        live_name=change["live_name"],
        restarts=tuple(change["restarts"]),
        consented=change["consented"],
        waits_for=tuple(
            Blocker(blocker["service"], _STATES[blocker["condition"]], blocker.get("stack", ""))
            for blocker in change.get("waits_for", ())
        ),
    )


def _field_of(change: Any) -> FieldChange:
    before, after = change["before"], change["after"]
    if change["sensitive"]:
        before, after = as_masked(before), as_masked(after)
    field, dot, key = change["path"].partition(".")  # a document holds only the path, as text
    return FieldChange(field, before, after, change["sensitive"], change["drift"], (key,) if dot else ())


def _location_of(location: Any) -> Location:
    return Location(location["path"], location["line"], location["column"])


def _address_of(address: Any) -> Address:
    return Address(address["cluster"], address["kind"], address["name"])


def _kept_of(kept: Any) -> Kept:
    return Kept(_address_of(kept), kept["why"], kept["source"] and Source(**kept["source"]))


def _record_only_of(entry: Any) -> RecordOnly:
    fields = tuple(_field_of(field) for field in entry["fields"])
    return RecordOnly(_address_of(entry), entry["what"], entry["before"], entry["after"], fields)


def _owned_of(owned: Any) -> Owned:
    return Owned(owned["kind"], owned["name"], live_name="", id="")
