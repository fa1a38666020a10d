"""Validates the objects of the API's answers with ``schemas/answers.schema.json``.

Invalid fields are left out and named, so that the rest of the program gets only values of the documented types.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema_rs

from reconciler.model import Body
from reconciler.resources import SCHEMAS

_WHOLE = re.compile(r"-?[0-9]{1,15}", re.ASCII)
_NAMES: Mapping[type, str] = {
    dict: "an object", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"
}  # fmt: skip


class Partial(dict[str, Any]):
    """An object without its invalid fields; ``misfits`` describes each of these."""

    misfits: tuple[str, ...] = ()


def fit(kind: str, body: Body) -> Body:
    """A validated object of an answer; a ``Partial`` if it has invalid fields.

    ``kind`` is a name of the schema's ``$defs``. A whole number may come as text and a text as a whole number (API:
    answers have both); "" is null where a number or a list is documented.
    """
    if _is_valid(kind, "", body):
        return body
    schemas = _schemas(kind)
    converted = {
        field: _converted(schemas[field], value) if field in schemas else value
        for field, value in body.items()
    }
    if _is_valid(kind, "", converted):
        return converted
    fitting = Partial()
    misfits: list[str] = []
    for field, value in converted.items():
        if _is_valid(kind, field, value):
            fitting[field] = value
        else:
            misfits.append(f"{_shown(field)} is {_what(kind, field, value)}")
    fitting.misfits = tuple(misfits)
    return fitting if misfits else dict(fitting)


def as_text(value: Any) -> Any:
    """A whole number under 10^15 as text, any other value unchanged. Every JSON reader keeps such numbers exact."""
    is_whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**15
    return str(value) if is_whole else value


def called(value: Any) -> str:
    """The JSON type of a value, as a noun for messages."""
    return _NAMES.get(type(value), "nothing")


def _what(kind: str, field: str, value: Any) -> str:
    """A description of an invalid value by its type, without the value."""
    types = _schema(kind, field).get("type", ())
    if isinstance(value, dict | list) and ("object" if isinstance(value, dict) else "array") in types:
        return "not of the documented form inside"
    expected = " or ".join(type_name for type_name in types if type_name != "null")
    return f"{called(value)}{f', expected {expected}' if expected else ' that cannot be read'}"


def _shown(field: str) -> str:
    return field if re.fullmatch(r"[a-z_]{1,40}", field, re.ASCII) else "a field"


def _is_valid(kind: str, field: str, value: Any) -> bool:
    try:
        return bool(_validator(kind, field).is_valid(value))
    except ValueError:  # half a surrogate pair, or nested deeper than the library goes
        return False


@cache
def _document() -> Mapping[str, Any]:
    found: dict[str, Any] = json.loads((SCHEMAS / "answers.schema.json").read_text(encoding="utf-8"))
    return found


@cache
def _validator(kind: str, field: str) -> Any:
    """The validator of an object, or of a field if ``field`` is not ""."""
    schema = _schema(kind, field) if field else {"$ref": f"#/$defs/{kind}"}
    return jsonschema_rs.validator_for({**schema, "$defs": _document()["$defs"]})


def _schema(kind: str, field: str) -> Mapping[str, Any]:
    return _schemas(kind).get(field) or _resolved({"$ref": "#/$defs/anything"})


@cache
def _schemas(kind: str) -> Mapping[str, Mapping[str, Any]]:
    """The schemas of the fields of an object, with those that they refer to in place of the references."""
    return {field: _inlined(schema) for field, schema in _document()["$defs"][kind]["properties"].items()}


def _inlined(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    found = dict(_resolved(schema))
    if "items" in found:
        found["items"] = _inlined(found["items"])
    if "properties" in found:
        found["properties"] = {name: _inlined(inner) for name, inner in found["properties"].items()}
    return found


def _resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (
        _document()["$defs"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    )
    return found


def _converted(schema: Mapping[str, Any], value: Any) -> Any:
    """A value converted to the type of its schema (text to number or the reverse) if possible; else unchanged."""
    types = schema.get("type", ())
    if isinstance(value, str):
        if "string" in types:
            return value
        if value == "" and "null" in types:
            return None
        is_number = "integer" in types or "number" in types
        return int(value) if is_number and _WHOLE.fullmatch(value) else value
    if isinstance(value, list) and "items" in schema:
        return [_converted(schema["items"], item) for item in value]
    if isinstance(value, dict) and "properties" in schema:
        inner = schema["properties"]
        return {
            name: _converted(inner[name], item) if name in inner else item for name, item in value.items()
        }
    return as_text(value) if "string" in types and "integer" not in types else value
