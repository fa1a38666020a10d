"""The entries of the record for a change are the same before and after it."""

from typing import Any

import pytest
from msgspec.structs import replace

from reconciler import digest
from reconciler.applying.intents import intent, is_same_object, pending_for, writes
from reconciler.model import Address, Change, FieldChange, Live, LiveState, Owned, Pending, Sensitive
from tests.changes import change_of
from tests.planning.build import declare

KEY = b"sixteen bytes or more"
FIELD = FieldChange("replicas", 1, 2)
PROTECTION = FieldChange("lifecycle", False, True, keys=("prevent_destroy",))


def live(kind: str = "service", name: str = "api") -> Live:
    return Live(kind, name, "id-1", {}, {})


def a_change(action: Any = "update", kind: str = "service", name: str = "api", **more: Any) -> Any:
    return change_of(Address("production", kind, name), action, **{"live_name": name, **more})


def intended(change: Change, **digests: str) -> Owned:
    named = {("secret", name): text for name, text in digests.items()}
    return intent(change, digests=named, key=KEY)


def test_a_create_has_no_id_yet_and_a_service_is_unverified():
    change = a_change("create", spec={"image": "a", "environment_variables": {"A": "b"}})

    found = intended(change)

    assert found == Owned("service", "api", "api", "", applied=found.applied, state="unverified")
    assert found.applied == digest.masked("service", change.spec, key=KEY)
    assert "b" not in found.applied["environment_variables"].values()


def test_only_a_secrets_digest_is_recorded():
    change = a_change("create", "secret", "db", live_name="db.v1", spec={"data": Sensitive("hunter2")})

    assert intended(change, db="hmac:1") == Owned("secret", "db", "db.v1", "", digest="hmac:1")
    assert intended(change) == Owned("secret", "db", "db.v1", "")


def test_a_change_of_a_live_object_keeps_its_id():
    change = a_change(live=live(), fields=(FIELD,), spec={"replicas": 2})

    assert intended(change) == Owned(
        "service", "api", "api", "id-1", applied={"replicas": 2}, state="unverified"
    )


def test_an_adopted_service_is_unverified_until_its_tasks_were_seen():
    assert intended(a_change("adopt", live=live())).state == "unverified"
    assert intended(a_change("adopt", live=live(), fields=(FIELD,))).state == "unverified"
    assert intended(a_change("adopt", "volume", "data", live=live("volume", "data"))).state == "verified"


def test_a_new_version_beside_the_live_one_is_another_object():
    old = Owned("secret", "db", "db.v1", "id-1", digest="hmac:old", protected=True)
    change = a_change("replace", "secret", "db", live_name="db.v2", live=live("secret", "db.v1"), owned=old)

    assert intended(change, db="hmac:new") == Owned(
        "secret", "db", "db.v2", "", digest="hmac:new", protected=True
    )
    assert intended(change).digest == ""


@pytest.mark.parametrize(
    "said, before, after",
    [(None, True, True), (None, False, False), (True, False, True), (False, True, False)],
)
def test_protection_stays_unless_the_manifest_says_otherwise(said, before, after):
    owned = Owned("service", "api", "api", "id-1", protected=before)
    manifest = declare("service", "api", {}, protect=said)

    change = a_change(live=live(), owned=owned, desired=manifest, fields=(FIELD,))

    assert intended(change).protected is after
    assert intended(replace(change, owned=None)).protected is bool(said)


def test_a_change_of_the_record_alone_keeps_all_other_entries():
    owned = Owned(
        "service",
        "api",
        "api",
        "id-1",
        applied={"replicas": 1},
        digest="d",
        state="rolled back",
        protected=False,
    )
    manifest = declare("service", "api", {"replicas": 9}, protect=True)
    change = a_change(live=live(), owned=owned, desired=manifest, fields=(PROTECTION,))

    assert intended(change) == replace(owned, protected=True, source=manifest.source)


def test_an_adoption_of_another_object_is_not_a_change_of_the_record_alone():
    owned = Owned("service", "api", "api", "id-0", applied={"replicas": 1}, state="failed", protected=True)
    manifest = declare("service", "api", {}, protect=True)
    change = a_change("adopt", live=live(), owned=owned, desired=manifest)

    assert intended(change) == Owned(
        "service", "api", "api", "id-1", protected=True, state="unverified", source=manifest.source
    )


def test_a_secret_whose_record_alone_changes_keeps_its_digest():
    owned = Owned("secret", "db", "db.v1", "id-1", digest="hmac:1")
    change = a_change("update", "secret", "db", live_name="db.v1", live=live("secret", "db.v1"), owned=owned)

    assert intended(change).digest == "hmac:1"


def test_a_delete_is_recorded_with_the_deleted_object():
    owned = Owned("service", "api", "api", "id-1")

    assert intended(a_change("delete", owned=owned)) is owned
    assert intended(a_change("delete", live=live())) == Owned("service", "api", "api", "id-1")


@pytest.mark.parametrize(
    "change, same, written",
    [
        (a_change("create"), False, True),
        (a_change("replace", live=live()), False, True),
        (a_change("delete", live=live()), False, True),
        (a_change(live=live(), fields=(FIELD,)), True, True),
        (a_change(live=live(), fields=(PROTECTION,)), True, False),
        (a_change(live=live(), fields=(FIELD, PROTECTION)), True, True),
        (a_change("adopt", live=live()), True, False),
        (a_change("adopt", "config", "app", live_name="app.v2", live=live("config", "app.v1")), False, True),
        (
            a_change("update", "webhook", "ops", live=live("webhook", "former label"), fields=(FIELD,)),
            True,
            True,
        ),
        (a_change("adopt", "webhook", "ops", live=live("webhook", "ops")), True, False),
    ],
)
def test_each_intent_has_its_action_and_object(change, same, written):
    assert is_same_object(change) is same
    assert writes(change) is written


def state(*objects: Live) -> LiveState:
    return LiveState("1", "", "2", "", {live_object.kind: (live_object,) for live_object in objects})


@pytest.mark.parametrize("kind", ["node", "webhook"])
def test_the_journal_of_an_object_without_unique_name_lists_the_earlier_ids(kind):
    owned = Owned(kind, "ops", "ops", "")
    change = a_change("create", kind, "ops")

    assert pending_for(change, owned, state(live(kind, "ops"))) == Pending("create", owned, ("id-1",))
    assert pending_for(change, owned, state(live("service"))) == Pending("create", owned)


def test_the_journal_of_a_new_version_lists_the_kept_old_versions():
    former = Owned("secret", "db", "db.v1", "id-1", retired=True)
    change = a_change("adopt", "secret", "db", live_name="db.v2", retires=(former,))
    owned = intended(change)

    assert pending_for(change, owned, state(live("secret", "other"))) == Pending("adopt", owned, ("id-1",))
