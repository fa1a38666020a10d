"""Values as JSON, without sensitive texts."""

import pytest

from reconciler.document import masked, plain
from reconciler.model import Sensitive


def test_no_sensitive_value_is_written_as_json():
    assert plain({"a": [Sensitive("hunter2"), ({"b": Sensitive("hunter2")},)]}) == {
        "a": ["(sensitive)", [{"b": "(sensitive)"}]]
    }


@pytest.mark.parametrize("value", ["hunter2", "(sensitive #1) hunter2", 7, ["hunter2"], Sensitive("hunter2")])
def test_a_sensitive_field_is_written_as_a_mask(value):
    assert masked(value, sensitive=True) == "(sensitive)"


@pytest.mark.parametrize("mask", ["(sensitive #12)", "hooks.example.com:8443 (sensitive #1)", None])
def test_a_mask_is_written_unchanged(mask):
    assert masked(mask, sensitive=True) == mask


def test_nan_becomes_text_and_a_type_unknown_to_json_is_an_error():
    assert plain([float("inf"), 0.5]) == ["inf", 0.5]
    with pytest.raises(TypeError, match="a set cannot be written as JSON"):
        plain({"a": {1}})
