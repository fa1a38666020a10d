"""Updates a record after an interrupted run, from its pending changes and the live state. Pure.

Pending objects that exist as intended become managed. Services that were being changed become unverified. Objects
that were to be deleted and are gone are forgotten.
"""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from reconciler import digest
from reconciler.kinds import KINDS, RUNNING, VERSIONED
from reconciler.kinds.versions import split
from reconciler.model import Live, LiveState, Named, Owned, Pending, Record, RecordedState, Spec
from reconciler.normalize import same


def resumed(record: Record, live: LiveState, digest_key: bytes) -> Record:
    """The record as if the interrupted run had recorded its results. ``pending`` is empty.

    ``digest_key`` is the key for digests of readable values.
    """
    if not record.pending:
        return record
    by_name = {
        (live_object.kind, live_object.name): live_object
        for objects in live.objects.values()
        for live_object in objects
    }
    by_id = {(live_object.kind, live_object.id): live_object for live_object in by_name.values()}
    owned = {(entry.kind, entry.live_name): entry for entry in record.owned}
    for pending in record.pending:
        if pending.action == "move":
            continue  # the record of the stack that takes it over decides
        if KINDS[pending.owned.kind].section in live.missing:
            continue  # its list could not be read, so nothing is known of it
        if _account(owned, pending, _find(pending, by_name, live), digest_key):
            _account_for_former(owned, pending, by_id)
    return replace(record, owned=_current_only(owned.values(), by_name), pending=())


def _find(pending: Pending, by_name: Mapping[Named, Live], live: LiveState) -> Live | None:
    kind = pending.owned.kind
    if not KINDS[kind].named:
        return next(
            (live_object for live_object in live.objects.get(kind, ()) if _is_that(pending, live_object)),
            None,
        )
    return by_name.get((pending.owned.kind, pending.owned.live_name))


def _is_that(pending: Pending, live: Live) -> bool:
    """Whether a live object is that of a pending change, for kinds without unique names: by id, or a new one."""
    if pending.owned.id:
        return live.id == pending.owned.id
    cluster = pending.owned.applied.get("cluster_id") or ""
    return (
        live.id not in pending.known
        and live.name == pending.owned.live_name
        and live.spec.get("cluster_id", "") == cluster
    )


def _account(owned: dict[Named, Owned], pending: Pending, live: Live | None, digest_key: bytes) -> bool:
    """Update ``owned`` with one pending change. Returns whether it created or changed an object."""
    key = (pending.owned.kind, pending.owned.live_name)
    if live is None or not _is_there(pending.owned, live):
        if pending.action == "delete":
            owned.pop(key, None)
        return False
    if pending.action == "delete" or not equals_intent(pending.owned, live, digest_key):
        _account_for_hosts(owned, pending, live)
        _account_for_sensitive(owned, pending)
        return False
    for entry in [
        candidate for candidate, held in owned.items() if candidate[0] == live.kind and held.id == live.id
    ]:
        del owned[entry]  # the object may be recorded under another name
    owned[key] = replace(pending.owned, id=live.id, state=_state(pending.owned))
    return True


def _account_for_hosts(owned: dict[Named, Owned], pending: Pending, live: Live) -> None:
    """Update the recorded hosts of a service from which the run freed hosts, and which it did not write: that is no
    drift.
    """
    before = owned.get((pending.owned.kind, pending.owned.live_name))
    if pending.owned.kind not in RUNNING or not pending.known or before is None:
        return
    had = before.applied.get("hosts") or ()
    remaining = [host for host in had if host.strip().lower() not in pending.known]
    if same(KINDS[before.kind], "hosts", remaining, live.spec.get("hosts")):
        owned[before.kind, before.live_name] = replace(before, applied={**before.applied, "hosts": remaining})


def _account_for_sensitive(owned: dict[Named, Owned], pending: Pending) -> None:
    """Keep hidden what the run meant to write: it may have, and somebody may have changed other fields since."""
    key = (pending.owned.kind, pending.owned.live_name)
    if (before := owned.get(key)) and pending.owned.sensitive:
        hidden = {*before.sensitive_before, *pending.owned.sensitive}
        owned[key] = replace(before, sensitive_before=tuple(sorted(hidden)))


def _account_for_former(owned: dict[Named, Owned], pending: Pending, by_id: Mapping[Named, Live]) -> None:
    """Add the old versions that were adopted together with a secret or config."""
    kind, name = pending.owned.kind, pending.owned.name
    if kind not in VERSIONED:
        return
    for former in (by_id.get((kind, known)) for known in pending.known):
        if former and (kind, former.name) not in owned:
            owned[kind, former.name] = Owned(
                kind, name, former.name, former.id, retired=True, source=pending.owned.source
            )


def _state(intent: Owned) -> RecordedState:
    return "unverified" if intent.kind in RUNNING else intent.state


def equals_intent(intent: Owned, live: Live, digest_key: bytes) -> bool:
    """Whether a live object is as intended: field by field, or by its name alone if its content cannot be read."""
    kind = KINDS[intent.kind]
    if kind.write_only:
        return True
    return all(
        _same_field(kind.name, field, live.spec, intent.applied, digest_key) for field in intent.applied
    )


def _same_field(kind: str, field: str, live: Spec, applied: Spec, digest_key: bytes) -> bool:
    if digest.is_masked(kind, field):
        return digest.same_as_applied(kind, field, live.get(field), applied[field], key=digest_key) is True
    return same(KINDS[kind], field, applied[field], live.get(field))


def _current_only(entries: Iterable[Owned], by_name: Mapping[Named, Live]) -> tuple[Owned, ...]:
    """The entries with one current version for each logical name: the newest one. Older ones become old versions;
    those that are gone are dropped.
    """
    entries = tuple(entries)
    newest: dict[Named, str] = {}
    for owned in sorted(entries, key=lambda owned: split(owned.live_name)[1]):
        if not owned.retired:
            newest[owned.kind, owned.name] = owned.live_name
    return tuple(
        replace(owned, retired=owned.retired or not is_newest)
        for owned in entries
        if (is_newest := newest.get((owned.kind, owned.name)) == owned.live_name)
        or owned.retired
        or _is_there(owned, by_name.get((owned.kind, owned.live_name)))
    )


def _is_there(owned: Owned, live: Live | None) -> bool:
    return live is not None and owned.id in ("", live.id)
