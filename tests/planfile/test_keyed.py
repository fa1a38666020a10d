"""The requirements of a plan key."""

import pytest

from reconciler.errors import UsageError
from reconciler.planfile import (
    checked_key,
)


@pytest.mark.parametrize(
    "text, fault",
    [
        ("a" * 64, "fewer than 12 different"),
        ("0123456789" * 4, "fewer than 12 different"),
        ("0123456789abcdefghijklmnopqrstu", "shorter than 32"),
    ],
)
def test_a_too_short_key_is_an_error(text, fault):
    with pytest.raises(UsageError, match=fault):
        checked_key(text)


def test_a_missing_key_is_accepted():
    assert checked_key(None) is checked_key("") is None
    assert checked_key("0123456789abcdef" * 2) == b"0123456789abcdef" * 2
