"""The order in which changes can be carried out. Pure; it knows changes by address, needs and rank only."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from reconciler.model import Address

Needs = Mapping[Address, Sequence[Address]]


def arrange(needs: Needs, rank: Callable[[Address], tuple[int, Address]]) -> tuple[Address, ...]:
    """Every address after all that it needs; among the ready ones, by rank.

    Needs that are not keys of ``needs`` are taken as met. Raises ``Cycle`` if there is no such order.
    """
    sorter: TopologicalSorter[Address] = TopologicalSorter(
        {name: [other for other in wanted if other in needs] for name, wanted in needs.items()}
    )
    try:
        sorter.prepare()
    except CycleError as error:
        raise Cycle(tuple(error.args[1])) from None
    arranged: list[Address] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=rank)
        arranged += ready
        sorter.done(*ready)
    return tuple(arranged)


def closure(roots: Iterable[Address], needs: Needs) -> frozenset[Address]:
    """The roots and everything they need, directly or not."""
    reached: set[Address] = set()
    waiting = [root for root in roots if root in needs]
    while waiting:
        current = waiting.pop()
        if current not in reached:
            reached.add(current)
            waiting += [other for other in needs[current] if other in needs]
    return frozenset(reached)


class Cycle(ValueError):
    """Things that need each other; ``path`` names them in order, the first again at the end."""

    def __init__(self, path: tuple[Address, ...]) -> None:
        self.path = path
        super().__init__(" → ".join(str(name) for name in path))
