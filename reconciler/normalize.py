"""Decides whether the platform treats two values as equal. Pure; ``diff`` finds the differences."""

from typing import Any

from reconciler.kinds import Kind


def is_unset(value: Any) -> bool:
    """Whether a value means that a field is not set: null, "", [] and {} do; 0 and False do not."""
    return not value and (value is None or isinstance(value, str | list | dict | tuple))


def comparable(kind: Kind, field: str, desired: Any, live: Any) -> tuple[Any, Any]:
    """A declared and a live value of a field in a form that ``==`` can compare.

    Lists with a key become dicts by that key; an unset value is None on both sides.
    """
    comparator = kind.comparators.get(field)
    if comparator is not None and desired != live:
        desired, live = comparator(desired, live)
    return (None if is_unset(desired) else desired), (None if is_unset(live) else live)


def same(kind: Kind, field: str, desired: Any, live: Any) -> bool:
    """Whether a live field already has the declared value."""
    desired_value, live_value = comparable(kind, field, desired, live)
    return bool(desired_value == live_value)
