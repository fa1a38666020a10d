"""Objects in answers are validated; invalid fields are removed and reported."""

import pytest

from reconciler.api.shapes import Partial, called, fit

SERVICE = {"id": "s1", "name": "api"}


def test_a_valid_object_is_returned_unchanged_with_its_unknown_fields():
    body = {**SERVICE, "replicas": 2, "labels": {"a": "b"}}

    assert fit("service", body) is body


@pytest.mark.parametrize(
    "kind, field, value, misfit",
    [
        ("service", "mounts", ["not an object"], "mounts is not of the documented form inside"),
        ("service", "replicas", "three", "replicas is a text, expected integer"),
        ("service", "replicas", True, "replicas is true or false, expected integer"),
        ("service", "image", ["nginx"], "image is a list, expected string"),
        ("node", "swarm_manager", "yes", "swarm_manager is a text, expected boolean"),
        ("webhook", "label", ["x"], "label is a list, expected string"),
    ],
)
def test_a_field_of_the_wrong_type_is_removed_and_reported_without_its_value(kind, field, value, misfit):
    found = fit(kind, {"id": "x", "name": "api", field: value})

    assert isinstance(found, Partial)
    assert found.misfits == (misfit,)
    assert found == {"id": "x", "name": "api"}


@pytest.mark.parametrize(
    "given, read",
    [
        ({"replicas": "3"}, {"replicas": 3}),
        ({"replicas": ""}, {"replicas": None}),
        ({"image": 7}, {"image": "7"}),
        ({"mounts": ""}, {"mounts": None}),
    ],
)
def test_a_number_may_come_as_text_and_a_text_as_a_number(given, read):
    assert fit("service", {**SERVICE, **given}) == {**SERVICE, **read}


def test_a_field_name_with_unusual_characters_is_not_shown():
    found = fit("service", {**SERVICE, "replicas": "x", "\x1b[2J": 1})

    assert "\x1b" not in str(found.misfits)  # type: ignore[attr-defined]  # a Partial, as the field does not fit


@pytest.mark.parametrize(
    "value, name", [("", "a text"), (1, "a number"), ([], "a list"), ({}, "an object"), (None, "nothing")]
)
def test_a_value_is_described_by_its_type(value, name):
    assert called(value) == name
