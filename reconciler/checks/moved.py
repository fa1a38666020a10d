"""Moves that conflict with each other or with other declarations."""

from collections.abc import Hashable, Iterator, Sequence

from reconciler.checks.base import Check, error
from reconciler.kinds import KINDS
from reconciler.model import Desired, Diagnostic, Move

NAME = "moved"


def check(desired: Sequence[Desired]) -> Iterator[Diagnostic]:
    """Each move is of an object from another place to a declared place, and no moves form a cycle: one error each."""
    cycles = list(_cycles(desired))
    in_cycles = {move.location for cycle in cycles for move in cycle}
    for stack in desired:
        sound = []
        for move in stack.moved:
            if move.location in in_cycles:
                continue
            problem = next(_problems(stack, move), None)
            if problem is None:
                sound.append(move)
            else:
                yield error(NAME, move.location, *problem)
        yield from _collisions(stack, sound)
    for cycle in cycles:
        first = min(cycle, key=lambda move: move.location)
        others = ", ".join(sorted(str(move.location) for move in cycle if move is not first))
        message = f"the move of {first.kind}/{first.name} forms a cycle with {others}"
        yield error(NAME, first.location, message, "remove the moves that are already applied")


def _problems(stack: Desired, move: Move) -> Iterator[tuple[str, str]]:
    """The errors in a single move, each with a hint; an earlier error can explain a later one."""
    is_here = move.stack in ("", stack.stack)
    what, to = f"{move.kind}/{move.name}", f"{move.kind}/{move.to}"
    key, former = (move.kind, move.to), (move.kind, move.name)
    if not move.name and move.to:
        yield "moved has `to`, but no `from`", "add its previous name: from: KIND/NAME"
    if not move.name:
        if is_here and not move.source:
            yield "moved names no `from`, no other stack and no other source", "add one of them"
        return
    if move.to_kind != move.kind:
        yield f"{what} cannot become a {move.to_kind}", f"to: {move.kind}/NAME"
    if is_here and move.to == move.name and not move.source:
        yield (
            f"{what} is moved to where it already is",
            "add its new name (to), or the stack that it comes from (stack)",
        )
    if move.to != move.name and KINDS[move.kind].has_data:
        yield (
            f"{what} cannot be renamed: the platform has no rename, and its data would stay in the old one",
            "keep its name",
        )
    if key not in stack.manifests and key not in stack.invalid:
        yield (
            f"{what} is moved to {to}, which is not declared",
            f"declare it under {KINDS[move.kind].section}",
        )
    if is_here and move.to != move.name and former in stack.manifests:
        place = stack.manifests[former].location
        yield f"{what} is moved to {move.to}, and is still declared at {place}", "keep one of the two"
    for field, declared in (("removed", stack.removed), ("released", stack.released)):
        for named in (key, former) if is_here else (key,):
            if named in declared:
                message = f"{named[0]}/{named[1]} is moved here and {field} at {declared[named]}"
                yield message, "keep one of the two"


def _collisions(stack: Desired, moves: Sequence[Move]) -> Iterator[Diagnostic]:
    """The moves to a place, or of an object, that another move already names, each with the place of that move."""
    places: dict[Hashable, Move] = {}
    origins: dict[Hashable, Move] = {}
    for move in moves:
        if not move.name:
            continue
        to_first = places.setdefault((move.kind, move.to), move)
        from_first = origins.setdefault((move.stack or stack.stack, move.kind, move.name), move)
        if to_first is not move:
            message = f"several moves end at {move.kind}/{move.to}; the first is at {to_first.location}"
            yield error(NAME, move.location, message, "keep one of them")
        elif from_first is not move:
            message = (
                f"{move.kind}/{move.name} is moved to several places; the first is at {from_first.location}"
            )
            yield error(NAME, move.location, message, "keep one of them")


def _cycles(desired: Sequence[Desired]) -> Iterator[tuple[Move, ...]]:
    """Moves within a cluster that form a cycle, each cycle once."""
    steps = {
        (stack.cluster, move.stack or stack.stack, move.kind, move.name): (
            (stack.cluster, stack.stack, move.kind, move.to),
            move,
        )
        for stack in desired
        for move in stack.moved
        if move.name and (move.stack or stack.stack, move.name) != (stack.stack, move.to)
    }
    seen: set[tuple[str, str, str, str]] = set()
    for start in steps:
        place, path = start, list[tuple[str, str, str, str]]()
        while place in steps and place not in seen:
            seen.add(place)
            path.append(place)
            place, _ = steps[place]
        if place in path:
            yield tuple(steps[address][1] for address in path[path.index(place) :])


CHECK = Check(NAME, "a move conflicts with another move or with a declaration", check)
