"""A webhook hides its URL."""

import pytest

from reconciler.kinds.webhook import WEBHOOK, host
from reconciler.model import Sensitive
from tests.sent import as_sent


def test_a_webhook_hides_its_url_and_belongs_to_a_cluster_or_to_none():
    spec = WEBHOOK.canonical({"url": "https://hooks.example/x"})

    assert spec == {"url": Sensitive("https://hooks.example/x")}
    assert WEBHOOK.canonical({"url": None}) == {"url": None}
    assert as_sent(WEBHOOK.encode("ops", spec)) == {"label": "ops", "url": "https://hooks.example/x"}
    assert as_sent(WEBHOOK.encode("ops", {**spec, "cluster_id": ""})) == {
        "label": "ops",
        "url": "https://hooks.example/x",
    }
    assert as_sent(WEBHOOK.encode("ops", {**spec, "cluster_id": "c"}))["cluster_id"] == "c"
    assert WEBHOOK.decode({"url": "u", "label": "l", "cluster_id": "c"}) == {
        "url": Sensitive("u"),
        "label": "l",
        "cluster_id": "c",
    }
    assert WEBHOOK.decode({"url": None, "label": None}) == {
        "url": Sensitive(""),
        "label": "",
        "cluster_id": "",
    }
    assert WEBHOOK.sensitive("url", "", "x")
    assert not WEBHOOK.sensitive("label", "", "x")


@pytest.mark.parametrize(
    "url, expected",
    [
        ("https://hooks.example/secret", "hooks.example"),
        ("https://me:pw@hooks.example:8443/secret", "hooks.example:8443"),
        ("https://hooks.example?secret", "hooks.example"),
        ("https://hooks.example#secret", "hooks.example"),
        ("https://a@b@hooks.example", "hooks.example"),
        ("secret", ""),
    ],
)
def test_only_the_host_of_a_url_is_shown(url, expected):
    assert host(Sensitive(url)) == expected
