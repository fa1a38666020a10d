"""The order in which changes can be carried out. Pure; uses only the addresses, needs and ranks of changes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from reconciler.model import Address

Needs = Mapping[Address, Sequence[Address]]


def arrange(needs: Needs, rank: Callable[[Address], tuple[int, Address]]) -> tuple[Address, ...]:
    """The addresses in an order in which each one follows all that it needs; of several possible ones, the lowest
    rank comes first.

    Needs that are not keys of ``needs`` are ignored. Raises ``Cycle`` if there is no such order.
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
    """The roots and, recursively, everything that they need."""
    reached: set[Address] = set()
    waiting = [root for root in roots if root in needs]
    while waiting:
        current = waiting.pop()
        if current not in reached:
            reached.add(current)
            waiting += [other for other in needs[current] if other in needs]
    return frozenset(reached)


class Cycle(ValueError):
    """Addresses that need each other in a cycle; ``path`` lists them in order, with the first one repeated at the
    end.
    """

    def __init__(self, path: tuple[Address, ...]) -> None:
        self.path = path
        super().__init__(" → ".join(str(name) for name in path))
