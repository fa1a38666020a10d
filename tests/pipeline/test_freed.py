"""Objects that stacks of a run free for each other are deleted by their owners after the other stacks."""

import pytest
from msgspec.structs import replace

from reconciler.api.client import ClusterRef
from reconciler.model import (
    Change,
    Create,
    Delete,
    FieldChange,
    Live,
    LiveState,
    Owned,
    Plan,
    Record,
    ServiceUser,
    Update,
)
from reconciler.model.reason import AfterStacks
from reconciler.pipeline.freed import at_first, at_last, frees, needed_after, with_deferred
from reconciler.pipeline.planned import Planned
from tests.planning.build import declare, want

APP = Owned("config", "app", "app.v1", "c1")
MOUNTS = {"image": "web:1", "configs": [{"name": "app.v1", "file_name": "/app"}]}
BARE = {"image": "web:1", "configs": []}
WEB = Owned("service", "web", "web", "s1", applied=MOUNTS)
LIVE = Live("service", "web", "s1", MOUNTS, {})
AT = declare("service", "web", {}).address
GONE = Delete(AT, live_name="web", live=LIVE, owned=WEB)
WRITTEN = Update(AT, live_name="web", live=LIVE, spec=BARE, fields=(FieldChange("configs", [], []),))


def planned(stack: str, *owned: Owned, changes: tuple[Change, ...] = ()) -> Planned:
    plan = Plan("production", "cluster_1", "company_1", stack, changes)
    live = LiveState("company_1", "Clinic", "cluster_1", "production", {})
    record = Record(stack, salt="00", owned=owned)
    return Planned(
        replace(want(), stack=stack), live, record, record, ClusterRef("company_1", "cluster_1"), plan
    )


OWNER = planned("default", APP)
DELETE = Delete(
    declare("config", "app", "x").address,
    live_name="app.v1",
    live=Live("config", "app.v1", "c1", {}, {}),
    owned=APP,
)


def test_an_object_is_free_once_its_last_service_is_deleted():
    assert frees([planned("other", WEB, changes=(GONE,))], OWNER)
    assert not frees([planned("other", WEB)], OWNER)


def test_a_write_frees_the_mounts_of_the_spec_before_the_previous_one():
    before = replace(WEB, applied=BARE, previous=("config/app.v1",))
    now = Live("service", "web", "s1", BARE, {})

    assert not frees([planned("other", WEB, changes=(WRITTEN,))], OWNER)
    assert frees([planned("other", before, changes=(replace(WRITTEN, live=now),))], OWNER)


def test_mounts_of_a_new_service_are_not_free():
    new = Create(declare("service", "new", {}).address, live_name="new", spec=MOUNTS)
    other = planned("other", WEB, changes=(GONE, new))

    assert not frees([other], OWNER)
    assert needed_after(other) == {("config", "app.v1"): (ServiceUser("new", "other"),)}


def test_deletes_of_freed_objects_name_the_stacks_that_come_first():
    other = planned("other", WEB, changes=(GONE,))
    whole = planned("default", APP, changes=(DELETE,))

    found = with_deferred(OWNER, whole, [other])

    assert found.deferred == {DELETE.address}
    assert found.plan.changes[0].reasons == (AfterStacks(("other",)),)
    assert at_first(found).plan.changes == ()
    assert at_last(found, whole).plan.changes == found.plan.changes
    assert at_last(found, OWNER).plan.changes == ()


@pytest.mark.parametrize("current", [APP, replace(APP, live_name="app.v2")], ids=["not used", "still used"])
def test_an_old_version_is_postponed_only_if_other_stacks_use_no_version(current):
    former = replace(APP, live_name="app.v0", id="c0", retired=True)
    other = planned(
        "other", replace(WEB, applied={**MOUNTS, "configs": [{"name": "app.v2", "file_name": "/app"}]})
    )
    sweep = replace(DELETE, live=Live("config", "app.v0", "c0", {}, {}), owned=former)
    first = planned("default", current, former)

    found = with_deferred(first, planned("default", current, former, changes=(sweep,)), [other])

    assert bool(found.deferred) == (current is APP)
