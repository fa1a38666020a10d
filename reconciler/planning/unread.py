"""Leaves objects unchanged whose answer is not of the documented form; other changes go on.

Such an object may refer to any other object, so nothing is deleted while there is one.
"""

from collections.abc import Iterable, Sequence

from reconciler.kinds import KINDS
from reconciler.kinds.mounts import mounted
from reconciler.kinds.versions import split
from reconciler.model import Address, Change, Live
from reconciler.model.note import LeftUnread, NotChanged
from reconciler.planning.draft import Draft, Facts


def leave_unread(
    facts: Facts, draft: Draft, changes: Sequence[Change]
) -> tuple[tuple[Change, ...], tuple[Address, ...]]:
    """The changes that can still be made, and the addresses of objects that could not be read. Adds notes.

    An object that is neither declared nor managed is only included if a change is left out because of it.
    """
    unread = [live for objects in facts.live.objects.values() for live in objects if live.misfits]
    if not unread:
        return tuple(changes), ()
    left_out = {change.address for change in changes if _concerns(change, unread)}
    while more := {
        change.address
        for change in changes
        if change.address not in left_out and left_out.intersection(change.needs)
    }:
        left_out |= more
    for live in unread:
        draft.notes.append(LeftUnread(facts.address(live.kind, live.name), tuple(live.misfits)))
    if left_out:
        draft.notes.append(NotChanged(tuple(sorted(left_out))))
    concerned = [live for live in unread if left_out or facts.is_ours(live) or _is_declared(facts, live)]
    return tuple(change for change in changes if change.address not in left_out), tuple(
        facts.address(live.kind, live.name) for live in concerned
    )


def _is_declared(facts: Facts, live: Live) -> bool:
    """Whether a live object may be declared; for a kind without unique names this is assumed."""
    names = {live.name, split(live.name)[0]}
    named = KINDS[live.kind].named
    return any(kind == live.kind and (not named or name in names) for kind, name in facts.desired.manifests)


def _concerns(change: Change, unread: Iterable[Live]) -> bool:
    """Whether a change is a delete, changes an object that could not be read, or mounts one."""
    names = {(live.kind, live.name) for live in unread}
    return (
        change.action == "delete"
        or (change.live is not None and bool(change.live.misfits))
        or (change.address.kind, change.live_name) in names
        or any((mount.kind, mount.name) in names for mount in mounted(change.spec))
    )
