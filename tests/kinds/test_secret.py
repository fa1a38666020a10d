"""A secret's value is only in the body that creates it."""

from reconciler.kinds.secret import SECRET
from reconciler.model import Sensitive
from tests.sent import as_sent


def test_a_secrets_value_is_only_in_the_body_that_creates_it():
    spec = SECRET.canonical({"data": Sensitive("x")})

    assert as_sent(SECRET.encode("db.v1", spec)) == {"name": "db.v1", "data": "x"}
    assert SECRET.decode({"name": "db.v1", "created": "…"}) == {}
    assert SECRET.sensitive("data", "", "x")
    assert not SECRET.sensitive("external", "", True)
