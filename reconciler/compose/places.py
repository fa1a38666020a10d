"""Finds the place in the Compose files that a field of the manifest comes from."""

from collections.abc import Mapping, Sequence

from reconciler.compose.nodes import ComposeNode
from reconciler.model import Location

_SOURCES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "args": (("command",),),
    "command": (("entrypoint",),),
    "environment_variables": (("environment",), ("env_file",)),
    "hosts": (("deploy", "labels"), ("labels",)),
    "mounts": (("volumes",),),
    "placement_constraints": (("deploy", "placement", "constraints"),),
    "port": (("ports",), ("deploy", "labels"), ("labels",)),
    "replicas": (("deploy", "replicas"), ("scale",)),
}
"""The fields of a Compose service from which a field of the manifest is made, if their names differ."""


def place_of(node: ComposeNode, steps: Sequence[str | int]) -> Location:
    """The place of the field at ``steps`` inside an entry, or of the nearest field that contains it."""
    if not steps:
        return node.place
    field = str(steps[0])
    when, _, rest = field.partition("_")
    default = (("deploy", f"{when}_config", rest),) if when in ("update", "rollback") else ((field,),)
    for source in _SOURCES.get(field, default):
        found = node.get(*source)
        if found is not None:
            return _within(found, steps[1:])
    return node.place


def _within(node: ComposeNode, steps: Sequence[str | int]) -> Location:
    for step in steps:
        there = node.is_list and isinstance(step, int) and step < len(node.value)
        if there or (node.is_map and step in node.value):
            node = node.value[step]
    return node.place
