"""Applies ``moved`` to a record before planning: renamed repositories, other names, other stacks. Pure.

The returned record owns the moved objects; changes of them are then planned as usual.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from reconciler import digest
from reconciler.kinds import KINDS
from reconciler.model import (
    Address,
    Desired,
    Move,
    Named,
    Owned,
    Plan,
    Record,
    RecordOnly,
    Source,
    are_of_one_repository,
)
from reconciler.model.note import ReplacedByName
from reconciler.model.refusal import (
    CanNotRename,
    NameTaken,
    NotReleased,
    OwnedByStack,
    Refusal,
    UnfinishedGiver,
)
from reconciler.planning.draft import with_needs


class Transfer(NamedTuple):
    """An object that another stack hands over: its entry in that stack's record (``owned``) and here (``taken``)."""

    stack: str
    owned: Owned
    taken: Owned


class Moved(NamedTuple):
    """The result of all moves.

    ``record`` includes the moved objects. ``record_only`` are the changes of the record, ``transfers`` the objects
    from other stacks, and ``refusals`` the moves that are not possible. ``replaced`` are services that get another
    name: they are created again, since the platform cannot rename them.
    """

    record: Record
    record_only: tuple[RecordOnly, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    replaced: Mapping[Named, Move] = {}


def of_targets(desired: Desired, targets: Collection[Named]) -> Desired:
    """``desired`` with only the targets, their dependencies, and the moves of these; unchanged without targets."""
    if not targets or not desired.moved:
        return desired
    scope = with_needs(desired, targets)
    moves: list[Move] = []
    for move in desired.moved:
        if move.name:
            moves += [move] if (move.kind, move.to) in scope else []
        elif move.stack and move.stack != desired.stack:
            moves.append(move)
        else:
            moves += (move._replace(kind=kind, name=name, to=name) for kind, name in sorted(scope))
    declared = {named: manifest for named, manifest in desired.manifests.items() if named in scope}
    return replace(desired, moved=tuple(moves), manifests=declared)


def moved(desired: Desired, record: Record, others: Mapping[str, Record]) -> Moved:
    """``record`` after all moves; unchanged if there is nothing to move.

    ``others`` are the records of the other stacks of the cluster, by stack. For a stack that the run applies before
    this one it must be the record with which that apply starts, since it finishes an interrupted apply.
    """
    record_only: list[RecordOnly] = []
    transfers: list[Transfer] = []
    refusals: list[Refusal] = []
    replaced: dict[Named, Move] = {}
    for move in desired.moved:
        if move.stack and move.stack != record.stack:
            found, why_not = _from_stack(desired, record, others.get(move.stack), move)
            transfers += found
            refusals += why_not
            record = replace(record, owned=(*record.owned, *(transfer.taken for transfer in found)))
            record_only += [
                _as_record_only(desired, move.stack, transfer)
                for transfer in found
                if not transfer.owned.retired
            ]
            continue
        if move.source:
            record, lines = _from_repository(desired.cluster, record, move)
            record_only += lines
        if not move.name or move.to == move.name:
            continue
        if KINDS[move.kind].renames:
            record, lines, why_not = _renamed(desired, record, move)
            record_only += lines
            refusals += why_not
        elif _is_replaced(desired, record, move):
            replaced[move.kind, move.name] = move
    return Moved(record, tuple(record_only), tuple(transfers), tuple(dict.fromkeys(refusals)), replaced)


def without_given(record: Record, taken: Collection[Named]) -> Record:
    """The record without the objects that another stack took over, by kind and live name."""
    kept = tuple(entry for entry in record.owned if (entry.kind, entry.live_name) not in taken)
    return record if len(kept) == len(record.owned) else replace(record, owned=kept)


def _from_repository(cluster: str, record: Record, move: Move) -> tuple[Record, list[RecordOnly]]:
    """Record the objects of a renamed repository as declared by the same files of this repository.

    This includes objects that no file declares any more; they are then deleted like any object that this repository
    declared.
    """
    here = move.repository
    if not here:
        return record, []
    owned, record_only = [], []
    for entry in record.owned:
        if not _is_of(entry, move) or entry.source is None or entry.source.repository == here:
            owned.append(entry)
            continue
        after = replace(entry, source=Source(here, entry.source.file))
        owned.append(after)
        if not entry.retired:
            address = Address(cluster, entry.kind, entry.name)
            record_only.append(RecordOnly(address, "moved", str(entry.source), str(after.source)))
    return replace(record, owned=tuple(owned)), record_only


def _is_of(owned: Owned, move: Move) -> bool:
    """Whether the repository that a move names declared an object, and the move covers that object."""
    if owned.source is None or owned.source.repository.lower() != move.source.lower():
        return False
    return not move.name or (owned.kind, owned.name) == (move.kind, move.name)


def _renamed(desired: Desired, record: Record, move: Move) -> tuple[Record, list[RecordOnly], list[Refusal]]:
    """Record an object under another logical name.

    Only for kinds whose live name stays, or is a field that can change.
    """
    former, now = (move.kind, move.name), (move.kind, move.to)
    owned_names = {(entry.kind, entry.name) for entry in record.owned}
    if former not in owned_names or former in desired.manifests:
        return record, [], []
    if now in owned_names:
        return record, [], [_name_taken(record, move, move.to)]
    owned = tuple(
        replace(entry, name=move.to) if (entry.kind, entry.name) == former else entry
        for entry in record.owned
    )
    line = RecordOnly(
        Address(desired.cluster, *now), "moved", f"{move.kind}/{move.name}", f"{move.kind}/{move.to}"
    )
    return replace(record, owned=owned), [line], []


def _is_replaced(desired: Desired, record: Record, move: Move) -> bool:
    """Whether a service is renamed that this repository, or the one that the move names, declared.

    Objects of other repositories stay.
    """
    manifest = desired.manifests.get((move.kind, move.to))
    return manifest is not None and any(
        (entry.kind, entry.name) == (move.kind, move.name)
        and (_is_of_one_repository(entry, manifest.source) or _is_of(entry, move))
        for entry in record.owned
    )


def _name_taken(record: Record, move: Move, name: str) -> NameTaken:
    """The refusal that another object of the stack already has the name."""
    origin = "" if move.stack == record.stack else move.stack
    return NameTaken(move.kind, move.name, origin, name, record.stack, move.location)


def _from_stack(
    desired: Desired, record: Record, giver: Record | None, move: Move
) -> tuple[list[Transfer], list[Refusal]]:
    """The objects that another stack (``giver``) hands over to this one, and the refusals.

    That stack's manifests must release them, or be of the same repository.
    """
    if giver is None:
        return [], []
    by_name: dict[Named, list[Owned]] = defaultdict(list)
    for entry in record.owned:
        by_name[entry.kind, entry.name].append(entry)
    released = {(entry.kind, entry.live_name) for entry in giver.released}
    found: list[Transfer] = []
    refusals: list[Refusal] = []
    for entry in (*giver.owned, *giver.released):
        now = _name_here(desired, entry, move)
        if now is None:
            continue
        if entries_here := by_name.get((entry.kind, now), []):
            if move.name and _is_another(entry, entries_here, released):
                refusals.append(_name_taken(record, move, now))
            continue
        manifest = desired.manifests[entry.kind, now]
        if now != entry.name and not KINDS[entry.kind].renames:
            refusals.append(CanNotRename(manifest.address, entry.name, move.stack))
        elif (entry.kind, entry.live_name) in released or _is_of_one_repository(entry, manifest.source):
            found.append(Transfer(move.stack, entry, _as_taken(entry, now, move.stack, manifest.source)))
        elif not entry.retired:
            refusals.append(NotReleased(manifest.address, move.stack, entry.source))
    if found and is_unfinished(giver):
        return [], [UnfinishedGiver(move.stack)]
    return found, refusals


def _is_another(given: Owned, owned_here: Sequence[Owned], released: Collection[Named]) -> bool:
    """Whether the other stack's object is not the one that was taken from it under that name before."""
    return (
        not given.retired
        and (given.kind, given.live_name) not in released
        and not any(entry.taken_from or entry.live_name == given.live_name for entry in owned_here)
    )


def is_unfinished(giver: Record) -> bool:
    """Whether an interrupted apply of the stack may have made changes that its record does not show.

    Pending moves write nothing.
    """
    return any(intent.action != "move" for intent in giver.pending)


def _name_here(desired: Desired, owned: Owned, move: Move) -> str | None:
    """The logical name of another stack's object in this stack; None if it does not move."""
    if move.name and (owned.kind, owned.name) != (move.kind, move.name):
        return None
    name = move.to if move.name else owned.name
    manifest = desired.manifests.get((owned.kind, name))
    return name if manifest is not None and not manifest.spec.get("external") else None


def _is_of_one_repository(owned: Owned, source: Source | None) -> bool:
    return owned.source is not None and source is not None and are_of_one_repository(owned.source, source)


def _as_taken(owned: Owned, name: str, stack: str, source: Source | None) -> Owned:
    """The entry for this stack's record, without the digests that need the other record's salt."""
    applied = {
        field: value for field, value in owned.applied.items() if not digest.is_masked(owned.kind, field)
    }
    return replace(owned, name=name, applied=applied, source=source, taken_from=stack)


def _as_record_only(desired: Desired, stack: str, transfer: Transfer) -> RecordOnly:
    address = Address(desired.cluster, transfer.taken.kind, transfer.taken.name)
    return RecordOnly(
        address,
        "moved",
        f"stack {stack}: {transfer.owned.kind}/{transfer.owned.name}",
        f"stack {desired.stack}",
    )


def without_taken(foreign: Mapping[Named, str], transfers: Sequence[Transfer]) -> Mapping[Named, str]:
    """The owners of objects of other stacks (``foreign``), without the objects handed over to this one."""
    taken = {
        (transfer.owned.kind, name)
        for transfer in transfers
        for name in (transfer.owned.live_name, transfer.owned.id)
    }
    return {named: stack for named, stack in foreign.items() if named not in taken} if taken else foreign


def with_moves(plan: Plan, handed: Moved) -> Plan:
    """The plan with the moves that were made before it was planned."""
    notes = (ReplacedByName(kind, name, move.to) for (kind, name), move in handed.replaced.items())
    return replace(
        plan,
        record_only=(*handed.record_only, *plan.record_only),
        notes=(*plan.notes, *notes),
        refusals=(
            *(refusal for refusal in plan.refusals if not _is_explained(refusal, handed.refusals)),
            *handed.refusals,
        ),
    )


def _is_explained(refusal: Refusal, why_not: Sequence[Refusal]) -> bool:
    """Whether a refusal only says that another stack owns an object, and ``why_not`` says why it cannot be moved."""
    return isinstance(refusal, OwnedByStack) and any(
        isinstance(reason, NotReleased | CanNotRename) and reason.address == refusal.address
        for reason in why_not
    )
