"""Two values are equal exactly if the platform treats them as equal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.kinds import KINDS
from reconciler.model import Sensitive
from reconciler.normalize import comparable, is_unset, same

SERVICE, WEBHOOK, CONFIG = KINDS["service"], KINDS["webhook"], KINDS["config"]
values = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text(max_size=2), max_size=2)


@pytest.mark.parametrize("value", [None, "", [], {}, ()])
def test_empty_values_are_unset(value):
    assert is_unset(value)


@pytest.mark.parametrize("value", [0, 0.0, False, " ", [""], {"": ""}, ("",), Sensitive("")])
def test_other_values_are_set(value):
    assert not is_unset(value)


@given(values)
def test_a_value_is_the_same_as_itself(value):
    assert same(SERVICE, "command", value, value)
    assert same(SERVICE, "image", value, value)


@given(
    st.sampled_from([None, "", [], {}]),
    st.sampled_from([None, "", [], {}]),
    st.sampled_from(["command", "hosts"]),
)
def test_all_unset_values_are_equal(before, other, field):
    assert comparable(SERVICE, field, before, other) == (None, None)


def test_a_field_with_a_comparator_is_compared_by_it():
    assert comparable(SERVICE, "hosts", ["B"], ["a", "b"]) == (["b"], ["a", "b"])
    assert comparable(SERVICE, "command", "a", "A") == ("a", "A")
    assert not same(CONFIG, "data", "a\n", "a")
    assert same(WEBHOOK, "url", Sensitive("a"), Sensitive("a"))
    assert not same(WEBHOOK, "url", Sensitive("a"), Sensitive("b"))


@pytest.mark.parametrize("desired, live", [(0, None), (False, None), (0, ""), (1, 2)])
def test_zero_is_not_unset(desired, live):
    assert not same(SERVICE, "replicas", desired, live)
