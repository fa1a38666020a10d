"""Which tasks Swarm replaces for a change of a service. Pure."""

from collections.abc import Iterable
from typing import Any

from reconciler.kinds import shorthands
from reconciler.kinds.service import TEMPLATE

_PLACES_TASKS = frozenset({"placement_constraints"})


def moves_tasks_alone(changed: Iterable[str]) -> bool:
    """Whether a change of these fields replaces only tasks whose node no longer satisfies the constraints (Swarm)."""
    return TEMPLATE & frozenset(changed) == _PLACES_TASKS


def may_keep_tasks(field: str, before: Any, after: Any) -> bool:
    """Whether Swarm may keep tasks though this field of ``TEMPLATE`` changes from ``before`` to ``after``.

    For constraints it replaces only tasks whose node no longer satisfies them; it compares the words of a command,
    not its quotes.
    """
    if field in ("command", "args"):
        return shorthands.split(before) == shorthands.split(after)
    return field in _PLACES_TASKS
