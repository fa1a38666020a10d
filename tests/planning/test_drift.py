"""Drift is what changed outside git, without changes in git."""

import pytest
from msgspec.structs import replace

from reconciler.kinds import KINDS
from reconciler.model import Address, FieldChange, Live, LiveState, Owned, Plan, Record
from reconciler.model.reason import Worded
from reconciler.planning import Options, make_plan
from reconciler.planning.drift import drift_of
from reconciler.render.reasons import reason_of
from tests.changes import change_of
from tests.planning.build import declare, empty, want
from tests.words import notes_of, refusals_of

RECORD = Record(
    "default",
    owned=(Owned("service", "api", "api", "s1"), Owned("secret", "key", "key.v1", "k1", retired=True)),
)


def change(action, *fields, kind="service", name="api", **more):
    return change_of(Address("production", kind, name), action, fields, **more)


def drifted(path):
    return FieldChange(path, 1, 2, drift=True)


def wanted(path):
    return FieldChange(path, 1, 2)


def drift(*changes, **more):
    plan = Plan("production", "cluster_1", "company_1", "default", changes=changes, **more)
    return drift_of(plan, RECORD)


def test_only_the_drifted_fields_of_a_change_are_left():
    (found,) = drift(change("update", drifted("replicas"), wanted("image"), restarts=("api",))).changes

    assert [(field.path, field.before, field.after) for field in found.fields] == [("replicas", 1, 2)]
    assert (found.action, reason_of(found), found.restarts) == ("update", "changed outside git", ())


@pytest.mark.parametrize(
    "planned",
    [
        change("update", wanted("image")),
        change("create", wanted("image"), name="new"),
        change("adopt", wanted("image"), name="theirs"),
        change("adopt", kind="volume", name="api"),
        change("delete"),
        change("create", kind="secret", name="key"),
        change("create", kind="node", name="Small"),
    ],
    ids=lambda planned: f"{planned.action} {planned.address}",
)
def test_a_change_in_git_is_not_drift(planned):
    assert drift(planned).changes == ()


def test_an_owned_object_that_is_gone_is_drift():
    (found,) = drift(change("create", wanted("image"))).changes

    assert (found.fields, reason_of(found)) == ((), "it was deleted outside git")


def test_an_owned_object_that_was_replaced_is_drift():
    (found,) = drift(change("adopt", wanted("image"))).changes

    assert [(field.path, field.before, field.after, field.drift) for field in found.fields] == [
        ("image", 1, 2, True)
    ]
    assert reason_of(found) == "another object took its place outside git"


def test_needs_name_only_remaining_changes():
    volume, service = Address("production", "volume", "data"), Address("production", "service", "api")
    record = Record("default", owned=(*RECORD.owned, Owned("volume", "data", "data", "v1")))
    plan = Plan(
        "production",
        "cluster_1",
        "company_1",
        "default",
        changes=(
            change_of(volume, "create"),
            change_of(
                service, "update", (drifted("mounts"),), needs=(volume, Address("production", "config", "x"))
            ),
        ),
    )

    assert [planned.needs for planned in drift_of(plan, record).changes] == [(), (volume,)]


def test_refusals_become_notes():
    found = drift(
        refusals=(Worded("it is external and not there."),), notes=(Worded("the record was mended"),)
    )

    assert refusals_of(found) == ()
    assert notes_of(found) == (
        "the record was mended",
        "an apply would be refused: it is external and not there.",
    )


def test_held_and_unverified_services_stay_and_pending_changes_are_counted():
    x, y, z = (Address("production", "service", name) for name in "xyz")
    found = drift(
        change("update", drifted("replicas"), wanted("image")),
        change("delete"),
        unmanaged=(x,),
        held=(y,),
        verify=RECORD.owned,
        released=RECORD.owned,
        unchecked=(z,),
    )

    assert (found.unmanaged, found.released, found.unchecked) == ((), (), ())
    assert (found.held, found.verify) == ((y,), RECORD.owned)
    assert found.pending == 2 + len(RECORD.owned)


def test_drift_of_a_service_that_can_not_be_updated_is_shown():
    body = {
        "name": "api",
        "id": "s1",
        "image": "nginx:1",
        "mounts": [{"type": "bind", "source": "/", "target": "/host"}],
    }
    live = Live("service", "api", "s1", KINDS["service"].decode(body), body)
    state = LiveState("company_1", "", "cluster_1", "production", {"service": (live,)})
    applied = {"image": "nginx:1", "mounts": []}
    record = replace(empty(), owned=(Owned("service", "api", "api", "s1", applied=applied),))
    desired = want(declare("service", "api", {"image": "nginx:1", "mounts": []}))

    plan = make_plan(desired, state, record, Options(digest_key=bytes(16)))
    (found,) = drift_of(plan, record).changes

    assert len(refusals_of(plan)) == 1
    assert [field.path for field in found.fields] == ["mounts./host"]
