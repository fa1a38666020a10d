"""One change to the one function that carries it out: which kind, which action."""

from collections.abc import Callable, Mapping

from reconciler.apply import hosts, named, nodes, services, webhooks
from reconciler.apply.intents import is_same_object, writes
from reconciler.apply.site import Site
from reconciler.model import Change

Perform = Callable[[Site, Change], str]
"""Carries out a change and returns the id of the object it leaves."""

CREATE: Mapping[str, Perform] = {
    "service": services.create,
    "secret": named.create,
    "config": named.create,
    "volume": named.create,
    "node": nodes.create,
    "webhook": webhooks.create,
}
UPDATE: Mapping[str, Perform] = {"service": services.update, "webhook": webhooks.update}
DELETE: Mapping[str, Perform] = {
    "service": services.delete,
    "secret": named.delete,
    "config": named.delete,
    "volume": named.delete,
    "node": nodes.delete,
    "webhook": webhooks.delete,
}


def perform(site: Site, change: Change) -> str:
    """Carry out one change; returns the object's id. Raises ReconcilerError, and then says what is known."""
    kind = change.address.kind
    if change.action == "delete":
        return DELETE[kind](site, change)
    hosts.free(site, change)
    if change.live is not None and is_same_object(change):
        return UPDATE[kind](site, change) if writes(change) else change.live.id
    return CREATE[kind](site, change)
