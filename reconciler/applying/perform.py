"""One change to the one function that carries it out: which kind, which action."""

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
"""What is going on while a change of each action is written, for people."""


def perform(context: ApplyContext, change: Change) -> str:
    """Carry out one change; returns the object's id. Raises ReconcilerError, and then says what is known."""
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
        raise ValueError(f"{change.address} can't be updated: nothing plans that")
    return kind.update(context, change)
