"""In which order deletes come to the rest of a plan. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from reconciler.model import Change
from reconciler.order import closure


class Phases(NamedTuple):
    """What is carried out one after the other, each once all before it is done and up.

    ``first`` needs no delete. Each of ``rounds`` holds deletes that something waits for, and what so can be written: a
    service that gets a host from one that goes, and what depends on it. ``deletes`` are those that nothing waits for.
    """

    first: Sequence[Change]
    rounds: Sequence[Sequence[Change]]
    deletes: Sequence[Change]


def phases(changes: Sequence[Change]) -> Phases:
    """The phases of a plan's changes, which keep their order in each.

    A service is deleted for another only once all else that the other needs is there: were it deleted at once, and did
    that fail, neither of the two would run.
    """
    needs = {change.address: change.needs for change in changes}
    made = [change for change in changes if change.action != "delete"]
    wanted = closure([change.address for change in made], needs)
    early = {change.address for change in changes if change.action == "delete" and change.address in wanted}
    deletes = [change for change in changes if change.action == "delete" and change.address not in early]
    if not early:
        return Phases(made, (), deletes)
    before = {change.address: early & closure([change.address], needs) for change in made}
    rank = {address: len(deletes_before) for address, deletes_before in before.items()}
    rank |= {
        address: min(len(deletes_before) for deletes_before in before.values() if address in deletes_before)
        for address in early
    }
    first = [change for change in made if not rank[change.address]]
    rounds = [
        [change for change in changes if rank.get(change.address) == size]
        for size in sorted(set(rank.values()) - {0})
    ]
    return Phases(first, rounds, deletes)
