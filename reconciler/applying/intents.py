"""What an apply writes into the record: intended changes before the first write, managed objects after it. Pure.

Both are recorded as an ``Owned``: in ``Record.pending`` before the change, in ``Record.owned`` after it.
"""

from collections.abc import Mapping
from typing import TypeGuard

from msgspec.structs import replace

from reconciler import digest
from reconciler.kinds import KINDS, RUNNING
from reconciler.kinds.mounts import mounted
from reconciler.model import Adopt, Change, InPlace, LiveState, Named, Owned, Pending, Update
from reconciler.planning.earlier import sensitive_after, sensitive_before


def intent(change: Change, *, digests: Mapping[Named, str], key: bytes) -> Owned:
    """The object as it will be recorded after the change. Its id is "" if the change creates it.

    ``digests`` are the digests of the values of secrets, by kind and name; ``key`` is the key for the digests of all
    other masked values.
    """
    kind, name = change.address.kind, change.address.name
    if change.action == "delete":
        return change.owned or Owned(kind, name, change.live_name, change.live.id)
    protect = change.desired.lifecycle.prevent_destroy if change.desired else None
    former = change.owned
    source = (change.desired.source if change.desired else None) or (former.source if former else None)
    is_of_the_record = change.taken_from is not None or (protect is not None and change.action == "update")
    if former and is_of_the_record and not writes(change):
        return replace(
            former,
            source=source,
            protected=former.protected if protect is None else protect,
            sensitive=sensitive_after(former, change.desired),
        )
    return Owned(
        kind,
        name,
        change.live_name,
        change.live.id if is_same_object(change) else "",
        wait=change.desired is None or change.desired.lifecycle.wait,
        applied=digest.masked(kind, change.spec, key=key),
        digest=digests.get((kind, name), former.digest if former and not writes(change) else ""),
        protected=bool(former and former.protected) if protect is None else protect,
        state="unverified" if kind in RUNNING else "verified",
        source=source,
        previous=_previous(change),
        sensitive=sensitive_after(former, change.desired),
        sensitive_before=_sensitive_before(change),
    )


def _sensitive_before(change: Change) -> tuple[str, ...]:
    """The values of the live object that are not shown; as recorded if nothing is written."""
    former = change.owned
    if former is None:
        return ()
    return sensitive_before(former) if writes(change) else former.sensitive_before


def _previous(change: Change) -> tuple[str, ...]:
    """The objects that the service mounts before the write, as ``kind/name``; as recorded if nothing is written."""
    if is_same_object(change) and writes(change):
        return tuple(sorted({f"{mount.kind}/{mount.name}" for mount in mounted(change.live.spec)}))
    return change.owned.previous if change.owned and not writes(change) else ()


def is_same_object(change: Change) -> TypeGuard[InPlace]:
    """Whether the change is made to the live object itself, and creates no new object."""
    if not isinstance(change, Update | Adopt):
        return False
    return not KINDS[change.address.kind].named or change.live.name == change.live_name


def writes(change: Change) -> bool:
    """Whether the change writes to the API, and not only to the record."""
    if change.action in ("create", "replace", "delete"):
        return True
    fields = [field for field in change.fields if not field.is_of_the_record]
    return bool(fields) or not is_same_object(change)


def pending_for(change: Change, owned: Owned, live: LiveState) -> Pending:
    """The change's entry in ``Record.pending``.

    Its ``known`` has what a later run needs to recognise the result: the ids of all objects of a kind without names;
    else the hosts that the change frees, or the ids of the old versions that it retires.
    """
    if not KINDS[change.address.kind].named:
        known = tuple(live_object.id for live_object in live.objects.get(change.address.kind, ()))
    elif change.frees:
        known = change.frees
    else:
        known = tuple(former.id for former in change.retires)
    return Pending(change.action, owned, known)
