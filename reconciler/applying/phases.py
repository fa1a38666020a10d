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
    made = [one for one in changes if one.action != "delete"]
    wanted = closure([one.address for one in made], needs)
    early = {one.address for one in changes if one.action == "delete" and one.address in wanted}
    deletes = [one for one in changes if one.action == "delete" and one.address not in early]
    if not early:
        return Phases(made, (), deletes)
    before = {one.address: early & closure([one.address], needs) for one in made}
    rank = {address: len(some) for address, some in before.items()}
    rank |= {one: min(len(some) for some in before.values() if one in some) for one in early}
    first = [one for one in made if not rank[one.address]]
    rounds = [
        [one for one in changes if rank.get(one.address) == size] for size in sorted(set(rank.values()) - {0})
    ]
    return Phases(first, rounds, deletes)
