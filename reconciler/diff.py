"""What differs between a declared spec and a live one, leaf by leaf. Pure; it decides nothing.

Equality is decided by ``==`` on normal forms; DeepDiff, the only use of it, walks just the fields that differ.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from reconciler.kinds import Kind
from reconciler.model import Spec
from reconciler.normalize import comparable


class Difference(NamedTuple):
    """One leaf that differs. ``keys`` lead to it within ``field``; ``live`` or ``desired`` is None if absent."""

    field: str
    keys: tuple[str, ...]
    live: Any
    desired: Any

    @property
    def path(self) -> str:
        """Dotted, in the API's words: ``environment_variables.LOG_LEVEL``."""
        return ".".join((self.field, *self.keys))


def differences(kind: Kind, desired: Spec, live: Spec) -> tuple[Difference, ...]:
    """Every leaf of ``desired`` that is not so in ``live``, sorted by path. Fields not declared are not looked at."""
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
        ignore_private_variables=False,  # else a variable named __X is never looked at
        threshold_to_diff_deeper=0,  # else unlike dicts are one leaf, whose values no name could mask
    )
    texts = list(numbers)
    for levels in tree.values():
        for level in levels:
            keys = tuple(str(key) for key in level.path(output_format="list"))
            yield Difference(
                field, keys, _named(_present(level.t1), texts), _named(_present(level.t2), texts)
            )


def _numbered(value: Any, numbers: dict[str, str]) -> Any:
    """The value with a number in place of each text: DeepDiff compares texts of many lines line by line, which takes
    minutes for what a manifest or an answer may hold, and only whether they are equal counts.
    """
    if isinstance(value, str):
        return numbers.setdefault(value, str(len(numbers)))
    if isinstance(value, Mapping):
        return {key: _numbered(item, numbers) for key, item in value.items()}
    return [_numbered(item, numbers) for item in value] if isinstance(value, list) else value


def _named(value: Any, texts: Sequence[str]) -> Any:
    """The value with its texts again."""
    if isinstance(value, str):
        return texts[int(value)]
    if isinstance(value, Mapping):
        return {key: _named(item, texts) for key, item in value.items()}
    return [_named(item, texts) for item in value] if isinstance(value, list) else value


def _present(value: Any) -> Any:
    from deepdiff.helper import NotPresent

    return None if isinstance(value, NotPresent) else value
