"""A config consists of its data."""

from reconciler.kinds.base import nothing_sensitive
from reconciler.kinds.config import CONFIG
from tests.sent import as_sent


def test_a_config_is_its_data():
    assert as_sent(CONFIG.encode("app.v1", CONFIG.canonical({"data": "x\n"}))) == {
        "name": "app.v1",
        "data": "x\n",
    }
    assert CONFIG.decode({"data": "x\n"}) == {"data": "x\n"}
    assert CONFIG.decode({"data": None}) == {"data": ""}
    assert not CONFIG.sensitive("data", "", "x")
    assert CONFIG.sensitive is nothing_sensitive
