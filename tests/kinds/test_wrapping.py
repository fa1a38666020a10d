"""Texts that may hold a credential are wrapped until they are sent."""

from reconciler.kinds.service import (
    canonical,
    encode,
    encode_update,
)
from reconciler.model import Sensitive


def test_texts_that_may_hold_a_credential_are_wrapped_until_they_are_sent():
    spec = canonical({"image": "a", "args": "x", "command": "y", "environment_variables": {"A": "z"}})

    for body in (encode("api", spec), encode_update({"image": "a"}, spec, spec)):
        assert "z" not in repr(body)
        assert [body["args"], body["command"]] == [Sensitive("x"), Sensitive("y")]
