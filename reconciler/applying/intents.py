"""What an apply writes down: the changes it intends before the first write, the managed objects afterwards. Pure.

A change that was carried out and one that is intended are recorded as the same ``Owned``; the one stands in
``Record.pending``, the other in ``Record.owned``.
"""

from collections.abc import Mapping
from typing import TypeGuard

from msgspec.structs import replace

from reconciler import digest
from reconciler.kinds import KINDS, RUNNING
from reconciler.kinds.mounts import mounted
from reconciler.model import Adopt, Change, InPlace, LiveState, Named, Owned, Pending, Update


def intent(change: Change, *, digests: Mapping[Named, str], key: bytes) -> Owned:
    """The object as it will be recorded once the change is done; its id is "" where it has yet to get one.

    ``digests`` holds the digest of each secret's value that is at hand, ``key`` keys those of readable values.
    """
    kind, name = change.address.kind, change.address.name
    if change.action == "delete":
        return change.owned or Owned(kind, name, change.live_name, change.live.id)
    protect = change.desired.lifecycle.prevent_destroy if change.desired else None
    former = change.owned
    source = (change.desired.source if change.desired else None) or (former.source if former else None)
    is_of_the_record = change.taken_from is not None or (protect is not None and change.action == "update")
    if former and is_of_the_record and not writes(change):
        return replace(former, source=source, protected=former.protected if protect is None else protect)
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
    )


def _previous(change: Change) -> tuple[str, ...]:
    """What the service mounts before the write, whose spec is then its previous one; unchanged without a write."""
    if is_same_object(change) and writes(change):
        return tuple(sorted({f"{mount.kind}/{mount.name}" for mount in mounted(change.live.spec)}))
    return change.owned.previous if change.owned and not writes(change) else ()


def is_same_object(change: Change) -> TypeGuard[InPlace]:
    """Whether the change is to the live object that it was planned from, rather than a new one beside it."""
    if not isinstance(change, Update | Adopt):
        return False
    return not KINDS[change.address.kind].named or change.live.name == change.live_name


def writes(change: Change) -> bool:
    """Whether anything but the record is written."""
    if change.action in ("create", "replace", "delete"):
        return True
    fields = [field for field in change.fields if not field.is_of_the_record]
    return bool(fields) or not is_same_object(change)


def pending_for(change: Change, owned: Owned, live: LiveState) -> Pending:
    """The change's entry in the journal, with what is needed to recognise what it made and took over."""
    if not KINDS[change.address.kind].named:
        known = tuple(live_object.id for live_object in live.objects.get(change.address.kind, ()))
    elif change.frees:
        known = change.frees
    else:
        known = tuple(former.id for former in change.retires)
    return Pending(change.action, owned, known)
