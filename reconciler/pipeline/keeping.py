"""The entries that an apply writes into the record: of each change, and those that change without a write to the
API."""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from reconciler import digest
from reconciler.applying.intents import intent, pending_for
from reconciler.applying.verify import remembering
from reconciler.model import Address, Owned, Pending, Plan
from reconciler.pipeline.planned import Planned
from reconciler.pipeline.values import digests_of
from reconciler.record import RecordLease
from reconciler.record.lease import identity


def note_record_only(lease: RecordLease, plan: Plan) -> None:
    """Record the changes of the record alone, in addition to what the run has recorded of the same objects."""
    now = {identity(owned): owned for owned in lease.record.owned} if plan.record_only else {}
    for entry in plan.record_only:
        if entry.owned is None:
            continue
        if entry.recorded is None:
            lease.disown(entry.owned)
            continue
        noted, kept = now.get(identity(entry.owned), entry.owned), entry.recorded.applied
        applied = {name: value for name, value in noted.applied.items() if name in kept}
        noted = replace(noted, source=entry.recorded.source, applied=applied, wait=entry.recorded.wait)
        if entry.recorded.sensitive != entry.owned.sensitive:  # else as it was recorded with its write
            noted = replace(noted, sensitive=entry.recorded.sensitive)
        lease.own(noted)


def intents_of(
    planned: Planned, digest_key: bytes | None, tasks_of: Callable[[str], tuple[str, ...]]
) -> dict[Address, Owned]:
    """How each change will be recorded after it is made."""
    changes = planned.plan.changes
    digests = digests_of(changes, digest_key)
    readable = digest.readable_key(digest_key, planned.record.salt)
    return {
        change.address: remembering(intent(change, digests=digests, key=readable), change, tasks_of)
        for change in changes
    }


def journal_of(planned: Planned, intents: Mapping[Address, Owned]) -> dict[Address, Pending]:
    """The entry of each change in ``Record.pending``, from how it will be recorded."""
    return {
        change.address: pending_for(change, intents[change.address], planned.live)
        for change in planned.plan.changes
    }
