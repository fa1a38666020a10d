"""A plan read from its JSON."""

from reconciler.document import check_document, plan_document, plans_of
from reconciler.model import Address, Blocker, Plan
from reconciler.render.plan_json import WORDS
from tests.changes import change_of

API = Address("production", "service", "api")


def test_waits_for_follows_the_schema_and_survives_a_round_trip():
    waits_for = (Blocker("db", "rolled back"), Blocker("cache", "down"), Blocker("web", "unverified", "shop"))
    plan = Plan("production", "c1", "d1", "a", changes=(change_of(API, "update", waits_for=waits_for),))

    document = plan_document([plan], WORDS)

    check_document(document)
    assert [blocker["condition"] for blocker in document["changes"][0]["waits_for"]] == [
        "held",
        "down",
        "unverified",
    ]
    assert plans_of(document)[0].changes[0].waits_for == waits_for
