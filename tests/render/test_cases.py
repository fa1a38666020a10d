"""Each case is a plan as JSON, beside the same plan in every other format."""

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from reconciler.document import diagnostics_of, meta_of, plans_of
from reconciler.render import FORMATS
from reconciler.resources import SCHEMAS

CASES = Path(__file__).parent / "cases"
ENDINGS = {"txt": "text", "json": "json", "md": "markdown", "html": "html"}
SHOWN = sorted(path for path in CASES.iterdir() if path.suffix[1:] in ENDINGS)


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: path.name)
def test_a_plan_is_rendered_as_in_its_case(path):
    document = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    show = FORMATS[ENDINGS[path.suffix[1:]]]
    shown = show(plans_of(document), diagnostics=diagnostics_of(document), meta=meta_of(document))

    assert without_assets(shown) == path.read_text(encoding="utf-8")


def without_assets(text: str) -> str:
    """A page without its style, its script and their hashes, to compare only its content."""
    text = re.sub(r"<(style|script)>.*?</\1>", r"<\1></\1>", text, flags=re.DOTALL)
    return re.sub(r"&#39;sha256-[^&]+&#39;", "&#39;sha256-…&#39;", text)


@pytest.mark.parametrize("path", sorted(CASES.glob("*.json")), ids=lambda path: path.name)
def test_a_plan_as_json_follows_its_schema(path):
    schema = json.loads((SCHEMAS / "plan.schema.json").read_text(encoding="utf-8"))

    Draft202012Validator(schema).validate(json.loads(path.read_text(encoding="utf-8")))


def test_every_format_has_a_case():
    assert {ENDINGS[path.suffix[1:]] for path in SHOWN} == set(FORMATS)
