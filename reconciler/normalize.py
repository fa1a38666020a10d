"""Values that are equal exactly if the platform treats them so. Pure; it finds no differences (see ``diff``)."""

from typing import Any

from reconciler.kinds import Kind


def is_unset(value: Any) -> bool:
    """Null, "", [] and missing all mean that a field is not set; 0 and False are values."""
    return not value and (value is None or isinstance(value, str | list | dict | tuple))


def comparable(kind: Kind, field: str, desired: Any, live: Any) -> tuple[Any, Any]:
    """A declared and a live value of one field as two values that ``==`` may judge.

    Lists with a key become dicts by it; what is unset is None on both sides.
    """
    comparator = kind.comparators.get(field)
    if comparator is not None and desired != live:
        desired, live = comparator(desired, live)
    return (None if is_unset(desired) else desired), (None if is_unset(live) else live)


def same(kind: Kind, field: str, desired: Any, live: Any) -> bool:
    """Whether a declared field is already so."""
    desired_value, live_value = comparable(kind, field, desired, live)
    return bool(desired_value == live_value)
