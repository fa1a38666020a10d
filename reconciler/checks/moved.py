"""Moves that contradict each other, or what else is declared."""

from collections import Counter
from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, error
from reconciler.kinds import KINDS
from reconciler.model import Desired, Diagnostic, Move

NAME = "moved"


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """Each move is of one object to one declared place, comes from elsewhere, and forms no circle."""
    for one in desired:
        for move in one.moved:
            yield from _one(one, move)
        yield from _collisions(one)
    yield from _circles(desired)


def _one(one: Desired, move: Move) -> Iterator[Diagnostic]:
    is_here = move.stack in ("", one.stack)
    if not move.name and move.to:
        yield error(
            NAME, move.location, "moved has to and no from", "say what it was called: from: KIND/NAME"
        )
        return
    if not move.name:
        if is_here and not move.source:
            yield error(
                NAME, move.location, "moved says neither from, nor another stack or source", "add what moves"
            )
        return
    what = f"{move.kind}/{move.name}"
    if move.to_kind != move.kind:
        message = f"{what} can't become a {move.to_kind}"
        yield error(NAME, move.location, message, f"to: {move.kind}/NAME")
        return
    if is_here and move.to == move.name and not move.source:
        message = f"{what} is moved from its own place"
        yield error(
            NAME, move.location, message, "say its new name under to, or the stack that it comes from"
        )
        return
    if move.to != move.name and KINDS[move.kind].has_data:
        message = f"{what} can't be renamed: the platform has no rename, and the data would stay behind"
        yield error(NAME, move.location, message, "keep its name")
    key = (move.kind, move.to)
    if key not in one.manifests and key not in one.invalid:
        message = f"{what} is moved to {move.kind}/{move.to}, which is not declared"
        yield error(NAME, move.location, message, f"declare it under {KINDS[move.kind].section}")
    if is_here and move.to != move.name and (move.kind, move.name) in one.manifests:
        place = one.manifests[move.kind, move.name].location
        message = f"{what} is moved to {move.to}, and is still declared at {place}"
        yield error(NAME, move.location, message, "keep one of the two")
    for field, said in (("removed", one.removed), ("released", one.released)):
        for named in {key, (move.kind, move.name)} if is_here else {key}:
            if named in said:
                message = f"{named[0]}/{named[1]} is moved here and {field} at {said[named]}"
                yield error(NAME, move.location, message, "keep one of the two")


def _collisions(one: Desired) -> Iterator[Diagnostic]:
    """Two moves to one place, or of one object to two."""
    singles = [move for move in one.moved if move.name]
    places = Counter((move.kind, move.to) for move in singles)
    origins = Counter((move.stack or one.stack, move.kind, move.name) for move in singles)
    for move in singles:
        if places[move.kind, move.to] > 1:
            yield error(
                NAME, move.location, f"several moves end at {move.kind}/{move.to}", "keep one of them"
            )
        elif origins[move.stack or one.stack, move.kind, move.name] > 1:
            message = f"{move.kind}/{move.name} is moved to several places"
            yield error(NAME, move.location, message, "keep one of them")


def _circles(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """Moves that lead back to where they began, within a cluster."""
    steps = {
        (one.cluster, move.stack or one.stack, move.kind, move.name): (
            (one.cluster, one.stack, move.kind, move.to),
            move,
        )
        for one in desired
        for move in one.moved
        if move.name and (move.stack or one.stack, move.name) != (one.stack, move.to)
    }
    for start, (_, move) in steps.items():
        place, count = start, 0
        while place in steps and count <= len(steps):
            place, count = steps[place][0], count + 1
            if place == start:
                message = f"the move of {move.kind}/{move.name} is part of a circle"
                yield error(NAME, move.location, message, "remove the moves that were applied already")
                break


CHECK = Check(NAME, "a move conflicts with another move or with a declaration", check)
