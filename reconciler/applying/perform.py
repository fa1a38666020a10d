"""One change to the one function that carries it out: which kind, which action."""

from reconciler.applying.intents import is_same_object, writes
from reconciler.applying.kinds import WRITES
from reconciler.applying.site import Site
from reconciler.model import Change


def perform(site: Site, change: Change) -> str:
    """Carry out one change; returns the object's id. Raises ReconcilerError, and then says what is known."""
    kind = WRITES[change.address.kind]
    if change.action == "delete":
        return kind.delete(site, change)
    if change.live is None or not is_same_object(change):
        return kind.create(site, change)
    if not writes(change):
        return change.live.id
    if kind.update is None:
        raise ValueError(f"{change.address} can't be updated: nothing plans that")
    return kind.update(site, change)
