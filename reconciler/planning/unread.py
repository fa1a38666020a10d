"""Objects of which the API gave something else than documented: they are left as they are, and the rest goes on.

What is not known of an object may be what refers to another one, so while there is such an object nothing is deleted.
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
    """The changes that can be made all the same, and the addresses of what could not be read; notes say why.

    What is neither declared nor managed counts only where something is not changed because of it.
    """
    unread = [live for objects in facts.live.objects.values() for live in objects if live.misfits]
    if not unread:
        return tuple(changes), ()
    left = {change.address for change in changes if _concerns(change, unread)}
    while more := {
        change.address for change in changes if change.address not in left and left.intersection(change.needs)
    }:
        left |= more
    for live in unread:
        draft.notes.append(LeftUnread(facts.address(live.kind, live.name), tuple(live.misfits)))
    if left:
        draft.notes.append(NotChanged(tuple(sorted(left))))
    concerned = [live for live in unread if left or facts.is_ours(live) or _is_declared(facts, live)]
    return tuple(change for change in changes if change.address not in left), tuple(
        facts.address(live.kind, live.name) for live in concerned
    )


def _is_declared(facts: Facts, live: Live) -> bool:
    """Whether it may be what the manifests declare; where a kind goes by no name, any may be."""
    names = {live.name, split(live.name)[0]}
    named = KINDS[live.kind].named
    return any(kind == live.kind and (not named or name in names) for kind, name in facts.desired.manifests)


def _concerns(change: Change, unread: Iterable[Live]) -> bool:
    """Whether a change deletes anything, or is of an object that could not be read, or mounts one."""
    names = {(live.kind, live.name) for live in unread}
    return (
        change.action == "delete"
        or (change.live is not None and bool(change.live.misfits))
        or (change.address.kind, change.live_name) in names
        or any((mount.kind, mount.name) in names for mount in mounted(change.spec))
    )
