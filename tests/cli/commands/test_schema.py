import json

import click
import pytest
from jsonschema import Draft202012Validator

from reconciler.cli import run
from reconciler.cli.commands.schema import command
from reconciler.resources import SCHEMAS

NAMES = sorted(path.name.removesuffix(".schema.json") for path in SCHEMAS.glob("*.schema.json"))


def test_the_names_of_schemas_are_listed(capsys):
    assert run(["schema"]) == 0
    assert capsys.readouterr().out.splitlines() == [*NAMES, "openapi"]


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_printed_unchanged(name, capsys):
    assert run(["schema", name]) == 0
    assert json.loads(capsys.readouterr().out)["$schema"].startswith("https://json-schema.org/")


def test_the_manifest_schema_needs_no_other_file(capsys):
    run(["schema", "manifest"])
    validator = Draft202012Validator(json.loads(capsys.readouterr().out))

    assert validator.is_valid(
        {"cluster": "production", "nodes": {"small": 1}, "services": {"web": {"image": "nginx:1"}}}
    )
    assert not validator.is_valid({"services": {"web": {"imgae": "nginx:1"}}})


def test_the_api_is_an_openapi_document(capsys):
    assert run(["schema", "openapi"]) == 0
    assert capsys.readouterr().out.count("\nopenapi: 3")


def test_the_names_of_schemas_are_completed():
    (name,) = [parameter for parameter in command.params if parameter.name == "name"]
    found = name.shell_complete(click.Context(command), "se")

    assert [item.value for item in found] == ["secret", "service"]
