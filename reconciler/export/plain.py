"""Fields of a live service as people write them in a manifest. Pure."""

import struct
from collections.abc import Mapping
from typing import Any

from reconciler.kinds import image as images
from reconciler.kinds.mounts import KIND_MOUNTED
from reconciler.kinds.service import REFERENCES
from reconciler.model import Named


def plain(field_: str, value: Any, names: Mapping[Named, str]) -> Any:
    """A field as people write it: what a reference leaves out has its default, and a ratio has few digits."""
    if field_ in REFERENCES:
        kind = KIND_MOUNTED[field_]
        return [_reference({**one, "name": names.get((kind, one["name"]), one["name"])}) for one in value]
    if field_ == "mounts":
        return [_mount(one) for one in value]
    if field_ == "image":
        return _unpinned(value)
    if field_.endswith("_max_failure_ratio"):
        return _shortest(value)
    return value


def _unpinned(image: Any) -> Any:
    """Without the digest that the platform adds to a tag: declared, it would forbid what a restart brings."""
    tagged, _, digest = str(image).partition("@")
    return tagged if digest and images.same(tagged, str(image)) and images.split(tagged)[1] else image


def _reference(one: Mapping[str, Any]) -> Any:
    defaults = {"file_name": one["name"], "uid": 0, "gid": 0, "mode": "0444"}
    kept = {key: value for key, value in one.items() if key == "name" or value != defaults[key]}
    return kept if len(kept) > 1 else one["name"]


def _mount(one: Mapping[str, Any]) -> Any:
    if ":" in one["source"] or ":" in one["target"] or not one["target"].startswith("/"):
        return dict(one)
    return f"{one['source']}:{one['target']}{':ro' if one['readonly'] else ''}"


def _shortest(value: Any) -> Any:
    """The shortest decimal that is the same 32-bit number (API: ratios are of format float)."""
    if not isinstance(value, float):
        return value
    for digits in range(1, 10):
        short = float(f"{value:.{digits}g}")
        if struct.pack("f", short) == struct.pack("f", value):
            return short
    return value
