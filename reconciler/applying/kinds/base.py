"""The functions that each module of this package provides for its kind."""

from collections.abc import Callable
from typing import NamedTuple

from reconciler.applying.context import ApplyContext
from reconciler.model import Delete, InPlace, Owned, Write
from reconciler.model.failure import Failure


class Writes(NamedTuple):
    """How objects of a kind are written. ``update`` is None if the API cannot change them.

    ``create``, ``delete`` and ``update`` return the object's id, and raise ReconcilerError: ``UnknownOutcome`` if it
    is unknown whether the change was made. ``see_ready`` waits up to so many seconds for existing objects to be ready;
    it returns None, or why they are not.
    """

    create: Callable[[ApplyContext, Write], str]
    delete: Callable[[ApplyContext, Delete], str]
    update: Callable[[ApplyContext, InPlace], str] | None = None
    see_ready: Callable[[ApplyContext, Owned, float], Failure | None] | None = None
