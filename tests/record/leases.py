"""A lease on a record, for tests."""

from reconciler.model import Owned, Pending
from reconciler.record import RecordLease, RecordStore, read
from tests.record.platform import AT

API = Owned("service", "api", "api", "s1")


CREATE = Pending("create", API)


def found(platform):
    return read(platform.kept.values(), "clinic", salt="00").record


def lease_on(platform, *, record=None, holder="me", now=None, tell=lambda _: None, conceal=str):
    return RecordLease(
        RecordStore(platform, AT, "clinic", conceal=conceal),
        record or found(platform),
        holder=holder,
        now=now or platform.now,
        clock=platform.now,
        sleep=platform.sleep,
        tell=tell,
    )
