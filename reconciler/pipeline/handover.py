"""Moves objects from one stack's record to another's, with both leases, taken in the order of names, and pending
entries in both records.

The record of the taking stack decides: once it has taken an object, the entry of the other record is ignored, even if
that record could not be written.
"""

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress

from msgspec.structs import replace

from reconciler.api.client import ClusterRef
from reconciler.errors import ReconcilerError, Refused
from reconciler.model import Body, LiveState, Owned, Pending, Record
from reconciler.pipeline.session import Session
from reconciler.planning.moved import Transfer, is_unfinished
from reconciler.record import RecordLease, read
from reconciler.record.lease import identity


def take_with(
    lease: RecordLease,
    stack: str,
    journal: Iterable[Pending],
    transfers: Sequence[Transfer],
    givers: dict[str, RecordLease],
) -> Sequence[Body]:
    """Take the leases of ``stack`` and of every giving stack, and move the objects. Returns the configs as listed after
    that.

    ``journal`` are other intended changes; they are written in the same move as the objects. Raises as
    ``RecordLease.take``.
    """
    if not transfers:
        return lease.take(journal)
    moves = {
        name: [_move(transfer.owned) for transfer in transfers if transfer.stack == name] for name in givers
    }
    moves[stack] = [_move(transfer.taken) for transfer in transfers]
    taken: list[RecordLease] = []
    try:
        for name in sorted(moves):
            next_lease = lease if name == stack else givers[name]
            next_lease.take(moves[name])
            taken.append(next_lease)
        for transfer in transfers:
            lease.own(transfer.taken)
        lease.intend(journal)
        lease.renew()
        configs = lease.listed
    except ReconcilerError:
        for taken_lease in taken:
            taken_lease.abandon()
        raise
    _let_givers_go(lease, transfers, givers)
    return configs


def givers_now(session: Session, at: ClusterRef, transfers: Sequence[Transfer]) -> dict[str, Record]:
    """The records of the giving stacks, read again: this run may have written them since the plan.

    Raises Refused if one no longer has the objects, or its stack is being applied.
    """
    if not transfers:
        return {}
    configs = session.reader.configs(at)
    found = {name: read(configs, name).record for name in {transfer.stack for transfer in transfers}}
    for transfer in transfers:
        giver = found[transfer.stack]
        held = {(identity(entry), entry.id) for entry in (*giver.owned, *giver.released)}
        if (identity(transfer.owned), transfer.owned.id) not in held or is_unfinished(giver):
            raise Refused(
                f"the stack {transfer.stack} has changed since planned, so no object is moved from it: plan again"
            )
    return {
        name: without_given(record, [transfer for transfer in transfers if transfer.stack == name])
        for name, record in found.items()
    }


def without_given(record: Record, transfers: Iterable[Transfer]) -> Record:
    """The giving stack's record at the start of the move: it owns the objects, and no longer offers them."""
    names = {identity(transfer.owned) for transfer in transfers}
    return replace(
        record,
        owned=tuple(
            replace(owned, taken_from="") if identity(owned) in names else owned for owned in record.owned
        ),
        released=tuple(owned for owned in record.released if identity(owned) not in names),
    )


def without_taken(record: Record, transfers: Iterable[Transfer]) -> Record:
    """The record of the taking stack before the move."""
    names = {identity(transfer.taken) for transfer in transfers}
    return replace(record, owned=tuple(owned for owned in record.owned if identity(owned) not in names))


def with_what_is_there(record: Record, live: LiveState) -> Record:
    """The record of a giving stack, without objects that no longer exist: those are created again, not taken."""
    there = _there(live)
    return replace(
        record,
        owned=tuple(owned for owned in record.owned if _is_there(owned, there, live)),
        released=tuple(owned for owned in record.released if _is_there(owned, there, live)),
    )


def on_offer(record: Record, released: Sequence[Owned], live: LiveState) -> tuple[Owned, ...]:
    """The released objects that another stack may take: they exist, and this stack does not own them again."""
    there = _there(live)
    letting_go = {identity(owned) for owned in released}
    held = {identity(owned) for owned in record.owned} - letting_go
    offers = {identity(owned): owned for owned in (*record.released, *released)}
    return tuple(owned for key, owned in offers.items() if key not in held and _is_there(owned, there, live))


def _there(live: LiveState) -> frozenset[tuple[str, str, str]]:
    """Kind, name and id of all live objects."""
    return frozenset(
        (kind, live_object.name, live_object.id)
        for kind, objects in live.objects.items()
        for live_object in objects
    )


def _is_there(owned: Owned, there: Collection[tuple[str, str, str]], live: LiveState) -> bool:
    """Whether an object exists; True if its kind could not be read."""
    return (owned.kind, owned.live_name, owned.id) in there or owned.kind not in live.objects


def _let_givers_go(lease: RecordLease, transfers: Sequence[Transfer], givers: dict[str, RecordLease]) -> None:
    """Remove the moved objects from the giving stacks' records. If that fails, their next run does it."""
    for name, giver in givers.items():
        given = [transfer for transfer in transfers if transfer.stack == name]
        for transfer in given:
            giver.disown(transfer.owned)
            giver.settle(_move(transfer.owned))
        with suppress(ReconcilerError):
            giver.release()
            for transfer in given:
                lease.own(replace(transfer.taken, taken_from=""))
    for transfer in transfers:
        lease.settle(_move(transfer.taken))


def _move(owned: Owned) -> Pending:
    return Pending("move", owned)
