"""In which order changes are carried out, as columns: each change stands right of all that it waits for.

In a large plan, changes that are alike share one step, so that the drawing can still be read.
"""

from collections import defaultdict
from collections.abc import Sequence

from msgspec import Struct

from reconciler.model import AnyChange

READABLE = 24
"""With more changes than this, those that are alike share a step."""


class Step(Struct, frozen=True):
    """``members`` are numbers of changes, ``needs`` of steps that come first, ``column`` counts from 0.

    ``part`` counts the clusters from 0, in the order given.
    """

    members: tuple[int, ...]
    column: int
    needs: tuple[int, ...]
    part: int


def steps(changes: Sequence[AnyChange]) -> list[Step]:
    """The changes as steps, those of a column beside each other, in the order given.

    Deletes come after all other changes, as in an apply, except a delete that another change waits for.
    """
    needs = _needs(changes)
    columns = _columns(changes, needs)
    if len(changes) <= READABLE:
        groups: list[tuple[int, ...]] = [(number,) for number in range(len(changes))]
    else:
        groups = _alike(changes, needs, columns)
    step_of = {number: index for index, group in enumerate(groups) for number in group}
    parts = {
        cluster: part
        for part, cluster in enumerate(dict.fromkeys(change.address.cluster for change in changes))
    }
    return [
        Step(
            group,
            columns[group[0]],
            tuple(sorted({step_of[need] for number in group for need in needs[number]} - {index})),
            parts[changes[group[0]].address.cluster],
        )
        for index, group in enumerate(groups)
    ]


def _needs(changes: Sequence[AnyChange]) -> list[list[int]]:
    number = {change.address: index for index, change in enumerate(changes)}
    return [
        [number[need] for need in change.needs if number.get(need, index) != index]
        for index, change in enumerate(changes)
    ]


def _columns(changes: Sequence[AnyChange], needs: Sequence[Sequence[int]]) -> list[int]:
    awaited = {index for index, change in enumerate(changes) if change.action != "delete"}
    waiting = list(awaited)
    for index in waiting:  # the list grows by what each change waits for
        found = [need for need in needs[index] if need not in awaited]
        awaited.update(found)
        waiting += found
    columns = _ranks([needs_of_one if index in awaited else () for index, needs_of_one in enumerate(needs)])
    behind = 1 + max((columns[index] for index in awaited), default=-1)
    deletes = _ranks(
        [
            () if index in awaited else [n for n in needs_of_one if n not in awaited]
            for index, needs_of_one in enumerate(needs)
        ]
    )
    return [column if index in awaited else behind + deletes[index] for index, column in enumerate(columns)]


def _ranks(needs: Sequence[Sequence[int]]) -> list[int]:
    """The length of the longest chain of changes before each. A cycle, which a plan file may hold, is not followed."""
    rank = [0] * len(needs)
    waiting = [len(needs_of_one) for needs_of_one in needs]
    followers = defaultdict(list)
    for index, needs_of_one in enumerate(needs):
        for need in needs_of_one:
            followers[need].append(index)
    ready = [index for index, count in enumerate(waiting) if count == 0]
    for index in ready:
        for follower in followers[index]:
            rank[follower] = max(rank[follower], rank[index] + 1)
            waiting[follower] -= 1
            if waiting[follower] == 0:
                ready.append(follower)
    return rank


def _alike(
    changes: Sequence[AnyChange], needs: Sequence[Sequence[int]], columns: Sequence[int]
) -> list[tuple[int, ...]]:
    """The changes in groups: each of one cluster, kind, action and column, and all waiting for the same kinds."""
    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for index, change in enumerate(changes):
        awaited = frozenset(changes[need].address.kind for need in needs[index])
        key = (change.address.cluster, change.address.kind, change.action, columns[index], awaited)
        groups[key].append(index)
    return [tuple(group) for group in groups.values()]
