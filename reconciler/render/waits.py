"""Changes that wait for services, in words."""

from collections.abc import Iterable, Mapping

from reconciler.kinds import KINDS, VERSIONED
from reconciler.model import AnyChange, Blocker, ServiceState

STATES: Mapping[ServiceState, str] = {
    "verified": "up",
    "rolled back": "held after a rollback",
    "failed": "failed",
    "unverified": "not verified",
    "down": "down",
}
WORKED_LAST = "what worked last can then still be put back"
"""Why a delete listed under ``removed`` waits for services that mounted the object when they were last up."""


def described(held_by: Iterable[Blocker]) -> str:
    """Blockers in words: ``service/db (held after a rollback), service/api (down)``."""
    return ", ".join(
        f"service/{name}{f' of the stack {stack}' if stack else ''} ({STATES[state]})"
        for name, state, stack in held_by
    )


def way_out(change: AnyChange, held_by: Iterable[Blocker]) -> str:
    """What an operator can do about a waiting change; "" for a write, which waits until the service is healthy."""
    if change.action != "delete":
        return ""
    instead = " instead of moved" if change.replaced_by else ""
    by_name = (
        ""
        if (change.consented and change.address.kind in VERSIONED)
        or (change.owned is not None and change.owned.retired)
        else f"name it under removed.{KINDS[change.address.kind].section}{instead}, or "
    )
    whom = "that service" if len(tuple(held_by)) == 1 else "those services"
    return f"to delete it anyway, {by_name}set lifecycle: {{wait: false}} on {whom}"
