"""Outgoing webhooks of the company. Nothing is ever sent to them."""

from typing import Any
from urllib.parse import urlsplit

from reconciler.emulator.answers import Answer, answer_json, encode, encode_list, invalid
from reconciler.emulator.call import Call
from reconciler.emulator.identity import short_id
from reconciler.emulator.shown import timestamp
from reconciler.emulator.sqlite import Record

_KIND = "outgoing_webhook"


def list_webhooks(call: Call) -> Answer:
    """All webhooks."""
    hooks = sorted(call.state.all("", _KIND).values(), key=lambda hook: str(hook["id"]))
    return Answer(200, encode_list([encode(_describe(hook)) for hook in hooks]))


def get_webhook(call: Call) -> Answer:
    """One webhook."""
    return answer_json(200, _describe(_existing(call)))


def create_webhook(call: Call) -> Answer:
    """Create a webhook; none of its fields need be unique."""
    hook = {"id": short_id(_KIND), "triggered": None, **_fields(call)}
    call.state.save("", _KIND, hook)
    return answer_json(201, _describe(hook))


def update_webhook(call: Call) -> Answer:
    """Replace all fields of the webhook."""
    hook = {**_existing(call), **_fields(call)}
    call.state.save("", _KIND, hook)
    return answer_json(200, _describe(hook))


def delete_webhook(call: Call) -> Answer:
    """Delete the webhook."""
    call.state.remove("", _KIND, _existing(call)["id"])
    return Answer(204)


def test_webhook(call: Call) -> Answer:
    """Record the time only: nothing is sent."""
    call.state.save("", _KIND, {**_existing(call), "triggered": call.now})
    return Answer(202)


def _existing(call: Call) -> Record:
    return call.find(_KIND, "outgoing_webhook_id")


def _fields(call: Call) -> dict[str, Any]:
    url, cluster = call.body["url"], call.body.get("cluster_id")
    if not _is_https(url):
        raise invalid("webhook_url", "Webhook url must use https protocol")
    if cluster is not None and call.state.find("", "cluster", cluster) is None:
        raise invalid("webhook_cluster_id", "is not a cluster of this company")
    return {"url": url, "label": call.body.get("label"), "cluster_id": cluster}


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.netloc)


def _describe(hook: Record) -> dict[str, Any]:
    triggered = hook["triggered"]
    return {
        "id": hook["id"],
        "object": _KIND,
        "url": hook["url"],
        "label": hook["label"],
        "cluster_id": hook["cluster_id"],
        "metadata": {"last_triggered": triggered and timestamp(triggered), "failure_count": 0},
    }
