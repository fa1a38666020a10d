"""The types that the schemas accept at a place of the manifest, so that ``replicas: ${N}`` becomes a number.

Reads the schemas as JSON; validates nothing.
"""

import json
from functools import cache
from typing import Any

from reconciler.model import Path
from reconciler.resources import SCHEMAS


def schema_types(path: Path) -> frozenset[str]:
    """JSON Schema's names of the types that are accepted at ``path``; empty if the schemas have no such place.

    If a number and text of a certain form (``10`` or ``1m30s``) are both accepted, text is left out, so that a
    number is read as a number.
    """
    schema = _schema("manifest.schema.json")
    for step in path:
        schema = _child(schema, step)
        if "$ref" in schema:  # the schemas of the kinds are separate files
            schema = _schema(schema["$ref"])
    types = schema.get("type", ())
    accepted = frozenset((types,) if isinstance(types, str) else types)
    return accepted - {"string"} if "pattern" in schema and accepted & {"integer", "number"} else accepted


@cache
def top_level_fields() -> frozenset[str]:
    """The top-level fields of a manifest, without ``x-…``."""
    return frozenset(_schema("manifest.schema.json")["properties"])


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
