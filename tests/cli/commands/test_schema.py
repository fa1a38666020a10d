import json

import pytest

from reconciler.cli import run
from reconciler.resources import SCHEMAS

NAMES = sorted(path.name.removesuffix(".schema.json") for path in SCHEMAS.glob("*.schema.json"))


def test_the_names_are_listed(capsys):
    assert run(["schema"]) == 0
    assert capsys.readouterr().out.splitlines() == [*NAMES, "openapi"]


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_printed_as_it_is(name, capsys):
    assert run(["schema", name]) == 0
    assert json.loads(capsys.readouterr().out)["$schema"].startswith("https://json-schema.org/")


def test_the_api_is_an_openapi_document(capsys):
    assert run(["schema", "openapi"]) == 0
    assert capsys.readouterr().out.count("\nopenapi: 3")
