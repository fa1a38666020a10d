"""The texts that the record can hold, by its schema."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.recorded import RECORDED, recordable
from reconciler.resources import SCHEMAS

ODD = [
    "\x1b",
    "\n",
    "\x85",
    "\u00a0",
    "\u00ad",
    "\u061c",
    "\u180e",
    "\u200b",
    "\u2028",
    "\u202e",
    "\u2060",
    "\ufeff",
]


@pytest.mark.parametrize("odd", [*ODD, "\ufff9", "\ud800"])
def test_characters_that_can_not_be_recorded_become_escapes(odd):
    assert RECORDED.fullmatch(f"a{odd}b") is None
    assert recordable(f"a{odd}b").isascii()
    assert RECORDED.fullmatch(recordable(f"a{odd}b"))


@given(st.text(min_size=1))
def test_other_characters_are_not_changed(name):
    assert (recordable(name) == name) == bool(RECORDED.fullmatch(name))


@given(st.text(min_size=1))
def test_the_schema_accepts_the_same_characters(name):
    schema = json.loads((SCHEMAS / "record.schema.json").read_text(encoding="utf-8"))
    pattern = schema["$defs"]["text"]["pattern"]

    assert bool(re.fullmatch(pattern, name)) == bool(RECORDED.fullmatch(name))
