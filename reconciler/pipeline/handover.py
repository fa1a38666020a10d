"""Handing objects from one stack's record to another's: both leases, in the order of names, and both journals.

The record of the stack that takes decides: once it says that it took an object, the other's entry counts for nothing,
whether that stack's record could still be written or not.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from msgspec.structs import replace

from reconciler.api.client import ClusterRef
from reconciler.errors import ReconcilerError, Refused
from reconciler.model import Body, LiveState, Owned, Pending, Record
from reconciler.pipeline.session import Session
from reconciler.planning.moved import Given, is_unfinished
from reconciler.record import RecordLease, read
from reconciler.record.keeper import identity

MakeKeeper = Callable[[str, Record], RecordLease]
"""The keeper of a stack's record, from the stack and the record as it was read."""


def take_with(
    keeper: RecordLease,
    stack: str,
    journal: Iterable[Pending],
    given: Sequence[Given],
    givers: dict[str, RecordLease],
) -> Sequence[Body]:
    """Take the lease of ``stack`` and of every stack that gives, and hand over. Raises as ``RecordLease.take``.

    Returns the configs as they were listed then.

    ``journal`` is what else is intended; where something is handed over it is written with that, not before.
    """
    if not given:
        return keeper.take(journal)
    moves = {name: [_move(transfer.owned) for transfer in given if transfer.stack == name] for name in givers}
    moves[stack] = [_move(transfer.taken) for transfer in given]
    taken: list[RecordLease] = []
    try:
        for name in sorted(moves):
            each = keeper if name == stack else givers[name]
            each.take(moves[name])
            taken.append(each)
        for transfer in given:
            keeper.own(transfer.taken)
        keeper.intend(journal)
        keeper.renew()
        configs = keeper.listed
    except ReconcilerError:
        for each in taken:
            each.abandon()
        raise
    _let_givers_go(keeper, given, givers)
    return configs


def givers_now(session: Session, at: ClusterRef, given: Sequence[Given]) -> dict[str, Record]:
    """The records of the stacks that give, read again: this run may have written them since it was planned.

    Raises Refused where one does not have what it is to give any more, or is being applied.
    """
    if not given:
        return {}
    configs = session.reader.configs(at)
    found = {name: read(configs, name).record for name in {transfer.stack for transfer in given}}
    for transfer in given:
        giver = found[transfer.stack]
        held = {(identity(each), each.id) for each in (*giver.owned, *giver.released)}
        if (identity(transfer.owned), transfer.owned.id) not in held or is_unfinished(giver):
            raise Refused(
                f"what the stack {transfer.stack} has changed since planned, so nothing is taken from it: plan again"
            )
    return {
        name: without_given(record, [transfer for transfer in given if transfer.stack == name])
        for name, record in found.items()
    }


def without_given(record: Record, given: Iterable[Given]) -> Record:
    """The record of a stack that gives as it goes into the move: ours to give, and not on offer any more."""
    names = {identity(transfer.owned) for transfer in given}
    return replace(
        record,
        owned=tuple(
            replace(owned, taken_from="") if identity(owned) in names else owned for owned in record.owned
        ),
        released=tuple(owned for owned in record.released if identity(owned) not in names),
    )


def without_taken(record: Record, given: Iterable[Given]) -> Record:
    """The record of the stack that takes, before it took."""
    names = {identity(transfer.taken) for transfer in given}
    return replace(record, owned=tuple(owned for owned in record.owned if identity(owned) not in names))


def on_offer(record: Record, released: Sequence[Owned], live: LiveState) -> tuple[Owned, ...]:
    """What a stack let go of and another may take: what is still there, and not owned again."""
    there = {
        (kind, live_object.name, live_object.id)
        for kind, objects in live.objects.items()
        for live_object in objects
    }
    letting_go = {identity(owned) for owned in released}
    held = {identity(owned) for owned in record.owned} - letting_go
    offers = {identity(owned): owned for owned in (*record.released, *released)}
    return tuple(
        owned
        for key, owned in offers.items()
        if key not in held
        and ((owned.kind, owned.live_name, owned.id) in there or owned.kind not in live.objects)
    )


def _let_givers_go(keeper: RecordLease, given: Sequence[Given], givers: dict[str, RecordLease]) -> None:
    """Write what was given out of the givers' records. Where that fails, their next run does it."""
    for name, giver in givers.items():
        mine = [transfer for transfer in given if transfer.stack == name]
        for transfer in mine:
            giver.disown(transfer.owned)
            giver.settle(_move(transfer.owned))
        with suppress(ReconcilerError):
            giver.release()
            for transfer in mine:
                keeper.own(replace(transfer.taken, taken_from=""))
    for transfer in given:
        keeper.settle(_move(transfer.taken))


def _move(owned: Owned) -> Pending:
    return Pending("move", owned)
