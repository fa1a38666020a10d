"""Every kind, check, format and command has all its parts."""

import json
import re

import pytest

from reconciler.cli import COMMANDS
from reconciler.kinds import KINDS
from reconciler.loading import assemble, read
from reconciler.render import FORMATS, REPORT_FORMATS
from reconciler.resources import SCHEMAS
from tests.e2e.conftest import REPOSITORY
from tests.e2e.test_main_job import BEFORE, GONE

COLLECTIONS = {"webhook": "webhooks/outgoing"}
DOCUMENT = (SCHEMAS / "medstack-api-v1.openapi.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_every_kind_has_a_schema_with_descriptions(kind):
    schema = json.loads((SCHEMAS / f"{kind.name}.schema.json").read_text(encoding="utf-8"))

    assert schema["title"]
    assert schema["description"]
    assert "examples" in json.dumps(schema)
    for name, field in schema.get("properties", {}).items():
        assert field.get("description") or "$ref" in field, name


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_every_kind_is_in_an_example(kind):
    environment: dict[str, str] = {}
    documents = read(REPOSITORY / "examples" / "clinic", variables={}, environment=environment)
    desired, _ = assemble(documents)

    assert any(kind.name == named[0] for stack in desired for named in stack.manifests)


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_every_kind_is_served_and_tested_with_the_real_command(kind):
    collection = COLLECTIONS.get(kind.name, kind.section)

    assert f"/{collection}:" in DOCUMENT
    assert f"{kind.section}:" in BEFORE
    assert kind.name == "node" or f"{kind.section}: [" in GONE


def test_every_format_has_a_golden_case():
    cases = REPOSITORY / "tests" / "render" / "cases"
    endings = {"text": ".txt", "json": ".json", "markdown": ".md", "html": ".html"}

    assert endings.keys() == FORMATS.keys() >= REPORT_FORMATS.keys()
    for ending in endings.values():
        assert any(cases.rglob(f"*{ending}")), ending


def test_every_command_has_a_file_and_a_test():
    tests = "".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "tests").rglob("*.py"))

    for name in COMMANDS:
        assert re.search(rf'"{re.escape(name)}"', tests), name
