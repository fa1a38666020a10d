"""The types that the schemas accept at a place."""

import pytest

from reconciler.loading.schema_types import schema_types
from tests.loading.filled import sound


def test_the_schema_says_which_type_a_value_becomes():
    value = sound(
        "nodes: {small: '${N}'}\nservices:\n  a:\n    image: ${N}\n    replicas: ${N}\n    args: ${T}\n"
        "    update_max_failure_ratio: ${R}\n    secrets: [{name: x, uid: '${N}'}]\n"
        "    mounts: [{source: a, target: /a, readonly: '${T}'}]\n    environment_variables: {A: '${N}', B: '${T}'}\n"
        "    lifecycle: {prevent_destroy: '${T}'}\n",
        N="3",
        T="true",
        R="0.5",
    )
    service = value["services"]["a"]

    assert value["nodes"] == {"small": 3}
    assert (service["image"], service["replicas"], service["args"]) == ("3", 3, "true")
    assert service["update_max_failure_ratio"] == 0.5
    assert service["secrets"][0]["uid"] == 3
    assert service["mounts"][0]["readonly"] is True
    assert service["environment_variables"] == {"A": "3", "B": "true"}
    assert service["lifecycle"] == {"prevent_destroy": True}


@pytest.mark.parametrize(
    "path", [("nowhere",), ("services", "a", "nope", "x"), ("cluster", 0), (0,), ("hosts", "x", 1)]
)
def test_an_unknown_place_has_no_types(path):
    assert schema_types(path) == frozenset()
