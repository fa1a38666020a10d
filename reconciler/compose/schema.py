"""A Compose file held against the published schema of the Compose Specification. Opens no other file.

``schemas/compose-spec.json`` is that schema, under the Apache License 2.0 of the Compose Specification's authors.
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from reconciler.compose.nodes import ComposeNode
from reconciler.compose.variables import ComposeVariables
from reconciler.model import Diagnostic, Location
from reconciler.resources import SCHEMAS

CHECK = "compose"
MOST = 50


def problems(root: ComposeNode, variables: ComposeVariables) -> Iterator[Diagnostic]:
    """What does not fit the schema, each with its place. Variables count with the values that are known."""
    from jsonschema.exceptions import best_match

    value = {key: one for key, one in _resolved(root, variables).items() if key != "version"}
    if _quick().is_valid(value):
        return
    for at, error in enumerate(_validator().iter_errors(value)):
        if at == MOST:
            return
        leaf = best_match([error]) or error
        path = list(leaf.absolute_path)
        yield Diagnostic(_place(root, path), "error", CHECK, _message(leaf, path), _hint(leaf))


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


def _resolved(node: ComposeNode, variables: ComposeVariables) -> Any:
    if node.is_map:
        return {key: _resolved(one, variables) for key, one in node.items()}
    if node.is_list:
        return [_resolved(one, variables) for one in node.value]
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
    """Names the field and what is expected; never shows a value, which may be a credential."""
    where = ".".join(map(str, path)) or "the file"
    match error.validator:
        case "additionalProperties" | "unevaluatedProperties":
            extra = sorted(set(error.instance) - _fields(error.schema))
            return f"{where}: the Compose Specification has no field {', '.join(map(repr, extra))} here"
        case "type":
            types = error.validator_value
            return f"{where} must be {types if isinstance(types, str) else ' or '.join(types)}"
        case "enum":
            return f"{where} must be one of {', '.join(map(str, error.validator_value))}"
        case "required":
            return f"{where}: {', '.join(map(repr, error.validator_value))} must be given"
        case _:
            return f"{where} is not of a form that the Compose Specification has"


def _fields(schema: Any) -> set[str]:
    """The fields that a schema names, those of the schemas it is made of included."""
    found = set(schema.get("properties", ()))
    if "$ref" in schema:
        found |= _fields(_schema()["$defs"][schema["$ref"].rpartition("/")[2]])
    for part in schema.get("allOf", ()):
        found |= _fields(part)
    return found


def _hint(error: Any) -> str:
    return (
        "see https://docs.docker.com/reference/compose-file/"
        if error.validator != "additionalProperties"
        else ""
    )
