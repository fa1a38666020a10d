from typing import get_args

import pytest

from reconciler.model import Address, ServiceUser, Source
from reconciler.model.reason import (
    AfterStacks,
    DeclaredBy,
    KeptVersion,
    KeptVersions,
    MoreNodes,
    NewVersion,
    NodeRemoved,
    NotManaged,
    PlainReason,
    Reason,
    TakenFromDeleted,
    TakesFromDeleted,
    TakesHost,
    Worded,
)
from reconciler.render.reasons import PLAIN, reason_of, reason_text
from tests.changes import change_of

API = Address("production", "service", "api")
OLD = Address("production", "service", "old")
TEXTS = {
    NotManaged(): "it exists and is not managed",
    NotManaged("db.v3"): "it exists as db.v3 and is not managed",
    DeclaredBy(
        Source("github.com/clinic/web", "web.yaml")
    ): "last declared by github.com/clinic/web: web.yaml",
    NewVersion("db.v2"): "new version db.v2",
    KeptVersions((KeptVersion("db.v1", "last"),)): "kept: db.v1 (the previous version)",
    KeptVersions((KeptVersion("db.v1", "mounts", tuple(map(ServiceUser, "abcd"))),)): (
        "kept: db.v1 (mounted by service a, service b, service c and 1 more)"
    ),
    KeptVersions(
        (
            KeptVersion("db.v2", "previous", (ServiceUser("a"),)),
            KeptVersion("db.v1", "recorded", (ServiceUser("b", "c"),)),
        )
    ): "kept: db.v2 (in the previous spec of service a), db.v1 (in use by service b of the stack c)",
    TakesFromDeleted((TakenFromDeleted("host", "a.example", OLD), TakenFromDeleted("volume", "data", OLD))): (
        "takes the host a.example from production/service/old; takes the volume data from production/service/old, "
        "which is deleted first: downtime"
    ),
    TakesHost("a.example", "web"): (
        "takes the host a.example from the service web, which is updated first: the host is briefly down"
    ),
    MoreNodes(2): "2 more of this size",
    NodeRemoved("192.0.2.2", "small"): "named under removed.nodes; 192.0.2.2, of size small",
    AfterStacks(("app", "shop")): "waits until app, shop is applied, which still uses it",
    Worded("as it was read"): "as it was read",
}


@pytest.mark.parametrize("reason, text", TEXTS.items())
def test_a_reason_is_worded(reason, text):
    assert reason_text(reason) == text


def test_every_reason_has_its_own_words():
    assert set(PLAIN) == set(PlainReason)
    assert len(set(PLAIN.values())) == len(PLAIN)
    assert {type(reason) for reason in TEXTS} | {PlainReason} == set(get_args(Reason))


def test_a_change_shows_all_reasons_in_one_line_and_a_create_none():
    reasons = (PlainReason.VALUE_CHANGED, NewVersion("db.v2"))

    assert reason_of(change_of(API, "replace", reasons=reasons)) == "its value changed; new version db.v2"
    assert reason_of(change_of(API, "create")) == ""
