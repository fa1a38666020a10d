"""Name and number of a version can be found again in its live name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.kinds.versions import split, versioned


@given(st.text(min_size=1), st.integers(0, 999_999_999))
def test_a_versioned_name_is_split_into_name_and_number(name, number):
    if "\n" not in name:
        assert split(versioned(name, number)) == (name, number)


@pytest.mark.parametrize(
    "name", ["db", "db.v", "db.vx", ".v1", "db.v1\n", "db.v1234567890", "db.v1.x", "db-v1"]
)
def test_any_other_name_is_version_0(name):
    assert split(name) == (name, 0)


def test_a_version_of_a_versioned_name_keeps_the_longer_name():
    assert split("db.v1.v2") == ("db.v1", 2)
