"""A plan's JSON back to plans: only what is of the published form passes."""

from collections.abc import Callable
from typing import Any, TypeVar

from reconciler.document import ACTIONS, CONDITIONS, SEVERITIES, PlanMeta, as_masked
from reconciler.model import Address, Blocker, Change, Diagnostic, FieldChange, Location, Owned, Plan
from reconciler.planfile.approval import Approved

T = TypeVar("T")
Stack = tuple[str, str]
"""A cluster and a stack in it: what tells plans apart."""
PARTS = ("changes", "unmanaged", "unchecked", "verify", "held", "released", "notes", "refusals")
"""The lists whose entries each belong to one plan."""


def approved_of(document: Any) -> Approved:
    """What a plan file's JSON holds. Raises ValueError, naming the part, where it is not of that form."""
    plans = plans_of(document)
    entries = _list(document, "changes")
    changes = [(plan.stack, change.address) for plan in plans for change in plan.changes]
    if changes != [(_str(one, "stack"), _address_of(one)) for one in entries]:
        raise ValueError("changes: not in the order of stacks")
    return Approved(
        meta=meta_of(document),
        plans=plans,
        diagnostics=diagnostics_of(document),
        fingerprints=tuple(_str(one, "fingerprint") for one in entries),
        signed="signature" in document,
    )


def plans_of(document: Any) -> tuple[Plan, ...]:
    """The plans of a document of plan.schema.json, without what they were planned from.

    Raises ValueError, naming the part, where the document is not of that form.
    """
    stacks = _list(document, "stacks")
    keys = [_stack_of(one) for one in stacks]
    if len(set(keys)) != len(keys):
        raise ValueError("stacks: one stands there twice")
    parts = {part: _grouped(document, part, set(keys)) for part in PARTS}

    def of(key: Stack, part: str, read: Callable[[Any], T]) -> tuple[T, ...]:
        return tuple(read(one) for one in parts[part].get(key, ()))

    return tuple(
        Plan(
            cluster=key[0],
            cluster_id=_str(one, "cluster_id"),
            company_id=_str(one, "company_id"),
            stack=key[1],
            changes=of(key, "changes", _change_of),
            unchanged=_int(one, "unchanged"),
            unmanaged=of(key, "unmanaged", _address_of),
            unchecked=of(key, "unchecked", _address_of),
            verify=of(key, "verify", _owned_of),
            held=of(key, "held", _address_of),
            released=of(key, "released", _owned_of),
            notes=of(key, "notes", _message_of),
            refusals=of(key, "refusals", _message_of),
        )
        for key, one in zip(keys, stacks, strict=True)
    )


def diagnostics_of(document: Any) -> tuple[Diagnostic, ...]:
    """The diagnostics of a document of plan.schema.json; raises as ``plans_of`` does."""
    return tuple(
        Diagnostic(
            _location_of(one),
            _one_of(one, "severity", SEVERITIES),
            _str(one, "check"),
            _str(one, "message"),
            _str(one, "hint"),
        )
        for one in _list(document, "diagnostics")
    )


def meta_of(document: Any) -> PlanMeta:
    """What the document's plan was made for and by; raises as ``plans_of`` does."""
    meta = _value(document, "meta", dict)
    return PlanMeta(**{name: _str(meta, name) for name in PlanMeta._fields})


def _grouped(document: Any, part: str, known: set[Stack]) -> dict[Stack, list[Any]]:
    found: dict[Stack, list[Any]] = {}
    for one in _list(document, part):
        key = _stack_of(one)
        if key not in known:
            raise ValueError(f"{part}: of a stack that is not under stacks")
        found.setdefault(key, []).append(one)
    return found


def _stack_of(one: Any) -> Stack:
    return _str(one, "cluster"), _str(one, "stack")


def _message_of(one: Any) -> str:
    return _str(one, "message")


def _change_of(one: Any) -> Change:
    return Change(
        _address_of(one),
        _one_of(one, "action", ACTIONS),
        tuple(_field_of(field) for field in _list(one, "fields")),
        needs=tuple(_address_of(need) for need in _list(one, "needs")),
        reason=_str(one, "reason"),
        location=None if one.get("location") is None else _location_of(_value(one, "location", dict)),
        live_name=_str(one, "live_name"),
        restarts=tuple(_texts(one, "restarts")),
        consented=_value(one, "consented", bool),
        waits_for=tuple(map(_blocker_of, _list(one, "waits_for"))) if "waits_for" in one else (),
    )


def _blocker_of(one: Any) -> Blocker:
    return Blocker(_str(one, "service"), _one_of(one, "condition", CONDITIONS))


def _field_of(one: Any) -> FieldChange:
    path, sensitive = _str(one, "path"), _value(one, "sensitive", bool)
    before, after = one.get("before"), one.get("after")
    if sensitive:
        before, after = as_masked(before), as_masked(after)
    return FieldChange(path, before, after, sensitive, _value(one, "drift", bool))


def _location_of(one: Any) -> Location:
    return Location(_str(one, "path"), _int(one, "line"), _int(one, "column"))


def _address_of(one: Any) -> Address:
    return Address(_str(one, "cluster"), _str(one, "kind"), _str(one, "name"))


def _owned_of(one: Any) -> Owned:
    return Owned(_str(one, "kind"), _str(one, "name"), live_name="", id="")


def _value(one: Any, key: str, kind: type[T]) -> T:
    value = one.get(key) if isinstance(one, dict) else None
    if type(value) is not kind:
        raise ValueError(f"{key}: a {kind.__name__} is expected")
    return value


def _str(one: Any, key: str) -> str:
    return _value(one, key, str)


def _int(one: Any, key: str) -> int:
    return _value(one, key, int)


def _list(one: Any, key: str) -> list[Any]:
    return _value(one, key, list)


def _texts(one: Any, key: str) -> list[str]:
    values = _list(one, key)
    if not all(isinstance(value, str) for value in values):
        raise ValueError(f"{key}: texts are expected")
    return values


def _one_of(one: Any, key: str, words: tuple[T, ...]) -> T:
    value = _str(one, key)
    for word in words:
        if word == value:
            return word
    raise ValueError(f"{key}: one of {', '.join(map(str, words))} is expected")
