"""Outgoing webhooks of the company."""

import pytest

URL = "https://hooks.example.com/medstack"


def hooks(api):
    return f"{api.company}/webhooks/outgoing"


def test_webhook_is_created_read_replaced_tested_and_removed(api):
    cluster = api.cluster.rpartition("/")[2]
    made = api.call("POST", hooks(api), {"url": URL, "label": "deploys", "cluster_id": cluster})
    assert made.status == 201
    hook = made.body
    assert (hook["label"], hook["cluster_id"]) == ("deploys", cluster)
    assert hook["metadata"] == {"last_triggered": None, "failure_count": 0}
    path = f"{hooks(api)}/{hook['id']}"
    assert api.get(path).body == hook
    replaced = api.call("PUT", path, {"url": f"{URL}/2"})
    assert replaced.status == 200
    assert replaced.body == {**hook, "url": f"{URL}/2", "label": None, "cluster_id": None}
    tested = api.call("POST", f"{path}/test")
    assert (tested.status, tested.raw) == (202, b"")
    assert api.get(path).body["metadata"]["last_triggered"] is not None
    assert api.call("DELETE", path).status == 204
    for method, rest, body in (("GET", "", None), ("PUT", "", {"url": URL}), ("POST", "/test", None)):
        assert api.call(method, path + rest, body).status == 404


def test_two_webhooks_may_be_equal(api):
    for _ in range(2):
        assert api.call("POST", hooks(api), {"url": URL, "label": "same"}).status == 201
    assert len(api.get(hooks(api)).data) == 2


@pytest.mark.parametrize(
    "url", ["http://hooks.example.com", "hooks.example.com", "https://", "https://[", "ftp://a"]
)
def test_url_must_be_https(api, url):
    answer = api.call("POST", hooks(api), {"url": url})
    assert answer.status == 400
    assert answer.body == {
        "code": 400,
        "type": "invalid_request_error",
        "param": "webhook_url",
        "message": None,
        "webhook_url": "Webhook url must use https protocol",
    }


def test_cluster_must_exist(api):
    answer = api.call("POST", hooks(api), {"url": URL, "cluster_id": "cluster_none"})
    assert (answer.status, answer.body["param"]) == (400, "webhook_cluster_id")
