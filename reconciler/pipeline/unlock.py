"""Finds the lease on a stack, to release it."""

from reconciler import record
from reconciler.api.client import ClusterRef, Writer
from reconciler.errors import UsageError
from reconciler.fetch import fetch
from reconciler.model import Lease, Record
from reconciler.pipeline.session import Session
from reconciler.record import RecordStore


def lease(session: Session, *, cluster: str, stack: str) -> tuple[RecordStore, Record, Lease | None]:
    """The store of a stack's record, the record, and its lease, None if there is none.

    Raises UsageError if there is no such cluster or stack, DamagedRecord if no version of the record can be read.
    """
    live = fetch(session.reader, (cluster,), parallelism=session.parallelism)[cluster]
    configs = record.configs_of(live)
    stacks = record.stacks(configs)
    if stack not in stacks:
        existing = f"It has: {', '.join(stacks)}." if stacks else "It has none at all."
        raise UsageError(f"cluster {cluster} has no record of a stack {stack}. {existing}")
    conceal = session.calls.sought.conceal
    at = ClusterRef(live.company_id, live.cluster_id)
    place = RecordStore(Writer(session.calls), at, stack, conceal=conceal)
    found = record.read(configs, stack, conceal=conceal).record
    return place, found, found.lease


def time_left(session: Session, held: Lease) -> str:
    """The text for people that says how much time a lease has left, or when it expired."""
    now = session.reader.server_time()
    if now is None or not held.until:
        return "time left unknown"
    seconds = held.until - now
    return f"{seconds:.0f} s left" if seconds > 0 else f"it expired {-seconds:.0f} s ago"
