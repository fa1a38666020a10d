"""Validation accepts exactly the names that the platform accepts by its OpenAPI document."""

import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.checks.refused_name import NAME, check
from reconciler.model import Address, Desired, Location, Manifest
from reconciler.resources import SCHEMAS

SCHEMAS_OF_REQUESTS = yaml.load(
    (SCHEMAS / "medstack-api-v1.openapi.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
)["components"]["schemas"]
REQUESTS = {"service": "ServiceCreateRequest", "volume": "VolumeRequest"}
names = st.text("aZ0-_.é \n", max_size=6) | st.text("a-_", min_size=60, max_size=66)


def is_accepted_by_the_api(kind, name):
    rule = SCHEMAS_OF_REQUESTS[REQUESTS[kind]]["properties"]["name"]
    fits = re.fullmatch(rule["pattern"].removeprefix("^").removesuffix("$"), name, re.ASCII)
    return bool(fits) and rule["minLength"] <= len(name) <= rule["maxLength"]


def is_accepted_by_validation(kind, name):
    place = Location("a.yaml")
    manifest = Manifest(Address("c", kind, name), {}, place, lambda _: place)
    found = list(check([Desired("c", "default", place, manifests={(kind, name): manifest})]))
    assert {diagnostic.check for diagnostic in found} <= {NAME}
    return not found


@pytest.mark.parametrize("kind", REQUESTS)
@given(names)
def test_a_name_is_accepted_by_validation_exactly_if_the_api_accepts_it(kind, name):
    assert is_accepted_by_validation(kind, name) == is_accepted_by_the_api(kind, name)


@pytest.mark.parametrize("name, expected", [("a_b", True), ("A--b__c", True), ("a.b", False), ("a_", False)])
def test_service_names_follow_dockers_rule(name, expected):
    assert is_accepted_by_validation("service", name) is expected
    assert is_accepted_by_the_api("service", name) is expected
