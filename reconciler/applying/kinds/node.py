"""Writes nodes: created one at a time, since a new node is identified only by its id, and then waited for.

If the answer to a creation is lost, the list of nodes is read for a new one; the request is never repeated.
"""

from collections.abc import Callable, Collection, Sequence

from reconciler.applying.context import ApplyContext
from reconciler.applying.kinds.base import Writes
from reconciler.applying.settle import REFUSED, Found, settle
from reconciler.errors import Ambiguous, ChangedSincePlanned, ReconcilerError, TimedOut, UnknownOutcome
from reconciler.kinds.node import GOING, READY, encode
from reconciler.model import Address, Body, Delete, Owned, Progress, Write
from reconciler.model.failure import Failure

BLIND = 5
"""Failed polls in a row, each after its own retries, after which the wait ends."""


def create(context: ApplyContext, change: Write) -> str:
    """Create the missing nodes, wait until all are Ready, and return their ids, separated by spaces.

    Raises ``UnknownOutcome`` if only some were requested, or it is unknown whether they were created or became Ready;
    ``TimedOut`` if they are not Ready in time; otherwise what the API raises.
    """
    wanted = int(change.spec["count"])
    made: list[str] = []
    with context.one_at_a_time:
        for _ in range(wanted):
            try:
                context.go_on()
                made.append(_create_one(context, change.live_name, made))
            except ReconcilerError as error:
                if not made:
                    raise
                raise UnknownOutcome(
                    f"only {len(made)} of {wanted} nodes were requested ({', '.join(made)}): {error}"
                ) from error
    awaited, seen, late = set(made), set[str](), context.now() + context.waits.look_for

    def all_ready(nodes: Sequence[Body]) -> bool:
        seen.update(awaited if context.now() >= late else (str(node["id"]) for node in nodes))
        return _all_ready(nodes, awaited, seen)

    _wait(context, f"{change.address} to be Ready", all_ready)
    return " ".join(made)


def _create_one(context: ApplyContext, size_id: str, made: Sequence[str]) -> str:
    """Request a node, and a second time if it was refused, so not created. ``made`` are this run's nodes, which may
    not be listed yet."""
    tries = 0
    while True:
        tries += 1
        seen = {str(node["id"]) for node in context.writer.nodes(context.at)} | {*made}
        try:
            node_id = str(context.writer.create_node(context.at, encode(size_id, {}))["id"])
            if node_id in seen:
                raise Ambiguous(f"the API answered with {node_id}, which is another node")
        except Ambiguous as error:
            return _look_for(context, seen, error)
        except REFUSED:
            if not context.once_more(tries):
                raise
        else:
            return node_id


def _look_for(context: ApplyContext, seen: set[str], error: Ambiguous) -> str:
    """The id of the node that was created although the answer was lost. An interrupt does not stop this wait: a later
    run would not know that a node may still appear."""
    end = context.now() + context.waits.look_for
    while True:
        try:
            new = [
                str(node["id"]) for node in context.writer.nodes(context.at) if str(node["id"]) not in seen
            ]
        except ReconcilerError:
            new = []
        if new:
            return new[0]
        if context.now() >= end:
            raise UnknownOutcome(
                f"{error}; no new node showed within {context.waits.look_for:.0f} s, and the request is not repeated"
            ) from error
        context.sleep_through(context.waits.look_every)


def _all_ready(nodes: Sequence[Body], made: Collection[str], seen: Collection[str]) -> bool:
    """Whether all of ``made`` are Ready. Raises ``_Gone`` if one was ``seen`` in a list and is not in this one."""
    status = {str(node["id"]): str(node.get("status") or "").lower() for node in nodes}
    for node_id in sorted(made):
        if status.get(node_id, "gone" if node_id in seen else "") in GOING | {"gone"}:
            raise _Gone(f"the node {node_id} disappeared before it was Ready")
    return all(status.get(node) == READY for node in made)


class _Gone(Exception):
    """A node that was created is not there any more."""


def see_ready(context: ApplyContext, owned: Owned, within: float) -> Failure | None:
    """Wait up to ``within`` seconds until the nodes ``owned.known``, which were not Ready, are Ready. Returns None, or
    why they are not."""
    address = Address(context.cluster, owned.kind, owned.name)
    waiting = f"{', '.join(owned.known)} to be Ready"
    context.tell(Progress(address, f"waiting for {waiting}"))
    try:
        _wait(
            context,
            waiting,
            lambda nodes: _all_ready(nodes, owned.known, owned.known),
            within=within,
            after="",
        )
    except ReconcilerError as error:
        return Failure.of(error)
    return None


def delete(context: ApplyContext, change: Delete) -> str:
    """Delete the node by id, wait until it is gone, and return its id.

    Raises ``ChangedSincePlanned`` if it is the swarm manager or of another size now; ``UnknownOutcome`` or ``TimedOut``
    if it is unknown whether it is gone; otherwise what the API raises.
    """
    planned = change.live

    def find() -> Body | None:
        """The node from the list: a GET of it answers 404 both for a deleted node and for a wrong path."""
        return next((node for node in context.writer.nodes(context.at) if node["id"] == planned.id), None)

    def write() -> None:
        context.writer.delete_node(context.at, planned.id)

    def read_back() -> Found:
        return "done" if _is_going(find()) else "unchanged"

    fresh = find()
    if fresh is None:
        return planned.id
    if fresh.get("swarm_manager"):
        raise ChangedSincePlanned("it is the swarm manager now, which is never deleted")
    if str(fresh.get("size") or "") != planned.spec["size"]:
        raise ChangedSincePlanned("it is of another size now")
    if not _is_going(fresh):
        settle(write, read_back, pause=context.once_more)
    _wait(
        context, f"{change.address} to be gone", lambda nodes: all(node["id"] != planned.id for node in nodes)
    )
    return planned.id


def _is_going(node: Body | None) -> bool:
    return node is None or str(node.get("status") or "").lower() in GOING


def _wait(
    context: ApplyContext,
    what: str,
    is_done: Callable[[Sequence[Body]], bool],
    *,
    within: float | None = None,
    after: str = "requested; ",
) -> None:
    """Poll the list of nodes until ``is_done``, for ``within`` seconds (default: ``Waits.machine``). ``after`` begins
    the error message: it says that the request itself was made, and only its result is unknown."""
    within = context.waits.machine if within is None else within
    end, pause, blind = context.now() + within, 0.25, 0
    while True:
        try:
            if is_done(context.writer.nodes(context.at)):
                return
            blind = 0
            context.go_on()
        except _Gone as gone:
            raise ReconcilerError(str(gone)) from None
        except ReconcilerError as error:
            blind += 1
            if context.stop() or blind >= BLIND:
                raise UnknownOutcome(f"{after}this happened while waiting for {what}: {error}") from error
        if context.now() >= end:
            raise TimedOut(f"{after}waited {_lasting(within)} for {what}, and it may still happen")
        context.sleep(pause)
        pause = min(pause * 1.5, 5.0)


def _lasting(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{seconds:.0f} s" if seconds < 60 else f"{minutes} minute{'' if minutes == 1 else 's'}"


WRITES = Writes(create=create, delete=delete, see_ready=see_ready)
