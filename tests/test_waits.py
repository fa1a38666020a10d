"""Which changes wait for which services."""

import pytest

from reconciler.model import Address, Blocker, Owned, ServiceState
from reconciler.waits import blockers, waiting
from tests.changes import change_of
from tests.planning.build import declare

DOWN: dict[str, ServiceState] = {
    "a": "verified",
    "b": "failed",
    "c": "unverified",
    "d": "rolled back",
    "e": "down",
}


def delete(kind="config", **more):
    return change_of(Address("production", kind, "old"), "delete", **more)


def write(*depends_on, **more):
    manifest = declare("service", "api", {}, depends_on=depends_on)
    return change_of(manifest.address, "update", desired=manifest, **more)


def test_a_delete_waits_for_every_service_that_is_not_up():
    assert [blocker.service for blocker in blockers(delete(), DOWN)] == ["b", "c", "d", "e"]


@pytest.mark.parametrize(
    "change", [delete(consented=True), delete("node", consented=True)], ids=["removed", "node"]
)
def test_a_delete_under_removed_does_not_wait(change):
    assert blockers(change, DOWN) == ()


@pytest.mark.parametrize(
    "now, waits", [("verified", False), ("failed", True), ("unverified", True), (None, True)]
)
def test_a_delete_under_removed_waits_for_services_that_worked_with_it_last(now, waits):
    change = delete(consented=True, worked_with=(Blocker("api", "failed"),))
    states = DOWN if now is None else {**DOWN, "api": now}

    assert blockers(change, states) == ((Blocker("api", now or "failed"),) if waits else ())


def test_a_service_of_another_stack_has_its_recorded_state():
    worked_with = (Blocker("a", "failed", "other"),)
    assert blockers(delete(consented=True, worked_with=worked_with), DOWN) == worked_with


def test_a_delete_waits_once_for_a_service_that_worked_with_it_last():
    change = delete(worked_with=(Blocker("b", "failed"), Blocker("z", "failed")))
    assert [blocker.service for blocker in blockers(change, DOWN)] == ["b", "c", "d", "e", "z"]


def test_an_old_version_needs_no_consent_but_waits():
    former = delete(consented=True, owned=Owned("config", "old", "old.v1", "1", retired=True))

    assert blockers(former, DOWN)


@pytest.mark.parametrize("name, waits", [("a", False), ("b", True), ("c", False), ("d", True), ("e", True)])
def test_a_write_waits_for_dependencies_that_are_down(name, waits):
    assert bool(blockers(write(name), DOWN)) == waits


def test_a_write_that_goes_ahead_does_not_wait():
    assert blockers(write("b", goes_ahead="fewer replicas"), DOWN) == ()


def test_services_without_a_state_hold_nothing():
    assert waiting([delete(), write("z")], {"a": "verified"}) == {}
