"""Whether a run holds the lease, and the messages about it. Pure."""

import shlex
from datetime import UTC, datetime

from reconciler.model import Lease, Record
from reconciler.record.moves import Overtaken

LEASE = 120.0
"""Seconds that a lease lasts."""
RENEW_EVERY = 40.0
RETRY_AFTER = 5.0
"""Seconds until a renewal that failed is tried again."""


def held(record: Record, server: float | None, cluster: str) -> str:
    """Why an apply would be refused now, or "" if no run is known to hold the lease.

    ``server`` is the server's time in seconds since the epoch, None if unknown; ``cluster`` is the label or id of the
    record's cluster.
    """
    lease = record.lease
    return (
        held_message(record.stack, lease, cluster)
        if lease and server is not None and lease.until > server
        else ""
    )


def may_be_held(record: Record, server: float | None, cluster: str) -> str:
    """Why another run may be writing now, or "" if none can be.

    If the lease has no end time, or the server's time is unknown, its holder may still renew it. Parameters as in
    ``held``.
    """
    lease = record.lease
    if lease is None or (server is not None and 0 < lease.until <= server):
        return ""
    return held_message(record.stack, lease, cluster)


def renewed_lately(stack: str, lease: Lease, server: float | None) -> str:
    """Why a lease must not be released without ``force``, or "" if an active run would have renewed it since.

    ``server`` is the server's time in seconds since the epoch, None if unknown.
    """
    if server is None or not lease.until:
        return (
            f"it is unknown whether {lease.holder} still works on stack {stack}, and when the lease was last "
            f"renewed. An apply watches it for {LEASE:.0f} s and then takes it over; --force releases it now"
        )
    ago = server - (lease.until - LEASE)
    if ago > RENEW_EVERY + RETRY_AFTER:
        return ""
    return (
        f"{lease.holder} renewed the lease on stack {stack} {max(ago, 0.0):.0f} s ago, and a run renews it every "
        f"{RENEW_EVERY:.0f} s: it probably still runs. Wait for it to end, or try again in "
        f"{RENEW_EVERY + RETRY_AFTER - ago + 1:.0f} s; if you know that it no longer runs, --force releases the "
        "lease now"
    )


def overtaken(stack: str, moved: Overtaken, cluster: str) -> str:
    """The message of a run that must not write because another run wrote a newer version of the record."""
    lease = moved.head.lease if moved.head else None
    return (
        held_message(stack, lease, cluster)
        if lease
        else f"the record of stack {stack} was changed by another run: plan again"
    )


def held_message(stack: str, lease: Lease, cluster: str) -> str:
    """The message that says who holds a lease, until when, and what to do."""
    until = f" until {datetime.fromtimestamp(lease.until, UTC):%Y-%m-%d %H:%M:%S} UTC" if lease.until else ""
    return (
        f"stack {stack} is being applied by {lease.holder}, who holds the lease{until}. Wait for that run to end; a "
        f"run that was killed holds it for {LEASE:.0f} s at most, and `reconciler unlock {shlex.quote(cluster)} "
        f"--stack {shlex.quote(stack)}` releases it sooner (with --force, if it was renewed in the last "
        f"{RENEW_EVERY + RETRY_AFTER:.0f} s)"
    )
