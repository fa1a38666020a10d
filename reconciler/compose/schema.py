"""Validates a Compose file against the published schema of the Compose Specification. Opens no other file.

``schemas/compose-spec.json`` is that schema, under the Apache License 2.0 of the Compose Specification's authors.
"""

import json
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any

from reconciler.compose.nodes import ComposeNode
from reconciler.compose.variables import ComposeVariables
from reconciler.model import Diagnostic, Location
from reconciler.resources import SCHEMAS

CHECK = "compose"
MOST = 50
_FIELDS_FROM = 2
"""The depth at which the fields of services, volumes etc. begin."""


def problems(root: ComposeNode, variables: ComposeVariables) -> Iterator[Diagnostic]:
    """The schema errors with their places. Variables are validated with their known values."""
    value = {key: child for key, child in _resolved(root, variables, 0).items() if key != "version"}
    if _quick().is_valid(value):
        return
    reported: set[tuple[Location, str]] = set()
    for error in islice(_validator().iter_errors(value), MOST):
        leaf = _leaf(error)
        path = list(leaf.absolute_path)
        place, message = _place(root, path), _message(leaf, path)
        if message and (place, message) not in reported:
            reported.add((place, message))
            yield Diagnostic(place, "error", CHECK, message, _hint(leaf))


def _leaf(error: Any) -> Any:
    """The most specific error: among several alternatives, the error of the one with the right type."""
    while error.context:
        of_type = [
            alternative
            for alternative in error.context
            if alternative.validator != "type" or alternative.relative_path
        ]
        if not of_type:
            return error
        error = of_type[0]
    return error


@cache
def _schema() -> Any:
    return json.loads((SCHEMAS / "compose-spec.json").read_text(encoding="utf-8"))


@cache
def _quick() -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(_schema())


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(_schema())


def _resolved(node: ComposeNode, variables: ComposeVariables, depth: int) -> Any:
    """The value with its variables replaced. Fields without a value are left out."""
    if node.is_map:
        return {
            key: _resolved(child, variables, depth + 1)
            for key, child in node.items()
            if child.value is not None or depth < _FIELDS_FROM
        }
    if node.is_list:
        return [_resolved(child, variables, depth + 1) for child in node.value]
    return variables.resolve(node.value) if isinstance(node.value, str) else node.value


def _place(root: ComposeNode, path: list[Any]) -> Location:
    node = root
    for step in path:
        if (node.is_map and step in node.value) or (
            node.is_list and isinstance(step, int) and step < len(node.value)
        ):
            node = node.value[step]
    return node.place


def _message(error: Any, path: list[Any]) -> str:
    """The message: the field and what is expected; "" if another error explains it. Shows no value, since it may be
    a credential.
    """
    where = ".".join(map(str, path)) or "the file"
    match error.validator:
        case "additionalProperties" | "unevaluatedProperties":
            extra = sorted(set(error.instance) - _fields(error.schema))
            names = ", ".join(map(repr, extra))
            return f"{where}: the Compose Specification has no field {names} here" if extra else ""
        case "type":
            return f"{where} must be {_types(error)}"
        case "enum":
            return f"{where} must be one of {', '.join(map(str, error.validator_value))}"
        case "required":
            return f"{where}: {', '.join(map(repr, error.validator_value))} must be given"
        case "uniqueItems":
            return f"{where} holds the same item twice"
        case "oneOf" | "anyOf" if error.context:
            return f"{where} must be {' or '.join(dict.fromkeys(map(_types, error.context)))}"
        case _:
            return f"{where} does not match the Compose Specification"


def _types(error: Any) -> str:
    types = error.validator_value
    return types if isinstance(types, str) else " or ".join(types)


def _fields(schema: Any) -> set[str]:
    """The fields of a schema, including those of its subschemas."""
    found = set(schema.get("properties", ()))
    if "$ref" in schema:
        found |= _fields(_schema()["$defs"][schema["$ref"].rpartition("/")[2]])
    for part in schema.get("allOf", ()):
        found |= _fields(part)
    return found


def _hint(error: Any) -> str:
    is_item = bool(error.absolute_path) and isinstance(error.absolute_path[-1], int)
    if is_item and error.validator == "type" and isinstance(error.instance, dict):
        return "write - NAME=VALUE, or NAME: VALUE without the dash"
    return (
        "see https://docs.docker.com/reference/compose-file/"
        if error.validator != "additionalProperties"
        else ""
    )
