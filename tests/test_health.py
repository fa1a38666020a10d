"""What tasks show of a service, in the states that Docker Swarm has."""

import pytest

from reconciler.health import fits, health, health_of, while_written
from reconciler.model import Owned
from tests.test_rollout import failed, task


def of(*tasks, replicas=1, **known):
    return health(tasks, replicas=replicas, **known)


@pytest.mark.parametrize(
    "state", ["new", "pending", "assigned", "accepted", "preparing", "ready", "starting"]
)
def test_what_has_yet_to_start_is_coming(state):
    found = of(task("a", state))

    assert (found.coming, found.running, found.is_hopeless) == ({"a"}, set(), False)


@pytest.mark.parametrize("state", ["failed", "rejected", "complete"])
def test_what_ended_by_itself_is_a_failure_also_if_it_ended_well(state):
    assert of(failed("a", state=state)).failed == {"a"}


@pytest.mark.parametrize("state", ["shutdown", "orphaned", "remove"])
def test_what_was_stopped_or_lost_its_node_is_none(state):
    assert of(task("a", state, desired="shutdown")).failed == set()


@pytest.mark.parametrize("desired", ["shutdown", "remove"])
def test_a_task_that_is_to_stop_is_leaving_for_as_long_as_it_runs(desired):
    found = of(task("a", desired=desired), task("b"))

    assert (found.running, found.leaving, found.is_whole) == ({"b"}, {"a"}, True)


def test_without_replicas_it_is_whole_once_nothing_runs_or_stops():
    assert of(replicas=0).is_whole
    assert not of(task("a", desired="remove"), replicas=0).is_whole
    assert not of(task("a"), replicas=0, former={"a"}).is_whole


def test_what_failed_before_the_newest_task_that_was_verified_is_long_over():
    old = {**failed("a"), "created_at": "2026-01-01T00:00:00Z"}
    good = {**task("b", "failed", desired="shutdown"), "created_at": "2026-01-02T00:00:00Z"}
    new = {**failed("c"), "created_at": "2026-01-03T00:00:00Z"}

    assert of(old, good, new, verified={"b"}).failed == {"b", "c"}


def test_a_service_of_the_record_is_reported_by_what_is_recorded():
    tasks = [task("a"), task("b")]
    body = {"replicas": 2}

    up = health_of(Owned("service", "api", "api", "s1", tasks=("a", "b")), body, tasks)
    down = health_of(Owned("service", "api", "api", "s1", state="failed", known=("a",)), body, tasks)

    assert up.is_settled
    assert down.former == {"a"}
    assert not down.is_whole


def test_what_ran_fits_what_is_declared_by_the_fields_that_start_tasks():
    ran = {"image": "a:1", "replicas": 2, "command": "x"}

    assert fits({"image": "a:1", "replicas": 3}, ran, ["image", "command"])
    assert not fits({"image": "a:2"}, ran, ["image", "command"])
    assert not fits({"image": "a:1", "args": "y"}, ran, ["image", "args"])


@pytest.mark.parametrize(
    "state, tasks, shown",
    [
        ("verified", [task("a")], "verified"),
        ("verified", [task("b")], "unverified"),
        ("verified", [failed("b")], "unverified"),
        ("verified", [], "unverified"),
        ("failed", [task("a")], "failed"),
        ("verified", None, "verified"),
    ],
)
def test_a_service_that_is_being_written_is_verified_while_only_what_was_verified_runs(state, tasks, shown):
    owned = Owned("service", "api", "api", "s1", state=state, tasks=("a",))
    found = None if tasks is None else health_of(owned, {"replicas": 1}, tasks)

    assert while_written(owned, found).state == shown
