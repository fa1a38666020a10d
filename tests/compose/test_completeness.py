"""Every field of the Compose Specification is converted or reported."""

import json
from typing import Any

import pytest

from reconciler.compose.services import HANDLERS, READ_BELOW
from reconciler.compose.unsupported import DEPLOY, PLACEMENT, RESOURCES, SERVICE
from reconciler.resources import SCHEMAS

DEFINITIONS = json.loads((SCHEMAS / "compose-spec.json").read_text(encoding="utf-8"))["$defs"]


def fields(definition: dict[str, Any]) -> set[str]:
    """The fields of a definition, including those of the definitions it consists of."""
    found = set(definition.get("properties", {}))
    for part in [*definition.get("allOf", []), *([definition] if "$ref" in definition else [])]:
        found |= fields(DEFINITIONS[part["$ref"].rpartition("/")[2]]) if "$ref" in part else fields(part)
    return found


SERVICE_FIELDS = fields(DEFINITIONS["service"]) | fields(DEFINITIONS["container_spec"])


def test_the_schema_has_the_well_known_fields():
    assert {"image", "volumes", "deploy", "privileged"} <= SERVICE_FIELDS


@pytest.mark.parametrize("field", sorted(SERVICE_FIELDS - {"extends"}))
def test_each_field_of_a_service_is_converted_or_reported(field):
    ways = [field in HANDLERS, field in READ_BELOW, field in SERVICE]

    assert ways.count(True) == 1


def test_each_field_of_deploy_is_converted_or_reported():
    known = {"labels", "mode", "placement", "replicas", "resources", "restart_policy"}
    known |= {"rollback_config", "update_config", *DEPLOY}

    assert fields(DEFINITIONS["deployment"]) == known


def test_each_field_of_placement_and_resources_is_converted_or_reported():
    deployment = DEFINITIONS["deployment"]["properties"]

    assert fields(deployment["placement"]) == {"constraints", *PLACEMENT}
    assert fields(deployment["resources"]) == set(RESOURCES)
