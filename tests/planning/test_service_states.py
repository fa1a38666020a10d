"""The recorded states of services that a plan does not write, and the changes that wait for them."""

import pytest
from msgspec.structs import replace

from reconciler.model import Covered, Move, Source
from tests.planning.build import PLACE, REPOSITORY, change, declare, empty, want
from tests.planning.platform import AppliedStack, FakePlatform
from tests.words import notes_of

API = declare("service", "api", {"image": "api:1"})


def stack(*manifests, **states):
    """An applied stack, with the state that a later apply recorded for each service."""
    found = AppliedStack(FakePlatform(), empty())
    found.apply(found.plan(want(*manifests)))
    owned = tuple(replace(entry, **states.get(entry.name, {})) for entry in found.record.owned)
    found.record = replace(found.record, owned=owned)
    return found


@pytest.mark.parametrize(
    "recorded, state",
    [
        ("verified", "verified"),
        ("unverified", "unverified"),
        ("failed", "failed"),
        ("rolled back", "unverified"),
    ],
)
def test_an_unchanged_service_has_its_recorded_state_or_is_unverified_after_a_rollback(recorded, state):
    plan = stack(API, api={"state": recorded}).plan(want(API))

    assert plan.service_states == ({"api": state})


def test_a_service_held_after_a_rollback_has_the_state_rolled_back():
    found = stack(API)
    (owned,) = found.record.owned
    found.platform.get("service", owned.id)["image"] = "api:0"
    found.record = replace(found.record, owned=(replace(owned, state="rolled back"),))

    assert found.plan(want(API)).service_states == {"api": "rolled back"}


def test_written_and_deleted_services_have_no_state_in_the_plan():
    other = declare("service", "other", {"image": "other:1"})
    found = stack(API, other)

    plan = found.plan(want(declare("service", "api", {"image": "api:2"}), removed=[("service", "other")]))

    assert plan.service_states == {}


def test_a_service_with_wait_false_has_no_state_in_the_plan():
    careless = declare("service", "api", {"image": "api:1"}, wait=False)
    plan = stack(careless, api={"state": "failed"}).plan(want(careless))

    assert (plan.service_states, plan.verify) == ({}, ())


def test_a_renamed_service_is_deleted_once_the_new_one_is_up():
    web = declare("service", "web", {"image": "web:1"})
    renamed = Move(PLACE, "service", "api", "web", "", "", "service", "")

    plan = stack(API, web, web={"state": "failed"}).plan(want(web), replaced={("service", "api"): renamed})

    deleted = change(plan, "service", "api")
    assert (deleted.consented, [blocker.service for blocker in deleted.waits_for]) == (True, ["web"])


def test_a_run_of_targets_waits_only_for_targets():
    worker = declare("service", "worker", {"image": "worker:1"})
    found = stack(API, worker, api={"state": "failed"})

    assert found.plan(want(API, worker), targets=frozenset({("service", "worker")})).service_states == {
        "worker": "verified"
    }


def test_a_write_that_does_not_wait_for_a_dependency_says_why():
    two, worker = (
        declare("service", "worker", {"image": "w:1", "replicas": count}, depends_on=["api"])
        for count in (2, 1)
    )
    found = stack(API, two, api={"state": "failed"})

    lowered = found.plan(want(API, worker))
    raised = found.plan(
        want(API, declare("service", "worker", {"image": "w:1", "replicas": 3}, depends_on=["api"]))
    )

    assert change(lowered, "service", "worker").waits_for == ()
    assert any("it only lowers replicas" in note for note in notes_of(lowered))
    assert [blocker.service for blocker in change(raised, "service", "worker").waits_for] == ["api"]


def test_a_return_to_the_last_verified_spec_does_not_wait():
    worker = declare("service", "worker", {"image": "w:1"}, depends_on=["api"])
    found = stack(API, worker, api={"state": "failed"})
    before = next(owned for owned in found.record.owned if owned.name == "worker")
    worse = declare("service", "worker", {"image": "w:bad"}, depends_on=["api"])
    found.apply(found.plan(want(API, worse)))
    bad = next(owned for owned in found.record.owned if owned.name == "worker")
    found.record = replace(
        found.record,
        owned=tuple(
            replace(bad, state="failed", last_verified=before.applied) if owned.name == "worker" else owned
            for owned in found.record.owned
        ),
    )

    assert change(found.plan(want(API, worker)), "service", "worker").goes_ahead
    assert not change(
        found.plan(want(API, declare("service", "worker", {"image": "w:3"}, depends_on=["api"]))),
        "service",
        "worker",
    ).goes_ahead


def test_a_return_to_the_verified_spec_after_drift_does_not_wait():
    worker = declare("service", "worker", {"image": "w:1"}, depends_on=["api"])
    found = stack(API, worker, api={"state": "failed"})
    live = next(owned for owned in found.record.owned if owned.name == "worker")
    found.platform.get("service", live.id)["image"] = "w:by-hand"

    plan = found.plan(want(API, worker))

    assert change(plan, "service", "worker").goes_ahead == "last verified"
    assert change(plan, "service", "worker").waits_for == ()


def test_a_missing_service_of_another_file_holds_deletes():
    other = declare("service", "other", {"image": "o:1"}, source=Source(REPOSITORY, "b/m.yaml"))
    foreign = declare("service", "foreign", {"image": "o:1"}, source=Source("github.com/x/y", "m.yaml"))
    old = declare("service", "old", {"image": "old:1"})
    found = stack(API, other, foreign, old)
    for name in ("other", "foreign"):
        gone = next(owned for owned in found.record.owned if owned.name == name)
        found.platform.delete("service", gone.id)
    covered = (Covered(REPOSITORY, "site.yaml"),)

    plan = found.plan(want(API), covered=covered)
    consented = found.plan(want(API, removed=[("service", "other")]), covered=covered)

    assert [blocker.service for blocker in change(plan, "service", "old").waits_for] == ["other"]
    assert change(consented, "service", "old").waits_for == ()


def test_nested_folders_are_one_repository():
    other = declare("service", "other", {"image": "o:1"}, source=Source("/home/x", "b/m.yaml"))
    old = declare("service", "old", {"image": "old:1"}, source=Source("/home/x/a", "m.yaml"))
    found = stack(other, old, other={"state": "failed"})

    plan = found.plan(want(API), covered=(Covered("/home/x/a", ""),))

    assert [blocker.service for blocker in change(plan, "service", "old").waits_for] == ["other"]
