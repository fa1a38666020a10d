"""What a file about how one kind is written fills in."""

from collections.abc import Callable
from typing import NamedTuple

from reconciler.applying.context import ApplyContext
from reconciler.model import Change

Perform = Callable[[ApplyContext, Change], str]
"""Carries out a change and returns the id of the object it leaves."""


class Writes(NamedTuple):
    """How objects of a kind are written; ``update`` is None for what the API can't change."""

    create: Perform
    delete: Perform
    update: Perform | None = None
