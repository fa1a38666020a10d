"""What waits for which service: deletes for every service that is not up, a write for the services it depends on.

Pure. A plan is held against what the record says of its services, an apply against what it has seen since; both ask
the same function, so that what the plan shows is what the apply does.
"""

from collections.abc import Iterable, Mapping
from typing import TypeGuard

from reconciler.kinds import KINDS
from reconciler.model import Address, AnyChange, Blocker, Change, Delete, ServiceState

DOWN: frozenset[ServiceState] = frozenset({"rolled back", "failed", "down"})
"""A service in one of these states holds back the writes of the services that depend on it."""

WORDS: Mapping[ServiceState, str] = {
    "verified": "up",
    "rolled back": "held after a rollback",
    "failed": "failed",
    "unverified": "not verified",
    "down": "down",
}


def blockers(change: Change, states: Mapping[str, ServiceState]) -> tuple[Blocker, ...]:
    """The services that ``change`` waits for, each with its state; none where it may be carried out.

    ``states`` are of the services that the run neither writes nor deletes: for its own writes an apply waits in
    any case.
    """
    if change.action == "delete":
        if is_consented_by_name(change):
            return ()
        return tuple(Blocker(name, state) for name, state in sorted(states.items()) if state != "verified")
    if change.goes_ahead or change.desired is None:
        return ()
    needed = ((name, states.get(name, "verified")) for name in sorted(change.desired.depends_on))
    return tuple(Blocker(name, state) for name, state in needed if state in DOWN)


def waiting(
    changes: Iterable[Change], states: Mapping[str, ServiceState]
) -> dict[Address, tuple[Blocker, ...]]:
    """Per change that waits: for which services, and how they are."""
    found = ((change.address, blockers(change, states)) for change in changes)
    return {address: held_by for address, held_by in found if held_by}


def is_consented_by_name(change: Change) -> TypeGuard[Delete]:
    """Whether a delete is named under ``removed``, so that it waits only for what the run itself writes."""
    if change.action != "delete":
        return False
    return change.consented and not (change.owned is not None and change.owned.retired)


def described(held_by: Iterable[Blocker]) -> str:
    """Blockers in words: ``service/db (held after a rollback), service/api (down)``."""
    return ", ".join(f"service/{name} ({WORDS[state]})" for name, state in held_by)


def way_out(change: AnyChange, held_by: Iterable[Blocker]) -> str:
    """What an operator can do about a change that waits; "" for a write, which only a healthy service frees."""
    if change.action != "delete":
        return ""
    by_name = (
        ""
        if change.owned is not None and change.owned.retired
        else f"name it under removed.{KINDS[change.address.kind].section}, or "
    )
    whom = "that service" if len(tuple(held_by)) == 1 else "those services"
    return f"to delete it all the same, {by_name}set lifecycle: {{wait: false}} on {whom}"
