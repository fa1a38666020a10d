"""The secrets, configs and volumes that a service mounts, by the names in its spec. Pure."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from reconciler.model import Spec

KIND_MOUNTED: Mapping[str, str] = {"secrets": "secret", "configs": "config", "mounts": "volume"}
"""The kind of what each of these fields of a service mounts."""


class Mounted(NamedTuple):
    """An object that a service mounts: its kind and name, and the field and index of the service's reference to it."""

    kind: str
    name: str
    field: str
    item: int


def mounted(spec: Spec) -> Iterator[Mounted]:
    """What a canonical spec mounts; malformed items, which a record may hold, are skipped."""
    for field, kind in KIND_MOUNTED.items():
        items = spec.get(field)
        if not items or not isinstance(items, list | tuple):
            continue
        part = "source" if field == "mounts" else "name"
        for number, item in enumerate(items):
            name = item.get(part) if isinstance(item, Mapping) else None
            if isinstance(name, str):
                yield Mounted(kind, name, field, number)
