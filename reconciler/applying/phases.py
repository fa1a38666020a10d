"""The order of deletes and other changes in an apply. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from reconciler.model import Change
from reconciler.order import closure


class Phases(NamedTuple):
    """Groups of changes. Each group begins when all before it are done and their services are up.

    ``first`` are the changes that need no delete. Each of ``rounds`` has deletes that other changes need, and the
    changes that need them: for example a service that gets a host from a deleted one. ``deletes`` are all other
    deletes.
    """

    first: Sequence[Change]
    rounds: Sequence[Sequence[Change]]
    deletes: Sequence[Change]


def phases(changes: Sequence[Change]) -> Phases:
    """The phases of a plan's changes, which keep their order within each phase.

    If a change needs the delete of a service, that delete comes after everything else that the change needs. Otherwise,
    if that failed, neither of the two services would run.
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
