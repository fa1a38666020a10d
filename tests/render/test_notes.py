from typing import get_args

import pytest

from reconciler.model import Address, Blocker, ServiceUser
from reconciler.model.note import (
    AboutObject,
    DeletedAnyway,
    Fact,
    HasToFollow,
    HostElsewhere,
    KeptInUse,
    KeptMounted,
    LeftUnread,
    Mount,
    MovingTag,
    NodesNotReady,
    NotChanged,
    Note,
    OfTheRecord,
    OldVersionsStay,
    OnlyTargets,
    RemovedNothing,
    RemovedNotManaged,
    ReplacedByName,
    StackNotDeclared,
    StaysOnVersion,
    WaitsThoughRemoved,
    WebhooksNotRead,
    WouldBeRefused,
    WrittenAnyway,
)
from reconciler.model.reason import KeptVersion, Worded
from reconciler.render.notes import FACTS, GOES_AHEAD, RECORD, note_text

API = Address("production", "service", "api")
DB = Address("production", "secret", "db")
TEXTS = {
    AboutObject(DB, Fact.STAYS_PROTECTED): (
        "production/secret/db stays protected. To lift the protection, declare it with prevent_destroy: false."
    ),
    OnlyTargets((("service", "api"), ("volume", "data"))): (
        "--target: only service/api, volume/data, and what they need, are planned; other changes are left out"
    ),
    StaysOnVersion(API, "db.v1"): "production/service/api is not managed and stays on db.v1.",
    HasToFollow("secret", "db.v1", "db", "service", "api", "b"): (
        "The secret db.v1 is an old version, and the service api of the stack b still mounts it: apply b so that "
        "it uses the new version. If its manifests name db.v1, change that to db."
    ),
    MovingTag(API, "nginx:1"): (
        "production/service/api: its live image nginx:1 has no digest, so new tasks may run a newer image with "
        "that tag."
    ),
    RemovedNothing("services", "api"): "removed.services: api matches no object; remove this line.",
    RemovedNothing("nodes", "node_1", is_node=True): (
        "removed.nodes: node_1 matches no node of this cluster; remove this line."
    ),
    RemovedNotManaged("services", "api"): (
        "removed.services: api is not managed by this stack, so it is not deleted."
    ),
    NodesNotReady(API, (("node_1", "Down"),)): (
        "production/service/api counts nodes that are not Ready: node_1 (Down)."
    ),
    WebhooksNotRead(404, (API,)): (
        "the API answers 404 for webhooks, so these were not checked: production/service/api."
    ),
    KeptMounted(DB, "db.v2", (Mount("api", "secrets"),), (Mount("api", "secrets"),), are_declared=True): (
        "production/secret/db (db.v2) is no longer declared and is kept: it is mounted by service api in its "
        "secrets. "
        "To delete it, remove it from secrets of service api: write the whole list without it ([] if it is empty)."
    ),
    KeptMounted(DB, "db.v2", (Mount("api", "secrets"),), (Mount("api", "secrets"),), are_declared=False): (
        "production/secret/db (db.v2) is no longer declared and is kept: it is mounted by service api in its "
        "secrets. "
        "To delete it, remove it from secrets of service api, not declared in these manifests."
    ),
    KeptInUse(DB, "secrets", KeptVersion("db.v2", "recorded", (ServiceUser("api", "b"),))): (
        "production/secret/db (db.v2) is no longer declared and is kept: it is in use by service api of the stack b, "
        "or was before the last change there, and the platform can roll back to that spec. It is deleted in a "
        "later apply, "
        "once that service has been changed again; to delete it now, name it under removed.secrets."
    ),
    KeptMounted(
        DB, "db.v2", (Mount("api", "secrets", "b"),), (Mount("api", "secrets", "b"),), are_declared=False
    ): (
        "production/secret/db (db.v2) is no longer declared and is kept: it is mounted by service api of the stack b "
        "in its secrets. To delete it, remove it from secrets of service api of the stack b, not declared in these "
        "manifests."
    ),
    KeptInUse(DB, "secrets", KeptVersion("db.v2", "previous", (ServiceUser("api"),))): (
        "production/secret/db (db.v2) is no longer declared and is kept: the previous spec of service api mounts it, "
        "and the platform can roll back to that spec. It is deleted in a later apply, once service api has been "
        "changed "
        "again; to delete it now, name it under removed.secrets."
    ),
    OldVersionsStay(("db.v1",)): (
        "No longer used: db.v1. Kept until the next apply that changes something in this stack, because other stacks "
        "use the same object."
    ),
    WrittenAnyway(API, "db", "rolled back", "fewer replicas"): (
        "production/service/api is written though service/db is held after a rollback: it only lowers replicas."
    ),
    DeletedAnyway(API, (Blocker("db", "down"),)): (
        "production/service/api does not wait for service/db (down): it is named under removed, so it waits only for "
        "services that this run writes."
    ),
    WaitsThoughRemoved(DB, (Blocker("api", "failed"),)): (
        "production/secret/db is named under removed and is not deleted yet: service/api (failed) worked with it last. "
        "It is deleted once every service that did is up, or has lifecycle: {wait: false}."
    ),
    LeftUnread(API, ("mounts is a number",)): (
        "production/service/api is not changed: in the API's answer, mounts is a number."
    ),
    NotChanged((DB, API)): ("Not changed for that reason: production/secret/db, production/service/api."),
    ReplacedByName("service", "api", "web"): (
        "service/api becomes service/web: the platform cannot rename a service, so web is created and api is deleted."
    ),
    HostElsewhere("a.example", (), "192.0.2.1"): (
        "The host a.example does not resolve. Its DNS record must point to the manager node, 192.0.2.1: until "
        "then the platform "
        "rejects the service."
    ),
    StackNotDeclared("b", "production", ("b.yaml",), 1): (
        "The stack b of production was declared by b.yaml and is no longer declared: its object is kept. To "
        "delete it, declare the stack and name it under removed; to keep it but no longer manage it, name it under "
        "released."
    ),
    OfTheRecord.UNFINISHED: "An earlier apply did not finish; this one continues from where it stopped.",
    WouldBeRefused(Worded("it is too much")): "an apply would be refused: it is too much",
    Worded("as it was read"): "as it was read",
}


@pytest.mark.parametrize("note, text", TEXTS.items())
def test_a_note_is_worded(note, text):
    assert note_text(note) == text


def test_every_note_has_words():
    assert {type(note) for note in TEXTS} == set(get_args(Note))
    assert (set(FACTS), set(RECORD)) == (set(Fact), set(OfTheRecord))
    assert set(GOES_AHEAD) == {"target", "fewer replicas", "last verified"}
