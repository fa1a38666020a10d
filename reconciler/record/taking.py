"""When a run may take a lease that another run holds: it expired, it was not renewed for 120 s, or a person releases
it with ``unlock``."""

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
    """Return when no run can hold the lease of ``record`` any more.

    ``server`` is the server's time in seconds since the epoch. If it is unknown, or the lease has no end time, the
    record is watched by ``clock``: a lease that is not renewed for 120 s has expired. ``tell`` is given a message for
    people before that. Raises LeaseHeld if a run holds the lease, Refused if ``sleep`` was interrupted, and what the
    API raises.
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
    """Release the lease, whichever run holds it. Pending changes are kept. Returns the record as written.

    ``server`` is the server's time in seconds since the epoch, None if unknown. Raises LeaseHeld if its holder may
    still run, unless ``force``; Refused if another run changed the record at the same time; and what the API raises.
    """
    if not force and record.lease and (reason := renewed_lately(record.stack, record.lease, server)):
        raise LeaseHeld(reason)
    moved = advance(place, replace(record, lease=None))
    if isinstance(moved, Overtaken):
        raise Refused(
            f"the record of stack {place.stack} was just changed: a run is active. Check again before unlocking"
        )
    return moved
