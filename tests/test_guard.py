"""The guard against deleting volumes that are still used."""

import pytest

from reconciler.guard import guard
from reconciler.model import Address, Live, LiveState, Plan
from tests.changes import change_of
from tests.planning.build import CLUSTER, declare, empty, want
from tests.words import in_words


def service(name, *sources):
    mounts = [{"source": source, "target": f"/{source}", "readonly": False} for source in sources]
    return Live("service", name, f"id-of-{name}", {"image": "a", "mounts": mounts}, {})


def volume(name, *usage):
    return Live("volume", name, f"id-of-{name}", {"service_usage": list(usage)}, {})


def deleted(live, *, consented=True):
    address = Address(CLUSTER, live.kind, live.name)
    return change_of(address, "delete", live_name=live.name, live=live, consented=consented)


def changed(live, **spec):
    return change_of(
        Address(CLUSTER, "service", live.name), "update", live_name=live.name, live=live, spec=spec
    )


def refusals(objects, *changes):
    live = LiveState(
        "company_1",
        "Clinic",
        "cluster_1",
        CLUSTER,
        {
            kind: tuple(live_object for live_object in objects if live_object.kind == kind)
            for kind in ("service", "volume")
        },
    )
    plan = Plan(CLUSTER, "cluster_1", "company_1", "default", changes=changes)
    return in_words(guard(plan, want(declare("service", "x", {"image": "a"})), live, empty(), adopt=False))


DATA = volume("data", "db")
USED = f"{CLUSTER}/volume/data is in use by db, so it is not deleted. Remove the mounts there first."


class TestVolumes:
    @pytest.mark.parametrize("usage", [(), ("db",), ("id-of-db",)], ids=["unsaid", "by name", "by id"])
    def test_a_volume_that_stays_mounted_is_not_deleted(self, usage):
        data, db = volume("data", *usage), service("db", "data", "logs")
        assert refusals([data, db], deleted(data)) == (USED,)
        assert refusals([data, db], deleted(data), changed(db, image="b")) == (USED,)

    @pytest.mark.parametrize("usage", [(), ("db",), ("id-of-db",)], ids=["unsaid", "by name", "by id"])
    def test_a_volume_may_be_deleted_with_its_mount_or_service_in_the_same_plan(self, usage):
        data, db = volume("data", *usage), service("db", "data", "logs")
        assert refusals([data, db], deleted(data), changed(db, mounts=db.spec["mounts"][1:])) == ()
        assert refusals([data, db], deleted(data), changed(db, mounts=[])) == ()
        assert refusals([data, db], deleted(data), deleted(db)) == ()

    def test_usage_without_a_known_mount_counts(self):
        db = service("db", "logs")
        assert refusals([DATA, db], deleted(DATA), changed(db, image="b")) == (USED,)
        assert refusals([DATA], deleted(DATA)) == (USED,)

    def test_a_volume_freed_by_one_service_may_still_be_used_by_another(self):
        db, web = service("db", "data"), service("web", "data")
        assert refusals([DATA, db, web], deleted(DATA), changed(web, mounts=[])) == (USED,)

    def test_no_volume_is_deleted_without_consent(self):
        (reason,) = refusals([volume("data")], deleted(volume("data"), consented=False), deleted(DATA))[:1]
        assert reason.startswith(f"{CLUSTER}/volume/data would be deleted with its data.")
