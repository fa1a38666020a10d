"""Which configs are parts of records."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import ReconcilerError
from reconciler.record import is_record
from reconciler.record.names import STACK_LENGTH, Name, head, parse, part

stacks = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?", fullmatch=True)
numbers = st.integers(1, 9_999_999)


@given(stacks, numbers)
def test_a_heads_name_is_parsed_again(stack, number):
    assert parse(head(stack, number)) == Name(stack, number, is_head=True)


@given(stacks, numbers, st.integers(0, 99))
def test_a_parts_name_is_parsed_again_and_is_a_valid_config_name(stack, number, index):
    name = part(stack, number, "0123456789", index)
    assert parse(name) == Name(stack, number, is_head=False)
    assert len(name) <= 64


@pytest.mark.parametrize(
    "name",
    [
        "nginx-conf",
        "nginx-conf.v3",
        "reconciler.clinic",
        "reconciler.clinic.0",
        "reconciler.clinic.07",
        "reconciler.clinic.v3",
        "reconciler..3",
        "reconciler.Clinic.3",
        "reconciler.clinic.3\n",
        "reconciler.clinic.part.3.0",
        "reconciler.clinic.part.3-xyz.0",
        "xreconciler.clinic.3",
    ],
)
def test_other_configs_are_no_record(name):
    assert not is_record(name)


@pytest.mark.parametrize("stack", ["", "Clinic", "a.b", "-a", "a-", "a_b", "a" * (STACK_LENGTH + 1), "a\n"])
def test_a_stack_name_that_is_invalid_in_a_config_name_is_an_error(stack):
    with pytest.raises(ReconcilerError, match="stack"):
        head(stack, 1)
