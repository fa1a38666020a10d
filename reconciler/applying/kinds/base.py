"""What a file about how one kind is written fills in."""

from collections.abc import Callable
from typing import NamedTuple

from reconciler.applying.context import ApplyContext
from reconciler.model import Delete, InPlace, Write


class Writes(NamedTuple):
    """How objects of a kind are written; ``update`` is None for what the API can't change. Each returns the id of
    the object that it leaves."""

    create: Callable[[ApplyContext, Write], str]
    delete: Callable[[ApplyContext, Delete], str]
    update: Callable[[ApplyContext, InPlace], str] | None = None
