"""Moves that conflict with each other or with other declarations."""

from collections import Counter
from collections.abc import Iterator, Sequence

from reconciler.checks.base import Check, error
from reconciler.kinds import KINDS
from reconciler.model import Desired, Diagnostic, Move

NAME = "moved"


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """Each move is of an object from another place to a declared place, and no moves form a cycle."""
    for stack in desired:
        for move in stack.moved:
            yield from _move(stack, move)
        yield from _collisions(stack)
    yield from _cycles(desired)


def _move(stack: Desired, move: Move) -> Iterator[Diagnostic]:
    is_here = move.stack in ("", stack.stack)
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
    if key not in stack.manifests and key not in stack.invalid:
        message = f"{what} is moved to {move.kind}/{move.to}, which is not declared"
        yield error(NAME, move.location, message, f"declare it under {KINDS[move.kind].section}")
    if is_here and move.to != move.name and (move.kind, move.name) in stack.manifests:
        place = stack.manifests[move.kind, move.name].location
        message = f"{what} is moved to {move.to}, and is still declared at {place}"
        yield error(NAME, move.location, message, "keep one of the two")
    for field, declared in (("removed", stack.removed), ("released", stack.released)):
        for key_moved in {key, (move.kind, move.name)} if is_here else {key}:
            if key_moved in declared:
                message = f"{key_moved[0]}/{key_moved[1]} is moved here and {field} at {declared[key_moved]}"
                yield error(NAME, move.location, message, "keep one of the two")


def _collisions(stack: Desired) -> Iterator[Diagnostic]:
    """Several moves to a place, or of an object."""
    singles = [move for move in stack.moved if move.name]
    places = Counter((move.kind, move.to) for move in singles)
    origins = Counter((move.stack or stack.stack, move.kind, move.name) for move in singles)
    for move in singles:
        if places[move.kind, move.to] > 1:
            yield error(
                NAME, move.location, f"several moves end at {move.kind}/{move.to}", "keep one of them"
            )
        elif origins[move.stack or stack.stack, move.kind, move.name] > 1:
            message = f"{move.kind}/{move.name} is moved to several places"
            yield error(NAME, move.location, message, "keep one of them")


def _cycles(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """Moves within a cluster that form a cycle."""
    steps = {
        (stack.cluster, move.stack or stack.stack, move.kind, move.name): (
            (stack.cluster, stack.stack, move.kind, move.to),
            move,
        )
        for stack in desired
        for move in stack.moved
        if move.name and (move.stack or stack.stack, move.name) != (stack.stack, move.to)
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
