"""Compares a declared spec with a live one, value by value. Pure; decides nothing.

``==`` on normal forms decides whether a field differs; DeepDiff, used only here, finds the values inside a field
that differ.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from reconciler.kinds import Kind
from reconciler.model import Spec
from reconciler.normalize import comparable


class Difference(NamedTuple):
    """One value that differs.

    ``keys`` lead to it inside ``field``; ``live`` or ``desired`` is None if it is missing there.
    """

    field: str
    keys: tuple[str, ...]
    live: Any
    desired: Any

    @property
    def path(self) -> str:
        """The field and its keys joined by dots, in the API's names: ``environment_variables.LOG_LEVEL``."""
        return ".".join((self.field, *self.keys))


def differences(kind: Kind, desired: Spec, live: Spec) -> tuple[Difference, ...]:
    """All values of ``desired`` that differ in ``live``, sorted by path.

    Fields that are not declared are not compared.
    """
    found: list[Difference] = []
    for field, value in desired.items():
        live_value = live.get(field)
        if value == live_value:
            continue
        after, before = comparable(kind, field, value, live_value)
        if after != before:
            found += _leaves(field, before, after)
    return tuple(sorted(found, key=lambda difference: (difference.field, difference.keys)))


def _leaves(field: str, before: Any, after: Any) -> Iterator[Difference]:
    if not isinstance(before or after, dict):
        yield Difference(field, (), before, after)
    elif not (before and after):
        for key in before or after:
            yield Difference(field, (str(key),), (before or {}).get(key), (after or {}).get(key))
    else:
        yield from _walked(field, before, after)


def _walked(field: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    from deepdiff import DeepDiff

    numbers: dict[str, str] = {}
    tree = DeepDiff(
        _numbered(before, numbers),
        _numbered(after, numbers),
        view="tree",
        ignore_private_variables=False,  # by default it skips a variable named __X
        threshold_to_diff_deeper=0,  # the default makes very different dicts one value, which cannot be masked by name
    )
    texts = list(numbers)
    for levels in tree.values():
        for level in levels:
            keys = tuple(str(key) for key in level.path(output_format="list"))
            yield Difference(
                field, keys, _named(_present(level.t1), texts), _named(_present(level.t2), texts)
            )


def _numbered(value: Any, numbers: dict[str, str]) -> Any:
    """The value with a number in place of each text.

    DeepDiff compares long texts line by line, which can take minutes; here only equality matters.
    """
    if isinstance(value, str):
        return numbers.setdefault(value, str(len(numbers)))
    if isinstance(value, Mapping):
        return {key: _numbered(item, numbers) for key, item in value.items()}
    return [_numbered(item, numbers) for item in value] if isinstance(value, list) else value


def _named(value: Any, texts: Sequence[str]) -> Any:
    """The value with its texts in place of the numbers."""
    if isinstance(value, str):
        return texts[int(value)]
    if isinstance(value, Mapping):
        return {key: _named(item, texts) for key, item in value.items()}
    return [_named(item, texts) for item in value] if isinstance(value, list) else value


def _present(value: Any) -> Any:
    from deepdiff.helper import NotPresent

    return None if isinstance(value, NotPresent) else value
