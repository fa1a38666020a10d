"""Which changes wait for services that are not up: deletes for all services, a write for the services it depends on.

Pure. A plan uses it with the recorded states, an apply with the states that it sees, so that an apply does what the
plan shows.
"""

from collections.abc import Iterable, Mapping
from typing import TypeGuard

from reconciler.model import Address, Blocker, Change, Delete, ServiceState

DOWN: frozenset[ServiceState] = frozenset({"rolled back", "failed", "down"})
"""A service in one of these states holds back writes of services that depend on it."""


def blockers(change: Change, states: Mapping[str, ServiceState]) -> tuple[Blocker, ...]:
    """The services that ``change`` waits for, each with its state; empty if it can be carried out.

    ``states`` are those of services that the run neither writes nor deletes; an apply always waits for its own
    writes.
    """
    if change.action == "delete":
        worked = _not_up_again(change.worked_with, states)
        if is_consented_by_name(change):
            return worked
        down = [Blocker(name, state) for name, state in sorted(states.items()) if state != "verified"]
        return tuple(dict.fromkeys((*down, *worked)))
    if change.goes_ahead or change.desired is None:
        return ()
    needed = ((name, states.get(name, "verified")) for name in sorted(change.desired.depends_on))
    return tuple(Blocker(name, state) for name, state in needed if state in DOWN)


def _not_up_again(worked_with: Iterable[Blocker], states: Mapping[str, ServiceState]) -> tuple[Blocker, ...]:
    """The services that are still not up. The states of services of other stacks are the recorded ones."""
    now = (
        Blocker(name, state if stack else states.get(name, state), stack)
        for name, state, stack in worked_with
    )
    return tuple(blocker for blocker in now if blocker.state != "verified")


def waiting(
    changes: Iterable[Change], states: Mapping[str, ServiceState]
) -> dict[Address, tuple[Blocker, ...]]:
    """For each change that waits: the services it waits for, with their states."""
    found = ((change.address, blockers(change, states)) for change in changes)
    return {address: held_by for address, held_by in found if held_by}


def is_consented_by_name(change: Change) -> TypeGuard[Delete]:
    """Whether a delete is named under ``removed``.

    It then waits only for the writes of the run, and for services that worked with the object last.
    """
    if change.action != "delete" or change.replaced_by:
        return False
    return change.consented and not (change.owned is not None and change.owned.retired)
