"""Reads what was created or deleted again, whatever the answers said: they can be about another object, or untrue.

One list of each kind for all changes of a phase. Rollouts and nodes are watched instead, and webhooks read one by one.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from reconciler.api.lists import LISTS
from reconciler.applying.context import ApplyContext
from reconciler.applying.intents import is_same_object
from reconciler.errors import UnknownOutcome
from reconciler.kinds import KINDS
from reconciler.model import Change


class AnsweredChange(NamedTuple):
    """A change that the API answered as made: the id of its object by that answer, and how long it took."""

    change: Change
    id: str
    seconds: float


Listed = Mapping[str, Mapping[str, str]]
"""The ids of all objects, by kind and name."""


def is_confirmed_by_lists(change: Change) -> bool:
    """Whether lists confirm a change: a delete, or the creation of an object that starts no tasks."""
    kind = KINDS[change.address.kind]
    return kind.named and (change.action == "delete" or not (kind.rolls_out or is_same_object(change)))


def list_again(context: ApplyContext, answered: Sequence[AnsweredChange]) -> Listed | None:
    """Lists of the kinds of these changes, read for up to ``Waits.show`` seconds until they show all of them.

    None if they cannot be read.
    """
    kinds = tuple(dict.fromkeys(each.change.address.kind for each in answered))
    listed: Listed | None = None

    def is_shown() -> bool:
        nonlocal listed
        listed = None
        listed = _lists(context, kinds)
        return all(_id(each, listed) for each in answered)

    context.denies(is_shown)
    return listed


def confirmed_id(each: AnsweredChange, listed: Listed | None) -> str:
    """The id of a change's object: by the lists, or by the answer if they cannot be read.

    Raises ``UnknownOutcome`` if the lists deny that the change was made.
    """
    if listed is None:
        return each.id
    if object_id := _id(each, listed):
        return object_id
    if each.change.action == "delete":
        raise UnknownOutcome("the API answered that it was deleted, but still lists it")
    raise UnknownOutcome("the API answered that it was created, but does not list it")


def _lists(context: ApplyContext, kinds: Sequence[str]) -> Listed:
    with ThreadPoolExecutor(len(kinds), "confirm") as threads:
        lists = [threads.submit(LISTS[kind], context.writer, context.at) for kind in kinds]
        return {
            kind: {str(body.get(KINDS[kind].named_by)): str(body["id"]) for body in reading.result()}
            for kind, reading in zip(kinds, lists, strict=True)
        }


def _id(each: AnsweredChange, listed: Listed) -> str:
    """The id of a change's object; "" if the lists deny that the change was made."""
    objects = listed[each.change.address.kind]
    if each.change.action == "delete":
        return "" if each.id in objects.values() else each.id
    return objects.get(each.change.live_name, "")
