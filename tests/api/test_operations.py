"""The table of operations matches the OpenAPI document."""

import pytest
import yaml

from reconciler.api.operations import OPERATIONS
from reconciler.errors import UsageError
from reconciler.resources import SCHEMAS


def documented() -> set[tuple[str, str, int]]:
    document = yaml.safe_load((SCHEMAS / "medstack-api-v1.openapi.yaml").read_text(encoding="utf-8"))
    found = set()
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in {"get", "post", "put", "patch", "delete"}:
                (status,) = (
                    int(code)
                    for code, response in operation["responses"].items()
                    if code.startswith("2") and not response.get("x-undocumented")
                )
                found.add((method.upper(), path, status))
    return found


def test_every_operation_of_the_openapi_document_is_in_the_table():
    ours = set()
    for operation in OPERATIONS.values():
        path = operation.path
        for collection, parameter in {
            "nodes": "node_id",
            "services": "service_id",
            "secrets": "secret_id",
            "configs": "config_id",
            "volumes": "volume_id",
            "outgoing": "outgoing_webhook_id",
        }.items():
            path = path.replace(f"/{collection}/{{id}}", f"/{collection}/{{{parameter}}}")
        ours.add((operation.method, path, operation.status))

    assert len(OPERATIONS) == 34
    assert ours == documented()


def test_ids_are_percent_encoded_in_paths():
    assert OPERATIONS["secrets"].fill({"company_id": "a/b", "cluster_id": "ü?#"}) == (
        "/companies/a%2Fb/clusters/%C3%BC%3F%23/secrets"
    )


@pytest.mark.parametrize("bad", ["", ".", ".."])
def test_an_id_that_would_name_another_path_is_refused(bad):
    with pytest.raises(UsageError, match="is not a cluster id"):
        OPERATIONS["secrets"].fill({"company_id": "company_1", "cluster_id": bad})
