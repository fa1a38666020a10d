"""Which types the schemas accept at a place of the manifest, so that ``replicas: ${N}`` becomes a number.

Reads the schemas as JSON; validates nothing.
"""

import json
from functools import cache
from typing import Any

from reconciler.model import Path
from reconciler.resources import SCHEMAS


def wanted(path: Path) -> frozenset[str]:
    """JSON Schema's names of the types accepted at ``path``; empty where the schemas know no such place."""
    file, schema = _follow("manifest.schema.json", _schema("manifest.schema.json"))
    for step in path:
        file, schema = _follow(file, _child(schema, step))
    types = schema.get("type", ())
    return frozenset((types,) if isinstance(types, str) else types)


@cache
def _schema(file: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((SCHEMAS / file).read_text(encoding="utf-8"))
    return schema


def _child(schema: dict[str, Any], step: str | int) -> dict[str, Any]:
    if isinstance(step, int):
        child = schema.get("items")
    else:
        child = schema.get("properties", {}).get(step, schema.get("additionalProperties"))
    return child if isinstance(child, dict) else {}


def _follow(file: str, schema: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A schema with its ``$ref`` followed, and the file that it stands in."""
    while "$ref" in schema:
        other, _, pointer = schema["$ref"].partition("#")
        file = other or file
        schema = _schema(file)
        for part in pointer.split("/")[1:]:
            schema = schema[part]
    return file, schema
