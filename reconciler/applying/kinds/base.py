"""What a file about how one kind is written fills in."""

from collections.abc import Callable
from typing import NamedTuple

from reconciler.applying.context import ApplyContext
from reconciler.model import Delete, InPlace, Owned, Write
from reconciler.model.failure import Failure


class Writes(NamedTuple):
    """How objects of a kind are written; ``update`` is None for what the API can't change. Each returns the id of
    the object that it leaves.

    ``see_ready`` waits up to so many seconds for objects that are there and not ready yet; why they are not, or None.
    """

    create: Callable[[ApplyContext, Write], str]
    delete: Callable[[ApplyContext, Delete], str]
    update: Callable[[ApplyContext, InPlace], str] | None = None
    see_ready: Callable[[ApplyContext, Owned, float], Failure | None] | None = None
