"""The OpenAPI document for this server: its operations, and the schemas of request bodies.

It does not know what an operation does.
"""

import json
import math
from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any, cast

import jsonschema_rs
import yaml
from msgspec import Struct

from reconciler import resources
from reconciler.emulator.answers import Refusal, invalid

DOCUMENT = resources.SCHEMAS / "medstack-api-v1.openapi.yaml"

_METHODS = ("get", "put", "post", "delete", "patch")
_KEYED = "#/components/responses/KeyedBadRequest"
_KEYED_PARAMS = {"url": "webhook_url", "label": "webhook_label", "cluster_id": "webhook_cluster_id"}
_JSON_TYPES = {"string": "a string", "integer": "an integer", "number": "a number", "boolean": "a boolean",
               "array": "a list", "object": "an object"}  # fmt: skip


class ContractOperation(Struct, frozen=True, dict=True):
    """One operation of the document. ``schema`` is the body's JSON Schema; None: it takes no body."""

    id: str
    method: str
    path: str
    keyed: bool
    success: int
    schema: Mapping[str, Any] | None

    @cached_property
    def validator(self) -> jsonschema_rs.Draft202012Validator:
        """The schema's validator, compiled at first use, so that a start does not compile unused ones."""
        return jsonschema_rs.Draft202012Validator(dict(self.schema or {}))


@cache
def load_document() -> dict[str, Any]:
    """The OpenAPI document, parsed once. Callers must not change it."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(DOCUMENT.read_bytes())
    document: dict[str, Any] = loader.get_single_data()
    return document


def operations(document: Mapping[str, Any]) -> list[ContractOperation]:
    """All operations, in the order of the document."""
    components = _as_json_schema({"schemas": document["components"]["schemas"]})
    return [
        _operation(path, method, item[method], components)
        for path, item in document["paths"].items()
        for method in _METHODS
        if method in item
    ]


def _operation(path: str, method: str, described: Mapping[str, Any], components: Any) -> ContractOperation:
    body = described.get("requestBody")
    schema = None
    if body is not None:
        schema = {**_as_json_schema(body["content"]["application/json"]["schema"]), "components": components}
    responses = described["responses"]
    return ContractOperation(
        id=described["operationId"],
        method=method.upper(),
        path=path,
        keyed=responses.get("400", {}).get("$ref") == _KEYED,
        success=next(int(status) for status in responses if status.startswith("2")),
        schema=schema,
    )


def _as_json_schema(node: Any) -> Any:
    """The schema in JSON Schema: ``nullable: true`` of OpenAPI 3.0 becomes "null" among the types."""
    if isinstance(node, list):
        return [_as_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: _as_json_schema(value) for key, value in node.items()}
    if node.pop("nullable", False) is True:
        node["type"] = [node["type"], "null"]
    return node


def read_body(operation: ContractOperation, raw: bytes) -> dict[str, Any]:
    """The request body, validated by the document.

    Raises: Refusal (400) that names the invalid field, without any value.
    """
    body = _decode(raw)
    if operation.validator.is_valid(body):
        return body  # type: ignore[no-any-return]  # every body schema is an object
    errors = operation.validator.iter_errors(body)
    error = min(
        errors, key=lambda candidate: candidate.schema_path[-1] != "required"
    )  # missing fields are reported first
    path = [str(part) for part in error.instance_path]
    keyword, kind = error.schema_path[-1], cast(Any, error.kind)
    if keyword == "required":
        path, message = [*path, kind.property], "is required"
    elif keyword == "additionalProperties":
        path, message = [*path, kind.unexpected[0]], "is not a field of this request"
    elif keyword == "type":
        message = f"must be {' or '.join(_JSON_TYPES[name] for name in kind.types)}"
    elif keyword == "enum":
        message = f"must be one of {', '.join(map(str, kind.options))}"
    elif keyword == "pattern":
        message = f"must match {kind.pattern}"
    else:
        message = f"breaks the limit {keyword} {kind.limit}"
    name = ".".join(path) or "body"
    raise invalid(_KEYED_PARAMS.get(name, name) if operation.keyed else name, message)


def _decode(raw: bytes) -> Any:
    try:
        body = json.loads(raw, parse_float=_number, parse_constant=_number)
        if b"\\u" in raw:
            json.dumps(body, ensure_ascii=False).encode()  # half of a surrogate pair is not text
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "body must be JSON", param="body") from error
    return body


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return int(number) if number.is_integer() else number
