"""Writes objects with a unique name that are never changed: created once, deleted by id. Knows no kind."""

from collections.abc import Callable
from typing import NamedTuple

from reconciler.api.client import Bodies, ClusterRef, Writer
from reconciler.applying.context import ApplyContext
from reconciler.applying.settle import Found, settle
from reconciler.errors import ChangedSincePlanned, KeptByPlatform, ReconcilerError, Rejected
from reconciler.health import is_stopping
from reconciler.kinds import KINDS, running
from reconciler.kinds.mounts import mounted
from reconciler.model import Body, Delete, Write


class Requests(NamedTuple):
    """The requests of a kind with unique names. ``answered`` are the fields that the answer to a creation, if it has
    them, must have as they were sent. ``is_held_by_containers``: the platform refuses to delete an object while
    containers, even stopped ones, hold it.
    """

    list: Callable[[Writer, ClusterRef], Bodies]
    create: Callable[[Writer, ClusterRef, Body], Body]
    delete: Callable[[Writer, ClusterRef, str], None]
    answered: tuple[str, ...] = ()
    is_held_by_containers: bool = False


QUIET = 5
"""Tries in a row, within about 4 s, without a stopping task; then only stopped containers can hold the object."""
_KEPT_OTHERWISE = (
    "the platform stores its data differently from what was sent (line ends, or white space at its end?), so it "
    "would always show a difference. Write it the way the platform stores it."
)


def create(requests: Requests, context: ApplyContext, change: Write) -> str:
    """Create the object, and return its id. The name was free before, so after a lost answer an object of that name is
    the one that this run created.

    Raises ``ChangedSincePlanned`` if the name is taken, ReconcilerError if the platform stores other data than was
    sent; otherwise as ``settle`` does.
    """
    kind, name, spec = change.address.kind, change.live_name, change.spec
    if context.found(kind, name):
        raise ChangedSincePlanned(f"a {kind} {name} exists now")
    body = KINDS[kind].encode(name, spec)
    ids: list[str] = []

    def write() -> None:
        made = requests.create(context.writer, context.at, body)
        object_id = context.new_id(kind, made)
        if any(made.get(field, spec[field]) != spec[field] for field in requests.answered):
            requests.delete(context.writer, context.at, object_id)
            raise ReconcilerError(f"{_KEPT_OTHERWISE} It was deleted again.")
        ids.append(object_id)

    def read_back() -> Found:
        found = [listed for listed in requests.list(context.writer, context.at) if listed.get("name") == name]
        if not found:
            return "unchanged"
        if any(found[0].get(field) != spec[field] for field in requests.answered):
            return "changed"
        ids.append(str(found[0]["id"]))
        return "made"

    settle(write, read_back, pause=context.once_more)
    return ids[-1]


def delete(requests: Requests, context: ApplyContext, change: Delete) -> str:
    """Delete the object by id, and return the id. The platform refuses while containers that use it are stopping; then
    it is tried again.

    Raises ``ChangedSincePlanned`` if another object has its name or a service uses it; ``KeptByPlatform`` if stopped
    containers hold it; otherwise as ``settle`` does.
    """
    planned = change.live
    present = context.found(planned.kind, planned.name)
    if present is None:
        return planned.id
    if present.id != planned.id:
        raise ChangedSincePlanned(f"another {planned.kind} has its name")
    _refuse_if_used(context, change)

    def write() -> None:
        requests.delete(context.writer, context.at, planned.id)

    def read_back() -> Found:
        present = any(listed.get("id") == planned.id for listed in requests.list(context.writer, context.at))
        return "unchanged" if present else "done"

    pause = _while_containers_stop(context) if requests.is_held_by_containers else context.while_in_use
    try:
        settle(write, read_back, pause=pause)
    except Rejected as error:
        if not requests.is_held_by_containers:
            raise
        raise KeptByPlatform(
            "kept: containers that have stopped still hold it, so it goes after the next updates of what mounted it "
            f"({error})"
        ) from error
    return planned.id


def _while_containers_stop(context: ApplyContext) -> Callable[[int], bool]:
    """The ``pause`` of ``settle`` for a refused delete: it is repeated as long as containers are stopping, since
    stopped containers hold a volume until they are removed."""
    quiet, shown = 0, True

    def again(tries: int) -> bool:
        nonlocal quiet, shown
        try:
            tasks = context.writer.tasks(context.at) if shown else ()
        except ReconcilerError:
            tasks, shown = (), False
        # An empty list says nothing about the tasks of a service that was just deleted.
        quiet = quiet + 1 if tasks and not any(map(is_stopping, tasks)) else 0
        return quiet < QUIET and context.while_in_use(tries)

    return again


def _refuse_if_used(context: ApplyContext, change: Delete) -> None:
    """Raises ``ChangedSincePlanned`` if any live service mounts the object, other than those deleted before it."""
    planned = change.live
    going = {address.name for address in change.needs}
    for service in running(context.live):
        uses = any(
            (mount.kind, mount.name) == (planned.kind, planned.name) for mount in mounted(service.spec)
        )
        if uses and service.name not in going:
            raise ChangedSincePlanned(f"the service {service.name} uses it")
