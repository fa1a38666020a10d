"""Writing nodes: created one at a time, since only its id identifies a new one, and waited for.

A node whose creation was not answered is looked for, and never asked for a second time.
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
"""So many polls in a row that fail, each of them repeated for a while already, end the waiting."""


def create(context: ApplyContext, change: Write) -> str:
    """Make as many nodes as are missing and wait until all are Ready; returns their ids.

    Raises ``UnknownOutcome`` where some were made, or may have been, and it is not known how that ended.
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
                    f"only {len(made)} of {wanted} were asked for ({', '.join(made)}): {error}"
                ) from error
    awaited, seen, late = set(made), set[str](), context.now() + context.waits.look_for

    def all_ready(nodes: Sequence[Body]) -> bool:
        seen.update(awaited if context.now() >= late else (str(node["id"]) for node in nodes))
        return _all_ready(nodes, awaited, seen)

    _wait(context, f"{change.address} to be Ready", all_ready)
    return " ".join(made)


def _create_one(context: ApplyContext, size_id: str, made: Sequence[str]) -> str:
    """Ask for a node; once more where the first time it was refused, and so not made. ``made`` may not be
    listed yet."""
    tries = 0
    while True:
        tries += 1
        seen = {str(node["id"]) for node in context.writer.nodes(context.at)} | {*made}
        try:
            return str(context.writer.create_node(context.at, encode(size_id, {}))["id"])
        except Ambiguous as error:
            return _look_for(context, seen, error)
        except REFUSED:
            if not context.once_more(tries):
                raise


def _look_for(context: ApplyContext, seen: set[str], error: Ambiguous) -> str:
    """The node that a lost answer may have made. An interrupt does not cut this short: whoever came next could
    not know that one may still appear."""
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
    """Whether all of ``made`` are Ready. One that was ``seen`` and is not listed is gone; others may yet be listed."""
    status = {str(node["id"]): str(node.get("status") or "").lower() for node in nodes}
    for node_id in sorted(made):
        if status.get(node_id, "gone" if node_id in seen else "") in GOING | {"gone"}:
            raise _Gone(f"the node {node_id} disappeared before it was Ready")
    return all(status.get(node) == READY for node in made)


class _Gone(Exception):
    """A node that was made is not there any more."""


def see_ready(context: ApplyContext, owned: Owned, within: float) -> Failure | None:
    """Wait up to ``within`` seconds for the nodes of a size that count and were not Ready; why not, None if all are."""
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
    """Delete the node by id and wait until it is gone."""
    planned = change.live

    def find() -> Body | None:
        """The node, by the list: one that is gone and a wrong path are the same 404."""
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
    after: str = "asked for; ",
) -> None:
    """Poll the list of nodes, for ``within`` seconds, None for as long as a machine may take. ``after`` says what went
    before: what was asked for was asked for, and all that can be unknown is how it ends."""
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
                raise UnknownOutcome(f"{after}still waiting for {what} when this came: {error}") from error
        if context.now() >= end:
            raise TimedOut(f"{after}waited {_lasting(within)} for {what}, and it may still happen")
        context.sleep(pause)
        pause = min(pause * 1.5, 5.0)


def _lasting(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{seconds:.0f} s" if seconds < 60 else f"{minutes} minute{'' if minutes == 1 else 's'}"


WRITES = Writes(create=create, delete=delete, see_ready=see_ready)
