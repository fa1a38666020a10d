"""What waits for which service: deletes for every service that is not up, a write for the services it depends on.

Pure. A plan is held against what the record says of its services, an apply against what it has seen since; both ask
the same function, so that what the plan shows is what the apply does.
"""

from collections.abc import Iterable, Mapping
from typing import TypeGuard

from reconciler.model import Address, Blocker, Change, Delete, ServiceState

DOWN: frozenset[ServiceState] = frozenset({"rolled back", "failed", "down"})
"""A service in one of these states holds back the writes of the services that depend on it."""


def blockers(change: Change, states: Mapping[str, ServiceState]) -> tuple[Blocker, ...]:
    """The services that ``change`` waits for, each with its state; none where it may be carried out.

    ``states`` are of the services that the run neither writes nor deletes: for its own writes an apply waits in
    any case.
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
    """The services without those that are up by now. Of other stacks' services nothing newer is known."""
    now = (
        Blocker(name, state if stack else states.get(name, state), stack)
        for name, state, stack in worked_with
    )
    return tuple(blocker for blocker in now if blocker.state != "verified")


def waiting(
    changes: Iterable[Change], states: Mapping[str, ServiceState]
) -> dict[Address, tuple[Blocker, ...]]:
    """Per change that waits: for which services, and how they are."""
    found = ((change.address, blockers(change, states)) for change in changes)
    return {address: held_by for address, held_by in found if held_by}


def is_consented_by_name(change: Change) -> TypeGuard[Delete]:
    """Whether a delete is named under ``removed``, so that it waits only for what the run itself writes, and for
    services that worked with it last."""
    if change.action != "delete" or change.replaced_by:
        return False
    return change.consented and not (change.owned is not None and change.owned.retired)
