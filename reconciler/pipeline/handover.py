"""Handing objects from one stack's record to another's: both leases, in the order of names, and both journals.

The record of the stack that takes decides: once it says that it took an object, the other's entry counts for nothing,
whether that stack's record could still be written or not.
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
    """Take the lease of ``stack`` and of every stack that gives, and hand over. Raises as ``RecordLease.take``.

    Returns the configs as they were listed then.

    ``journal`` is what else is intended; where something is handed over it is written with that, not before.
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
            target = lease if name == stack else givers[name]
            target.take(moves[name])
            taken.append(target)
        for transfer in transfers:
            lease.own(transfer.taken)
        lease.intend(journal)
        lease.renew()
        configs = lease.listed
    except ReconcilerError:
        for target in taken:
            target.abandon()
        raise
    _let_givers_go(lease, transfers, givers)
    return configs


def givers_now(session: Session, at: ClusterRef, transfers: Sequence[Transfer]) -> dict[str, Record]:
    """The records of the stacks that give, read again: this run may have written them since it was planned.

    Raises Refused where one does not have what it is to give any more, or is being applied.
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
    """The giving stack's record as the move starts from it: it owns the objects, and no longer offers them."""
    names = {identity(transfer.owned) for transfer in transfers}
    return replace(
        record,
        owned=tuple(
            replace(owned, taken_from="") if identity(owned) in names else owned for owned in record.owned
        ),
        released=tuple(owned for owned in record.released if identity(owned) not in names),
    )


def without_taken(record: Record, transfers: Iterable[Transfer]) -> Record:
    """The record of the stack that takes, before it took."""
    names = {identity(transfer.taken) for transfer in transfers}
    return replace(record, owned=tuple(owned for owned in record.owned if identity(owned) not in names))


def with_what_is_there(record: Record, live: LiveState) -> Record:
    """The record of a stack that gives, without what somebody deleted: that is made again, and not taken."""
    there = _there(live)
    return replace(
        record,
        owned=tuple(owned for owned in record.owned if _is_there(owned, there, live)),
        released=tuple(owned for owned in record.released if _is_there(owned, there, live)),
    )


def on_offer(record: Record, released: Sequence[Owned], live: LiveState) -> tuple[Owned, ...]:
    """What a stack released and another may take: what still exists, and is not owned again."""
    there = _there(live)
    letting_go = {identity(owned) for owned in released}
    held = {identity(owned) for owned in record.owned} - letting_go
    offers = {identity(owned): owned for owned in (*record.released, *released)}
    return tuple(owned for key, owned in offers.items() if key not in held and _is_there(owned, there, live))


def _there(live: LiveState) -> frozenset[tuple[str, str, str]]:
    """The kind, name and id of all that is live."""
    return frozenset(
        (kind, live_object.name, live_object.id)
        for kind, objects in live.objects.items()
        for live_object in objects
    )


def _is_there(owned: Owned, there: Collection[tuple[str, str, str]], live: LiveState) -> bool:
    """Whether an object exists; what could not be read is taken to."""
    return (owned.kind, owned.live_name, owned.id) in there or owned.kind not in live.objects


def _let_givers_go(lease: RecordLease, transfers: Sequence[Transfer], givers: dict[str, RecordLease]) -> None:
    """Take what was handed over out of the givers' records. Where that fails, their next run does it."""
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
