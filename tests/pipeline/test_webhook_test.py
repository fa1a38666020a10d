"""Test events for webhooks, over real HTTP with the emulator."""

from reconciler.pipeline.lookups import webhooks_at
from reconciler.pipeline.operation import exit_code
from reconciler.pipeline.webhook_test import send_test_events


def test_a_webhook_is_tested_by_its_id(api, session, hooks):
    ended = send_test_events(session, webhooks_at(session, [hooks[0]["id"], "audit"]))

    shown = api.ask("GET", f"{api.company}/webhooks/outgoing/{hooks[0]['id']}")
    assert shown["metadata"]["last_triggered"]
    assert [result.what for result in ended] == ["deploys (a.example.com)", "audit (c.example.com)"]
    assert exit_code(ended) == 0


def test_a_test_whose_answer_was_lost_is_unknown(api, session, hooks):
    found = webhooks_at(session, ["audit"])
    api.fault("drop-before", "/test$")

    (ended,) = send_test_events(session, found)

    assert ended.status == "unknown"
    assert api.writes().count("POST test") == 1
