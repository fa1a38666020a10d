"""Compares plans made now with plan files: each change must be in a plan file, and not applied with it before."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from reconciler.document import PlanMeta
from reconciler.model import (
    Action,
    Address,
    AnyPlan,
    Change,
    Diagnostic,
    DocumentChange,
    DocumentPlan,
    Plan,
    RecordOnly,
    Sensitive,
    Used,
)
from reconciler.model.unapproved import (
    ChangeFault,
    OtherActions,
    OtherFields,
    OtherInput,
    OtherPlace,
    Unapproved,
    UnapprovedChange,
    UnapprovedMove,
    UnapprovedRelease,
)
from reconciler.planfile.fingerprint import compared, fingerprint
from reconciler.planfile.keyed import canonical, equal

WHOLE: tuple[Action, ...] = ("create", "replace", "adopt")
"""Actions that write or record all declared fields, whatever fields the plan shows."""
MARK = 32
"""Hex digits of the mark that the record keeps of each applied change of a plan file."""


class Inputs(NamedTuple):
    """The options of a run that change the meaning of its plan. ``variables`` are names, without values.

    ``source`` is the repository, or the value of ``--source``; ``targets`` are addresses.
    """

    source: str = ""
    variables: tuple[str, ...] = ()
    adopt: bool = False
    prune: bool = False
    targets: tuple[str, ...] = ()


class Once(NamedTuple):
    """How the record identifies an approval, and ``until`` when it keeps the marks of its changes (ISO 8601, UTC).

    A change that several approvals with the same ``identity`` hold can be applied once, not once for each.
    """

    identity: str
    until: str


class Approved(NamedTuple):
    """The content of a plan file. ``fingerprints`` has one for each change, in the order of the plans and their
    changes.

    ``signed``: the file has a signature; ``decode`` refuses one that does not match. ``once`` is made of the SHA-256
    of the file's text and the file's expiry; callers may replace it.
    """

    meta: PlanMeta
    inputs: Inputs
    plans: tuple[DocumentPlan, ...]
    diagnostics: tuple[Diagnostic, ...]
    fingerprints: tuple[str, ...]
    signed: bool
    once: Once


class Judgement(NamedTuple):
    """``unapproved`` is what is not approved, empty if everything is approved.

    ``uses`` has the mark for the record of each approved change, release and move, by ``id()`` of that object.
    """

    unapproved: tuple[Unapproved, ...]
    uses: Mapping[int, Used]


class ApprovedChange(NamedTuple):
    """One change of a plan file, the plan it belongs to, its fingerprint, and the mark that the record keeps of it."""

    change: DocumentChange
    plan: DocumentPlan
    fingerprint: str
    use: Used


def judged(
    approvals: Sequence[Approved],
    plans: Sequence[Plan],
    *,
    key: bytes | None,
    used: Mapping[tuple[str, str], Collection[str]] | None = None,
) -> Judgement:
    """Whether ``plans``, made now, are approved by one or several plan files together.

    Every change must be in one of the files with equal address, action, fields and fingerprint. The plans may hold
    fewer changes than the files. Masked values are compared without the numbers of their masks, which differ in a
    smaller plan; the fingerprint stands for the values themselves. ``key`` is the key that the files were decoded
    with; ``used`` has the marks in the record, by cluster and stack.
    """
    found: list[Unapproved] = []
    uses: dict[int, Used] = {}
    for plan in plans:
        if not (plan.changes or plan.released or plan.moves):
            continue
        of_stack = [
            approval
            for approval in approvals
            if any(_same_stack(plan, approved_plan) for approved_plan in approval.plans)
        ]
        of_place = [
            approval
            for approval in of_stack
            if any(_same_place(plan, approved_plan) for approved_plan in approval.plans)
        ]
        if not of_place:
            found += [_other_place(plan, of_stack)] if of_stack else _nothing(plan)
            continue
        used_marks = frozenset((used or {}).get((plan.cluster, plan.stack), ()))
        found += _releases(plan, of_place, used_marks, uses)
        found += _moves(plan, of_place, used_marks, uses)
        found += _changes(plan, of_place, used_marks, uses, key)
    return Judgement(tuple(found), uses)


def differing_inputs(approved: Approved, inputs: Inputs) -> tuple[OtherInput, ...]:
    """The options of a run that differ from the approved ones, each with both values."""
    asked = inputs._asdict()
    return tuple(
        OtherInput(name, approved_value, asked[name])
        for name, approved_value in approved.inputs._asdict().items()
        if approved_value != asked[name]
    )


def _changes(
    plan: Plan,
    approvals: Sequence[Approved],
    used_marks: Collection[str],
    uses: dict[int, Used],
    key: bytes | None,
) -> Iterator[Unapproved]:
    """Each change of ``plan`` that is not approved, and why. Adds the marks of the others to ``uses``."""
    entries = [
        entry for approved in approvals for entry in _entries(approved) if _same_place(plan, entry.plan)
    ]
    by_address: dict[Any, list[ApprovedChange]] = {}
    for entry in entries:
        by_address.setdefault(entry.change.address, []).append(entry)
    for change in plan.changes:
        candidates = by_address.get(change.address, [])
        found = _approving(change, candidates, used_marks, key)
        if isinstance(found, ApprovedChange):
            candidates.remove(found)
            uses[id(change)] = found.use
        else:
            yield UnapprovedChange(change.address, change.action, found)


def _approving(
    change: Change, candidates: Sequence[ApprovedChange], used_marks: Collection[str], key: bytes | None
) -> ApprovedChange | ChangeFault | OtherActions | OtherFields:
    """The entry that approves ``change``, or why there is none."""
    alike = [entry for entry in candidates if entry.change.action == change.action]
    if not alike:
        return OtherActions(tuple(sorted({entry.change.action for entry in candidates})))
    fields = [compared(field) for field in change.fields]
    same = [entry for entry in alike if [compared(field) for field in entry.change.fields] == fields]
    if not same:
        approved_fields = {field.path: compared(field) for field in alike[0].change.fields}
        fields_now = {field.path: compared(field) for field in change.fields}
        return OtherFields(
            tuple(
                sorted(
                    path
                    for path in approved_fields | fields_now
                    if approved_fields.get(path) != fields_now.get(path)
                )
            )
        )
    if key is None and writes_masked_values(change):
        return ChangeFault.NO_SIGNATURE
    if change.action != "delete" and all(change.address in entry.plan.unchecked for entry in same):
        return ChangeFault.VALUE_MISSING
    mark = fingerprint(change, key=key)
    equals = [entry for entry in same if equal(entry.fingerprint, mark)]
    if not equals:
        return ChangeFault.CHANGED_SINCE
    fresh = [entry for entry in equals if entry.use.mark not in used_marks]
    return fresh[0] if fresh else ChangeFault.USED


def _releases(
    plan: Plan, approvals: Sequence[Approved], used_marks: Collection[str], uses: dict[int, Used]
) -> Iterator[Unapproved]:
    for owned in plan.released:
        named = (owned.kind, owned.name)
        found = [
            _use(approved, f"release {owned.kind} {owned.name}")
            for approved in approvals
            for approved_plan in approved.plans
            if _same_place(plan, approved_plan)
            and named in {(released.kind, released.name) for released in approved_plan.released}
        ]
        fresh = [use for use in found if use.mark not in used_marks]
        if fresh:
            uses[id(owned)] = fresh[0]
        else:
            yield UnapprovedRelease(Address(plan.cluster, owned.kind, owned.name))


def _moves(
    plan: Plan, approvals: Sequence[Approved], used_marks: Collection[str], uses: dict[int, Used]
) -> Iterator[Unapproved]:
    """Each move of ``plan`` without an approved move of the same object from and to the same places. Adds the marks of
    the others to ``uses``."""
    for move in plan.moves:
        found = [
            _use(approved, f"move {move.address.kind} {move.address.name} {move.before} {move.after}")
            for approved in approvals
            for approved_plan in approved.plans
            if _same_place(plan, approved_plan) and _moved(move) in map(_moved, approved_plan.moves)
        ]
        fresh = [use for use in found if use.mark not in used_marks]
        if fresh:
            uses[id(move)] = fresh[0]
        else:
            yield UnapprovedMove(move.address, move.before, move.after, used=bool(found))


def _moved(move: RecordOnly) -> tuple[str, str, str, str]:
    return move.address.kind, move.address.name, move.before, move.after


def _entries(approved: Approved) -> Iterator[ApprovedChange]:
    marks = iter(approved.fingerprints)
    for plan in approved.plans:
        for change in plan.changes:
            mark = next(marks)
            yield ApprovedChange(change, plan, mark, _use(approved, mark))


def _use(approved: Approved, of_what: str) -> Used:
    mark = hashlib.sha256(canonical([approved.once.identity, of_what])).hexdigest()[:MARK]
    return Used(mark, approved.once.until)


def _same_stack(plan: AnyPlan, other: AnyPlan) -> bool:
    return (plan.cluster, plan.stack) == (other.cluster, other.stack)


def _same_place(plan: AnyPlan, other: AnyPlan) -> bool:
    """Whether two plans are of the same stack, cluster id and company id: a label can be given to another cluster."""
    return _same_stack(plan, other) and (plan.cluster_id, plan.company_id) == (
        other.cluster_id,
        other.company_id,
    )


def _other_place(plan: Plan, approvals: Sequence[Approved]) -> OtherPlace:
    approved_plan = next(
        candidate for approved in approvals for candidate in approved.plans if _same_stack(plan, candidate)
    )
    return OtherPlace(
        plan.cluster, (approved_plan.cluster_id, approved_plan.company_id), (plan.cluster_id, plan.company_id)
    )


def _nothing(plan: Plan) -> Iterator[Unapproved]:
    for change in plan.changes:
        yield UnapprovedChange(change.address, change.action, OtherActions(()))
    for owned in plan.released:
        yield UnapprovedRelease(Address(plan.cluster, owned.kind, owned.name))
    for move in plan.moves:
        yield UnapprovedMove(move.address, move.before, move.after)


def writes_masked_values(change: Change) -> bool:
    """Whether ``change`` writes or records masked values."""
    if any(field.sensitive and field.after is not None for field in change.fields):
        return True
    declared = change.desired.spec if change.desired and change.action in WHOLE else {}
    return _holds_sensitive(declared)


def _holds_sensitive(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_holds_sensitive, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_holds_sensitive, value))
    return isinstance(value, Sensitive)
