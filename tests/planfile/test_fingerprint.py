"""The text of everything that a change was planned from."""

from reconciler.planfile import (
    fingerprint,
)
from tests.planfile.build import KEY, api, hook, password


def test_the_digest_of_a_value_is_keyed():
    digest, other = (fingerprint(password(value), key=KEY) for value in ("one", "other"))
    under_another_key = fingerprint(password("one"), key=KEY[::-1])

    assert len({digest, other, under_another_key}) == 3
    assert fingerprint(password("one"), key=None) == fingerprint(password("other"), key=None)


def test_without_a_key_masked_values_have_no_digest():
    assert fingerprint(api(token="one"), key=None) == fingerprint(api(token="another"), key=None)
    assert fingerprint(hook("https://a/1"), key=None) == fingerprint(hook("https://a/2"), key=None)
