from typing import get_args

import pytest

from reconciler.model import Address, Blocker, ServiceUser
from reconciler.model.failure import Failure
from reconciler.model.hold import (
    ClusterFailed,
    DeletesWait,
    DeletesWaitFor,
    ExternalChanged,
    Hold,
    NeedNotDone,
    NotBegun,
    NotReadAgain,
    NotSeen,
    OwnedMeanwhile,
    RolloutFailed,
    RolloutUnderWay,
    StackNotApplied,
    UsedMeanwhile,
    WaitsForReady,
    WaitsForServices,
)
from reconciler.model.rollout import RolloutResult
from reconciler.render.holds import NAMES, hold_text
from tests.changes import change_of

API = Address("production", "service", "api")
DB = Address("production", "service", "db")
DOWN = (Blocker("db", "down"),)
WRITE = change_of(API, "update")
DELETE = change_of(API, "delete")
REMOVED = change_of(API, "delete", consented=True)
AGAIN = "Plan again to see what is to be done now."
NO_ANSWER = Failure("unreachable", "no answer")
NOT_UP = RolloutResult("deleted", "failed")
IS_NOT_UP = "production/service/api is not up: the service was deleted meanwhile"
CASES = [
    (NotBegun.INTERRUPTED, WRITE, "interrupted before it started"),
    (NotBegun.RUN_ENDED, WRITE, "the run ended before it started"),
    (ClusterFailed("staging"), WRITE, "not started: staging failed"),
    (StackNotApplied(NO_ANSWER), WRITE, "nothing was written: no answer"),
    (StackNotApplied(Failure("refused", "a lease is held")), WRITE, "a lease is held"),
    (NotReadAgain(NO_ANSWER), WRITE, "live state could not be read again: no answer"),
    (
        DeletesWait.NO_WAIT,
        DELETE,
        "--no-wait deletes nothing: deletes wait until every service is seen to be up",
    ),
    (DeletesWait.STACKS_NOT_DONE, DELETE, "it waits until all stacks of the run are applied and up"),
    (DeletesWait.NOT_DUE, DELETE, f"changed since planned: it is still in use. {AGAIN}"),
    (DeletesWaitFor((DB,)), DELETE, "deletes wait until everything else is done and up; not yet: service/db"),
    (
        DeletesWaitFor((DB,)),
        REMOVED,
        (
            "deletes wait until everything else is done and up; not yet: service/db; named under removed: the next "
            "apply waits only for services that it writes itself"
        ),
    ),
    (
        DeletesWaitFor((DB,)),
        change_of(Address("production", "secret", "key"), "delete", consented=True),
        (
            "deletes wait until everything else is done and up; not yet: service/db; named under removed: the next "
            "apply waits only for services that it writes itself, and for those that worked with it last"
        ),
    ),
    (
        DeletesWaitFor((DB,), not_begun=True),
        REMOVED,
        "deletes wait until everything else is done and up; not yet: service/db",
    ),
    (NotSeen(NO_ANSWER), DELETE, "whether it may still be deleted could not be checked: no answer"),
    (WaitsForReady(("node_1", "node_2")), DELETE, "it waits for node_1, node_2 to be Ready"),
    (
        WaitsForServices(DOWN),
        DELETE,
        (
            "it waits for service/db (down); to delete it anyway, name it under removed.services, or set "
            "lifecycle: {wait: false} on that service"
        ),
    ),
    (
        WaitsForServices(DOWN),
        change_of(Address("production", "secret", "key"), "delete", consented=True),
        (
            "it waits for service/db (down): what worked last can then still be put back; to delete it anyway, set "
            "lifecycle: {wait: false} on that service"
        ),
    ),
    (WaitsForServices(DOWN), WRITE, "it needs service/db (down)"),
    (NeedNotDone(DB), WRITE, "it needs production/service/db, which was not done"),
    (
        OwnedMeanwhile("service", "api", "b"),
        WRITE,
        f"changed since planned: the stack b owns the service api now, or is about to take it over. {AGAIN}",
    ),
    (
        UsedMeanwhile((ServiceUser("web", "b"),)),
        DELETE,
        f"changed since planned: it is in use by service web of the stack b. {AGAIN}",
    ),
    (
        ExternalChanged("secret", "db", "db.v1", "db.v2"),
        WRITE,
        f"changed since planned: the external secret db was db.v1 and is db.v2 now. {AGAIN}",
    ),
    (
        ExternalChanged("secret", "db", "db.v1", ""),
        WRITE,
        f"changed since planned: the external secret db was db.v1 and is not there now. {AGAIN}",
    ),
    (
        RolloutUnderWay(NOT_UP),
        WRITE,
        f"held: its rollout is under way, and nothing is written into it ({IS_NOT_UP})",
    ),
    (
        RolloutFailed(NOT_UP),
        WRITE,
        (
            "held: its last rollout failed, and a write that starts no new tasks could resume it. Change what it runs "
            f"in the same apply ({IS_NOT_UP})"
        ),
    ),
]


@pytest.mark.parametrize("hold, change, text", CASES)
def test_the_reason_why_a_change_is_not_made_is_worded(hold, change, text):
    assert hold_text(hold, change) == text


def test_every_hold_has_words():
    assert {type(hold) for hold, _, _ in CASES} == set(get_args(Hold))


def test_of_many_unfinished_changes_only_the_first_are_named():
    many = DeletesWaitFor(
        tuple(Address("production", "service", f"s{number}") for number in range(NAMES + 1))
    )

    assert hold_text(many, DELETE).endswith(f"service/s{NAMES - 1}")
