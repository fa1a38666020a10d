"""The schemas of manifests: their descriptions, the agreement of both validators, and the messages of errors."""

import copy
import json
import re
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from reconciler.checks import bundle, check_schema, schema
from reconciler.checks.base import Suggestions
from reconciler.checks.wording import explain
from reconciler.kinds import KINDS, SECTIONS
from reconciler.kinds.service import FIELDS
from reconciler.model import Diagnostic, Document, Documents, Location
from reconciler.resources import SCHEMAS

NAMES = ("manifest", *KINDS)
VALID = {
    "cluster": "production",
    "company": "Clinic Inc.",
    "stack": "clinic",
    "extends": "_base.yaml",
    "x-mine": [{"a": 1}],
    "vars": {"TAG": "1", "COUNT": 2, "GONE": None},
    "nodes": {"node_size_a": 3},
    "volumes": {"data": {}, "old": None, "kept": {"lifecycle": {"prevent_destroy": True}}},
    "configs": {"site": {"file": "a"}, "page": {"data": "x"}, "theirs": {"external": True}},
    "secrets": {"password": {"env": "PASSWORD"}, "key": {"age": "x"}, "file": {"file": "x"}},
    "webhooks": {"deploys": {"url": "https://hooks.example.com"}},
    "removed": {"volumes": ["old"], "nodes": ["node_a"]},
    "released": {"services": ["legacy"]},
    "services": {
        "web": {
            "image": "nginx:1.27",
            "replicas": 2,
            "command": "",
            "hosts": ["a.example.com"],
            "port": 80,
            "secrets": [
                "password",
                {"name": "key", "file_name": "k", "uid": 0, "gid": "1000", "mode": "0400"},
            ],
            "configs": [],
            "mounts": ["data:/data", "data:/b:ro", {"source": "data", "target": "/c", "readonly": True}],
            "environment_variables": {"A": "x", "B": 5, "C": None},
            "placement_constraints": ["node.id == a"],
            "update_order": "start-first",
            "update_max_failure_ratio": 0.25,
            "update_failure_action": "rollback",
            "rollback_failure_action": "pause",
            "depends_on": ["api"],
            "lifecycle": {"ignore_changes": ["replicas"], "prevent_destroy": None, "on_failure": "rollback"},
        },
        "api": {
            "environment_variables": [{"key": "A", "value": 1}, {"key": "B"}, "C=3"],
            "args": ["--port", 80],
            "depends_on": {"db": {"condition": "service_healthy"}, "cache": None},
            "update_delay": "1m30s",
            "port": "",
        },
    },
}


def load(name):
    return json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))


def parts(node):
    if isinstance(node, dict):
        yield node
        for key, item in node.items():
            if key != "examples":
                yield from parts(item)
    elif isinstance(node, list):
        for item in node:
            yield from parts(item)


def checked(value, *diagnostics, complete=True):
    document = Document(("/m.yaml", 0), value, lambda path: Location("/".join(map(str, path))))
    return check_schema(Documents((document,), diagnostics, complete))


@pytest.mark.parametrize("name", NAMES)
def test_every_schema_and_its_examples_are_valid(name):
    Draft202012Validator.check_schema(load(name))
    whole = jsonschema_rs.Draft202012Validator(bundle())
    section = next((name_of_section for name_of_section, kind in SECTIONS.items() if kind.name == name), None)

    for example in load(name)["examples"]:
        assert whole.is_valid({section: {"x": example}} if section else example)


@pytest.mark.parametrize("name", NAMES)
def test_every_field_is_described_for_editors(name):
    fields = [part for part in parts(load(name)) if "type" in part and not isinstance(part["type"], dict)]

    assert [field for field in fields if not {"title", "description", "examples"} <= field.keys()] == []
    for field in fields:
        if "$ref" not in json.dumps(field):
            assert [value for value in field["examples"] if not jsonschema_rs.is_valid(field, value)] == []


@pytest.mark.parametrize("name", NAMES)
def test_schemas_use_only_features_that_both_validators_read_alike(name):
    for part in parts(load(name)):
        assert not {"multipleOf", "format", "anyOf", "oneOf"} & part.keys()
        if isinstance(part.get("pattern"), str):
            assert not re.search(r"\\[sdwpZ]", part["pattern"])


def test_every_map_forbids_unknown_fields_and_every_field_may_be_null():
    for name in NAMES:
        for part in parts(load(name)):
            if isinstance(part.get("properties"), dict):
                assert part["additionalProperties"] is False
    service = load("service")["properties"]
    assert [field for field, described in service.items() if "null" not in described["type"]] == []
    assert [
        field for field, described in service.items() if "enum" in described and None not in described["enum"]
    ] == []


def test_references_name_files_beside_the_manifest_schema():
    found = {part["$ref"] for part in parts(load("manifest")) if "$ref" in part}

    assert found == {f"{name}.schema.json" for name in KINDS}
    assert all((SCHEMAS / name).is_file() for name in found)
    assert load("manifest").get("$id") is None


def test_a_service_has_the_fields_of_the_api_and_those_for_its_handling():
    properties = load("service")["properties"]

    assert properties.keys() == FIELDS | {"depends_on", "lifecycle"}
    ignored = properties["lifecycle"]["properties"]["ignore_changes"]["items"]
    for field in FIELDS:
        assert jsonschema_rs.is_valid(ignored, field)
        assert jsonschema_rs.is_valid(ignored, f"{field}.NAME") is (field == "environment_variables")
    assert not jsonschema_rs.is_valid(ignored, "depends_on")


def test_valid_documents_are_returned_unchanged():
    documents, diagnostics = checked(VALID)

    assert diagnostics == ()
    assert documents.documents[0].value is VALID
    assert documents.complete


def everywhere(node, path=()):
    yield path
    if isinstance(node, dict):
        for key, item in node.items():
            yield from everywhere(item, (*path, key))
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from everywhere(item, (*path, index))


PLACES = [path for path in everywhere(VALID) if path]
scalars = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
    | st.sampled_from(["0444", "0444\n", "999", "a:/b", "a:/b:ro\n", "rollback", "clinic\n", "a" * 31, "A", "é", "٣"])
    | st.sampled_from([0, 1.0, 2.0])
)  # fmt: skip
replacements = (
    scalars
    | st.lists(scalars, max_size=2)
    | st.dictionaries(st.sampled_from(["name", "key", "x-a", "é"]), scalars)
)


@st.composite
def mutated(draw):
    value: Any = copy.deepcopy(VALID)
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(PLACES))
        holder: Any = value
        try:
            for step in way:
                holder = holder[step]
            if draw(st.booleans()):
                holder[last] = draw(replacements)
            elif isinstance(holder, dict):
                holder[draw(st.sampled_from(["nme", "mode", "x-y", "imge", "env"]))] = holder.pop(last)
            else:
                del holder[last]
        except (KeyError, IndexError, TypeError, AttributeError):
            continue
    return value


@settings(deadline=None, max_examples=300)
@given(mutated())
def test_both_validators_agree_and_a_refusal_is_explained(value):
    fast = schema._fast().is_valid(value)

    assert schema._explaining().is_valid(value) == fast

    documents, diagnostics = checked(value)
    (left,) = documents.documents
    assert bool(diagnostics) == (not fast)
    assert schema._fast().is_valid(left.value)
    assert bool(left.invalid) == (not fast)
    assert documents.complete or any(len(part) == 1 for part in left.invalid)
    assert not documents.complete or not any(part[0] in SECTIONS for part in left.invalid if len(part) == 1)


def test_invalid_entries_and_fields_are_removed_and_the_rest_stays():
    documents, diagnostics = checked(
        {
            "cluster": "c",
            "services": {"a": {"imge": "x", "replicas": 1}, "b": {}, "c": 5},
            "removed": {"volumes": 5},
        }
    )
    (left,) = documents.documents

    assert left.value == {"cluster": "c", "services": {"a": {"replicas": 1}, "b": {}}, "removed": {}}
    assert left.invalid == {("services", "a", "imge"), ("services", "c"), ("removed", "volumes")}
    assert [str(diagnostic.location) for diagnostic in diagnostics] == [
        "removed/volumes:1:1",
        "services/a/imge:1:1",
        "services/c:1:1",
    ]
    assert documents.complete


def test_an_unknown_top_level_field_makes_the_documents_incomplete():
    documents, diagnostics = checked({"cluster": "c", "servces": {}, "stak": "x", "services": []})

    assert not documents.complete
    assert len(diagnostics) == 3
    assert documents.documents[0].value == {"cluster": "c"}


@pytest.mark.parametrize(
    "value, complete",
    [
        ({"cluster": "c", "bogus": 1}, True),
        ({"cluster": "c", "stak": "x", "bogus": []}, True),
        ({"clsuter": "c"}, False),
        ({"cluster": "c", "volume": {"x": {}}}, False),
        ({"cluster": "c", "stack": 5}, False),
    ],
)
def test_the_rest_is_checked_beside_an_unknown_field_that_is_no_misspelt_section(value, complete):
    assert checked(value)[0].complete == complete


def test_incomplete_documents_stay_incomplete():
    assert not checked({"cluster": "c"}, complete=False)[0].complete


def test_a_place_with_an_error_gets_no_second_error():
    earlier = Diagnostic(Location("cluster"), "error", "yaml", "5", "")

    assert checked({"cluster": 5}, earlier)[1] == ()


def test_if_jsonschema_finds_no_error_the_other_validators_reason_is_shown(monkeypatch):
    monkeypatch.setattr(schema, "_explaining", lambda: Draft202012Validator({}))

    (diagnostic,) = checked({"secrets": {"s": {"env": ["correct-horse-battery"]}}})[1]

    assert diagnostic.location == Location("secrets/s/env")
    assert "the value is not of type" in diagnostic.message
    assert "correct" not in diagnostic.message


def test_errors_of_a_document_full_of_aliases_are_limited():
    bad = {"imge": "x"}
    _, diagnostics = checked({"services": {f"s{number}": bad for number in range(20_000)}})

    assert len(diagnostics) == schema.MOST_ERRORS + 1


def test_an_unused_schema_keyword_is_named_without_the_value():
    (diagnostic,) = explain(
        ("cluster",), "const", "x", "correct-horse-battery", {}, suggestions=Suggestions()
    )

    assert diagnostic.message == "cluster does not match its schema (const)"


WRONG: dict[str, Any] = {
    "additionalProperties": {"xyz": 1},
    "enum": "xyz",
    "items": None,
    "maximum": 10**12,
    "minLength": "",
    "minProperties": {},
    "minimum": -1,
    "pattern": "?",
    "required": {},
    "type": 1.5,
    "uniqueItems": ["a", "a"],
}
"""By keyword of JSON Schema: a value that it refuses; None for keywords without a rule of their own."""
SAID_TO_EDITORS = {
    "$id",
    "$schema",
    "description",
    "examples",
    "properties",
    "patternProperties",
    "title",
    "$ref",
}


def places(schema, path=()):
    """Every place of a manifest with its schema."""
    while "$ref" in schema:
        schema = bundle()["$defs"][schema["$ref"].partition(".")[0]]
    yield path, schema
    for name, inner in schema.get("properties", {}).items():
        yield from places(inner, (*path, name))
    if isinstance(entry := schema.get("additionalProperties"), dict):
        yield from places(entry, (*path, "each"))
    if "items" in schema:
        yield from places(schema["items"], (*path, 0))


def test_every_schema_error_has_a_readable_message():
    said = {
        (path, each.message, each.hint)
        for path, here in places(bundle())
        for keyword in here.keys() - SAID_TO_EDITORS - {"$defs"}
        if WRONG[keyword] is not None
        for each in explain(path, keyword, here[keyword], WRONG[keyword], here, suggestions=Suggestions())
    }

    foreign = re.compile(r"schema|different form|\b[a-z]+[A-Z]|\b'\d+'")
    assert len(said) > 200
    assert not [refusal for refusal in said if foreign.search(f"{refusal[1]} {refusal[2]}")]
