"""What is said of a lease that somebody holds. Pure."""

from datetime import UTC, datetime

from reconciler.model import Lease, Record
from reconciler.record.moves import Overtaken

LEASE = 120.0
"""Seconds that a lease lasts."""


def held(record: Record, server: float | None) -> str:
    """Why an apply would be refused now, or "" if nobody is known to hold the lease. ``server`` is server time."""
    lease = record.lease
    return told_held(record.stack, lease) if lease and server is not None and lease.until > server else ""


def overtaken(stack: str, moved: Overtaken) -> str:
    """Why nothing may be written on a version that somebody else wrote another one on."""
    lease = moved.head.lease if moved.head else None
    return (
        told_held(stack, lease)
        if lease
        else f"the record of stack {stack} was changed by another run: plan again"
    )


def told_held(stack: str, lease: Lease) -> str:
    """Who holds a lease, until when, and what to do."""
    until = f" until {datetime.fromtimestamp(lease.until, UTC):%Y-%m-%d %H:%M:%S} UTC" if lease.until else ""
    return (
        f"stack {stack} is being applied by {lease.holder}, who holds the lease{until}. Wait for that run to end; a "
        f"run that was killed holds it for {LEASE:.0f} s at most, and `reconciler unlock CLUSTER --stack {stack}` "
        "releases it at once"
    )
