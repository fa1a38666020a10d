"""Fields of a live service in the short form of a manifest. Pure."""

import struct
from collections.abc import Mapping
from typing import Any

from reconciler.kinds import image as images
from reconciler.kinds.mounts import KIND_MOUNTED
from reconciler.kinds.service import REFERENCES
from reconciler.model import Named


def plain(field: str, value: Any, names: Mapping[Named, str]) -> Any:
    """A field in its short form: references without default values, ratios with few digits."""
    if field in REFERENCES:
        kind = KIND_MOUNTED[field]
        return [_reference({**item, "name": names.get((kind, item["name"]), item["name"])}) for item in value]
    if field == "mounts":
        return [_mount(mount) for mount in value]
    if field == "image":
        return _unpinned(value)
    if field.endswith("_max_failure_ratio"):
        return _shortest(value)
    return value


def _unpinned(image: Any) -> Any:
    """An image without the digest that the platform adds to a tag: declared, it would prevent updates by a restart."""
    tagged, _, digest = str(image).partition("@")
    return tagged if digest and images.same(tagged, str(image)) and images.split(tagged)[1] else image


def _reference(item: Mapping[str, Any]) -> Any:
    defaults = {"file_name": item["name"], "uid": 0, "gid": 0, "mode": "0444"}
    kept = {key: value for key, value in item.items() if key == "name" or value != defaults[key]}
    return kept if len(kept) > 1 else item["name"]


def _mount(mount: Mapping[str, Any]) -> Any:
    if ":" in mount["source"] or ":" in mount["target"] or not mount["target"].startswith("/"):
        return dict(mount)
    return f"{mount['source']}:{mount['target']}{':ro' if mount['readonly'] else ''}"


def _shortest(value: Any) -> Any:
    """The shortest decimal that is the same 32-bit number (API: ratios are of format float)."""
    if not isinstance(value, float):
        return value
    for digits in range(1, 10):
        short = float(f"{value:.{digits}g}")
        if struct.pack("f", short) == struct.pack("f", value):
            return short
    return value
