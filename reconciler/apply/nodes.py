"""Writing nodes: made one at a time, since nothing but its id tells a new one apart, and waited for."""

from collections.abc import Callable, Sequence

from reconciler.apply.intents import planned_from
from reconciler.apply.settle import ChangedSincePlanned, Found, UnknownOutcome, settle
from reconciler.apply.site import LOOK_FOR, Site
from reconciler.errors import Ambiguous, NotFound, ReconcilerError
from reconciler.kinds.node import GOING, encode
from reconciler.model import Body, Change

READY = "ready"
WAIT_FOR = 1800.0
"""Seconds for a machine to be made, or to go."""


def create(site: Site, change: Change) -> str:
    """Make as many nodes as are missing and wait until all are Ready; returns their ids."""
    with site.one_at_a_time:
        made = [_create_one(site, change) for _ in range(change.spec["count"])]
    _wait(site, f"{change.address} to be Ready", lambda nodes: _all_ready(nodes, made))
    return " ".join(made)


def _create_one(site: Site, change: Change) -> str:
    site.go_on()
    size_id = change.live_name
    seen = {str(node["id"]) for node in site.writer.nodes(site.at)}
    try:
        return str(site.writer.create_node(site.at, encode(size_id, {}))["id"])
    except Ambiguous as error:
        return _look_for(site, seen, error)


def _look_for(site: Site, seen: set[str], error: Ambiguous) -> str:
    """The node that a lost answer may have made: never asked for again, only looked for."""
    end = site.now() + LOOK_FOR
    while True:
        try:
            new = [str(node["id"]) for node in site.writer.nodes(site.at) if str(node["id"]) not in seen]
        except ReconcilerError:
            new = []
        if new:
            return new[0]
        if site.now() >= end or site.stop():
            raise UnknownOutcome(
                f"{error}; no new node showed within {LOOK_FOR:.0f} s, and it is not asked for twice"
            ) from error
        site.sleep(2.0)


def _all_ready(nodes: Sequence[Body], made: list[str]) -> bool:
    status = {str(node["id"]): str(node.get("status") or "").lower() for node in nodes}
    for one in made:
        if one not in status or status[one] in GOING:
            raise ReconcilerError(f"the new node {one} is gone before it was Ready")
    return all(status[one] == READY for one in made)


def delete(site: Site, change: Change) -> str:
    """Delete the node by id and wait until it is gone."""
    planned = planned_from(change)
    try:
        fresh = site.writer.node(site.at, planned.id)
    except NotFound:
        return planned.id
    if fresh.get("swarm_manager"):
        raise ChangedSincePlanned("it is the swarm manager now, which is never deleted")
    if str(fresh.get("size") or "") != planned.spec["size"]:
        raise ChangedSincePlanned("it is of another size now")

    def write() -> None:
        site.writer.delete_node(site.at, planned.id)

    def look() -> Found:
        try:
            node = site.writer.node(site.at, planned.id)
        except NotFound:
            return "done"
        return "done" if str(node.get("status") or "").lower() in GOING else "unchanged"

    if str(fresh.get("status") or "").lower() not in GOING:
        settle(write, look, pause=site.once_more)
    _wait(site, f"{change.address} to be gone", lambda nodes: all(node["id"] != planned.id for node in nodes))
    return planned.id


def _wait(site: Site, what: str, is_done: Callable[[Sequence[Body]], bool]) -> None:
    """Poll the list of nodes; transient failures to read do not count, the time does."""
    end, pause = site.now() + WAIT_FOR, 0.25
    while True:
        try:
            if is_done(site.writer.nodes(site.at)):
                return
        except NotFound:
            raise
        except Ambiguous:
            pass
        site.go_on()
        if site.now() >= end:
            raise ReconcilerError(f"waited {WAIT_FOR / 60:.0f} minutes for {what}; it may yet happen")
        site.sleep(pause)
        pause = min(pause * 1.5, 5.0)
