"""A secret is its value, seen by one body alone."""

from reconciler.kinds.secret import SECRET
from reconciler.model import Sensitive
from tests.sent import as_sent


def test_a_secret_gives_its_value_only_to_the_one_body():
    spec = SECRET.canonical({"data": Sensitive("x")})

    assert as_sent(SECRET.encode("db.v1", spec)) == {"name": "db.v1", "data": "x"}
    assert SECRET.decode({"name": "db.v1", "created": "…"}) == {}
    assert SECRET.sensitive("data", "", "x")
    assert not SECRET.sensitive("external", "", True)
