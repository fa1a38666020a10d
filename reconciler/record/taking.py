"""When a lease may be taken from whoever holds it: it ran out, it stood still for as long as it lasts, or a person
says so."""

from collections.abc import Callable

from msgspec.structs import replace

from reconciler.errors import LeaseHeld, Refused
from reconciler.model import Record
from reconciler.record.holding import LEASE, held, held_message, renewed_lately
from reconciler.record.moves import Overtaken, RecordStore, advance, concealed_head, standing

WATCH_EVERY = 10.0


def wait_until_free(
    place: RecordStore,
    record: Record,
    server: float | None,
    *,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
    tell: Callable[[str], None],
) -> None:
    """Return once no run can hold the lease of ``record`` any more. Raises Refused if one does.

    ``server`` is server time. Where it is not known, or the lease was written without it, the record is watched on
    the clock of this machine: a lease that nobody renews for 120 s has run out.
    """
    lease = record.lease
    if lease is None:
        return
    if server is not None and lease.until:
        if reason := held(record, server, place.at.cluster_id):
            raise LeaseHeld(reason)
        return
    tell(f"waiting {LEASE:.0f} s to see whether {lease.holder} still works on stack {place.stack}")
    end = clock() + LEASE
    while (began := clock()) < end:
        sleep(WATCH_EVERY)
        if clock() - began < WATCH_EVERY / 2:
            raise Refused("interrupted while waiting for the lease; nothing was written")
        number, head = standing(place.api.configs(place.at), place.stack)
        if number != record.number:
            taker = concealed_head(place, head).lease if head else None
            raise LeaseHeld(held_message(place.stack, taker or lease, place.at.cluster_id))


def unlock(place: RecordStore, record: Record, *, server: float | None, force: bool = False) -> Record:
    """Take the lease away from whoever holds it; what is pending is kept.

    Raises LeaseHeld, unless forced, where its holder may be alive by ``server`` time; Refused if it moved meanwhile.
    """
    if not force and record.lease and (reason := renewed_lately(record.stack, record.lease, server)):
        raise LeaseHeld(reason)
    moved = advance(place, replace(record, lease=None))
    if isinstance(moved, Overtaken):
        raise Refused(
            f"the record of stack {place.stack} was just changed: a run is active. Check again before unlocking"
        )
    return moved
