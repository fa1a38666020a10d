"""Calls the function that carries out a change, by its kind and action."""

from collections.abc import Mapping

from reconciler.applying.context import ApplyContext
from reconciler.applying.intents import is_same_object, writes
from reconciler.applying.kinds import WRITES
from reconciler.model import Action, Change, Create, Delete, Replace

DOING: Mapping[Action, str] = {
    "create": "creating",
    "update": "updating",
    "replace": "replacing",
    "delete": "deleting",
    "adopt": "taking over",
}
"""The progress message while a change is carried out, by action."""


def perform(context: ApplyContext, change: Change) -> str:
    """Carry out one change; returns the object's id. Raises ReconcilerError: ``UnknownOutcome`` if it is unknown
    whether the change was made."""
    kind = WRITES[change.address.kind]
    match change:
        case Delete():
            return kind.delete(context, change)
        case Create() | Replace():
            return kind.create(context, change)
    if not is_same_object(change):
        return kind.create(context, change)
    if not writes(change):
        return change.live.id
    if kind.update is None:
        raise ValueError(f"{change.address} cannot be updated: nothing plans that")
    return kind.update(context, change)
