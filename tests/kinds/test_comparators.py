"""The comparable forms of two values are equal exactly if the platform treats the values as equal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.kinds.comparators import as_set, keyed, never_zero, ratio, with_default

floats = st.floats(0, 1)


@given(st.permutations([{"id": "a", "n": 1, "x": 1}, {"id": "b", "n": 2, "x": 2}]))
def test_keyed_lists_are_compared_by_the_named_parts_in_any_order(items):
    assert keyed(lambda item: item["id"], "n")(items, None) == ({"a": {"n": 1}, "b": {"n": 2}}, {})


@given(st.lists(st.sampled_from(["a", " a", "B", "b"])))
def test_sets_are_cleaned_sorted_and_unique(items):
    desired, live = as_set(lambda text: text.strip().lower())(items, None)

    assert desired == sorted({item.strip().lower() for item in items})
    assert live == []


@pytest.mark.parametrize("value, expected", [(None, 5), ("", 5), (0, 0), (3, 3)])
def test_an_unset_value_is_compared_as_its_default(value, expected):
    assert with_default(5)(value, None) == (expected, 5)
    assert with_default(5)(None, value) == (5, expected)


@pytest.mark.parametrize("unset", [None, "", 0])
def test_zero_means_unset_for_a_number_that_is_never_zero(unset):
    assert never_zero(unset, 80) == (None, 80)
    assert never_zero(80, unset) == (80, None)


@given(floats)
def test_ratios_are_compared_as_32_bit_numbers(value):
    import struct

    answered = struct.unpack("f", struct.pack("f", value))[0]

    assert ratio(value, answered) == (value, value)


@pytest.mark.parametrize(
    "desired, live, equal",
    [(0.33, 0.34, False), (0, None, True), (0.5, None, False), (None, 0.0, True), ("", 0.1, False)],
)
def test_different_ratios_are_different(desired, live, equal):
    left, right = ratio(desired, live)

    assert (left == right) is equal
