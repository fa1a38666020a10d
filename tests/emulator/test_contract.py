"""The OpenAPI document is complete and valid, and marks what is not in the API reference."""

from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from reconciler.emulator.answers import Refusal
from reconciler.emulator.app import HANDLERS
from reconciler.emulator.contract import ContractOperation, load_document, operations, read_body

COMPANY = "/companies/{company_id}"
CLUSTER = f"{COMPANY}/clusters/{{cluster_id}}"
HOOKS = f"{COMPANY}/webhooks/outgoing"

# The operations and fields of the reference.
REFERENCE = {
    "GET /companies/current": "200 401 404 500",
    f"GET {COMPANY}/clusters": "200 401 404 500",
    f"GET {CLUSTER}": "200 401 404 500",
    f"POST {HOOKS}": "201 400 401 404 409 500",
    f"GET {HOOKS}": "200 401 404 500",
    f"GET {HOOKS}/{{outgoing_webhook_id}}": "200 401 404 500",
    f"PUT {HOOKS}/{{outgoing_webhook_id}}": "200 400 401 404 409 500",
    f"DELETE {HOOKS}/{{outgoing_webhook_id}}": "204 401 404 500",
    f"POST {HOOKS}/{{outgoing_webhook_id}}/test": "202 401 404 500",
    f"GET {CLUSTER}/node-sizes": "200 401 404 500",
    f"GET {CLUSTER}/nodes": "200 401 404 500",
    f"POST {CLUSTER}/nodes": "202 400 401 404 409 500",
    f"GET {CLUSTER}/nodes/{{node_id}}": "202 401 404 500",
    f"PATCH {CLUSTER}/nodes/{{node_id}}": "202 400 401 404 409 500",
    f"DELETE {CLUSTER}/nodes/{{node_id}}": "202 401 404 409 500",
    f"POST {CLUSTER}/nodes/{{node_id}}/reboot": "202 401 404 409 500",
    f"GET {CLUSTER}/services": "200 401 404 500",
    f"POST {CLUSTER}/services": "201 400 404 500",
    f"GET {CLUSTER}/services/{{service_id}}": "200 401 404 500",
    f"PUT {CLUSTER}/services/{{service_id}}": "201 400 404 500",
    f"PATCH {CLUSTER}/services/{{service_id}}": "201 400 404 500",
    f"DELETE {CLUSTER}/services/{{service_id}}": "204 401 404",
    f"POST {CLUSTER}/services/{{service_id}}/refresh_image": "200 400 401 404 500",
    f"GET {CLUSTER}/secrets": "200 401 404 500",
    f"POST {CLUSTER}/secrets": "201 400 404 500",
    f"DELETE {CLUSTER}/secrets/{{secret_id}}": "204 401 404",
    f"GET {CLUSTER}/configs": "200 401 404 500",
    f"POST {CLUSTER}/configs": "201 400 404 500",
    f"GET {CLUSTER}/configs/{{config_id}}": "200 401 404 500",
    f"DELETE {CLUSTER}/configs/{{config_id}}": "204 401 404",
    f"GET {CLUSTER}/volumes": "200 401 404 500",
    f"POST {CLUSTER}/volumes": "201 400 404 500",
    f"DELETE {CLUSTER}/volumes/{{volume_id}}": "204 401 404",
    f"GET {CLUSTER}/tasks": "200 401 404 500",
}

REQUESTS = {
    "ServiceCreateRequest": "name image replicas command args hosts port protocol healthcheck_path "
    "healthcheck_interval healthcheck_timeout secrets configs mounts environment_variables "
    "placement_constraints update_order update_delay update_parallelism update_failure_action "
    "update_max_failure_ratio update_monitor rollback_order rollback_delay rollback_parallelism "
    "rollback_failure_action rollback_max_failure_ratio rollback_monitor object",
    "FileReferenceRequest": "name file_name uid gid mode",
    "MountRequest": "target source readonly",
    "EnvironmentVariableRequest": "key value",
    "SecretRequest": "name data",
    "ConfigRequest": "name data",
    "VolumeRequest": "name",
    "NodeSizeRequest": "size_id",
    "OutgoingWebhookRequest": "cluster_id label url",
}

NULLABLE = {
    ("OutgoingWebhook", "label"),
    ("OutgoingWebhook", "cluster_id"),
    ("OutgoingWebhook", "metadata", "last_triggered"),
    ("Task", "container_id"),
    ("Task", "status", "error"),
    ("KeyedInvalidRequestError", "message"),
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return load_document()


def described(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": item[method]
        for path, item in document["paths"].items()
        for method in item
        if method != "parameters"
    }


def is_undocumented(document: dict[str, Any], response: dict[str, Any]) -> bool:
    name = response.get("$ref", "").rpartition("/")[2]
    resolved = document["components"]["responses"][name] if name else response
    return bool(resolved.get("x-undocumented"))


def test_document_is_valid_openapi(document):
    assert document["openapi"] == "3.0.3"
    OpenAPIV30SpecValidator(document).validate()


def test_document_has_the_34_operations_of_the_reference(document):
    assert len(REFERENCE) == 34
    assert described(document).keys() == REFERENCE.keys()


@pytest.mark.parametrize("operation", REFERENCE)
def test_statuses_are_documented_or_marked_as_additional(document, operation):
    responses = described(document)[operation]["responses"]
    documented = {status for status, response in responses.items() if not is_undocumented(document, response)}
    assert documented == set(REFERENCE[operation].split())
    assert "401" in responses


def test_every_operation_is_authenticated_and_has_a_unique_name(document):
    assert document["security"] == [{"basicAuth": []}]
    ids = [operation["operationId"] for operation in described(document).values()]
    assert len(set(ids)) == 34
    assert not any("security" in operation for operation in described(document).values())


def test_every_operation_is_served(document):
    assert {operation.id for operation in operations(document)} == HANDLERS.keys()


@pytest.mark.parametrize("name", REQUESTS)
def test_request_fields_are_those_of_the_reference(document, name):
    assert " ".join(document["components"]["schemas"][name]["properties"]) == REQUESTS[name]


def test_replace_and_patch_have_a_mode_and_no_name(document):
    schemas = document["components"]["schemas"]
    created = set(schemas["ServiceCreateRequest"]["properties"])
    for name in ("ServiceReplaceRequest", "ServicePatchRequest"):
        assert set(schemas[name]["properties"]) == created - {"name"} | {"mode"}


def test_service_answers_have_every_field_with_strings_for_owners(document):
    schemas = document["components"]["schemas"]
    assert set(schemas["Service"]["properties"]) == set(schemas["ServiceCreateRequest"]["properties"]) | {
        "id"
    }
    for name in ("ServiceSecret", "ServiceConfig"):
        assert schemas[name]["properties"]["uid"] == {"type": "integer", "format": "int64"}
    assert schemas["FileReferenceRequest"]["properties"]["uid"]["type"] == "string"
    assert schemas["Service"]["properties"]["replicas"] == {"type": "integer", "format": "int32"}
    assert schemas["Service"]["properties"]["update_max_failure_ratio"] == {
        "type": "number",
        "format": "float",
    }


def nullable(node: Any, path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    found = set()
    for name, schema in node.items():
        if schema.get("nullable"):
            found.add((*path, name))
        found |= nullable(schema.get("properties", {}), (*path, name))
    return found


def test_only_fields_that_the_reference_marks_can_be_null(document):
    assert nullable(document["components"]["schemas"]) == NULLABLE


def operation_named(document: dict[str, Any], name: str) -> ContractOperation:
    return next(operation for operation in operations(document) if operation.id == name)


@pytest.mark.parametrize(
    "name,raw,param,message",
    [
        ("createService", b"{", "body", "must be JSON"),
        ("createService", b'"\xff"', "body", "must be JSON"),
        ("createService", b"[" * 100_000, "body", "must be JSON"),
        ("createService", b'{"name": "\\ud800", "image": "a"}', "body", "must be JSON"),
        ("createService", b'{"name": "a", "image": "a", "replicas": NaN}', "body", "must be JSON"),
        ("createService", b"[]", "body", "must be an object"),
        ("createService", b'{"value": {"name": "a", "image": "a"}}', "name", "is required"),
        ("patchService", b'{"value": {}}', "value", "is not a field"),
        ("replaceService", b'{"image": "a", "name": "b"}', "name", "is not a field"),
        ("createService", b'{"name": 4, "image": "a"}', "name", "must be a string"),
        ("createService", b'{"name": "a", "image": ""}', "image", "minLength 1"),
        ("patchService", b'{"replicas": -1}', "replicas", "minimum 0"),
        ("patchService", b'{"replicas": 2147483648}', "replicas", "maximum 2147483647"),
        ("patchService", b'{"update_order": "x"}', "update_order", "must be one of stop-first, start-first"),
        ("patchService", b'{"secrets": [{"name": "a", "uid": 0}]}', "secrets.0.uid", "must be a string"),
        ("patchService", b'{"secrets": [{"name": "a", "mode": "0444"}]}', "secrets.0.mode", "must match"),
        ("createNode", b'{"size_id": 1}', "size_id", "must be a string"),
        ("createOutgoingWebhook", b"{}", "webhook_url", "is required"),
    ],
)
def test_refused_body_names_the_field(document, name, raw, param, message):
    with pytest.raises(Refusal) as caught:
        read_body(operation_named(document, name), raw)
    assert (caught.value.status, caught.value.param) == (400, param)
    assert message in caught.value.message


def test_refusal_never_repeats_a_value(document):
    with pytest.raises(Refusal) as caught:
        read_body(operation_named(document, "createSecret"), b'{"name": "a", "data": ["hunter2"]}')
    assert "hunter2" not in str(caught.value)


def test_whole_number_may_have_a_decimal_point(document):
    body = read_body(
        operation_named(document, "patchService"), b'{"replicas": 2.0, "update_max_failure_ratio": 0.5}'
    )
    assert body == {"replicas": 2, "update_max_failure_ratio": 0.5}
