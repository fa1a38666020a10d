"""The health of a service by the states of its Docker Swarm tasks."""

import pytest

from reconciler.health import fits, health, health_of, while_written
from reconciler.model import Owned
from tests.test_rollout import failed, task


def of(*tasks, replicas=1, **known):
    return health(tasks, replicas=replicas, **known)


@pytest.mark.parametrize(
    "state", ["new", "pending", "assigned", "accepted", "preparing", "ready", "starting"]
)
def test_tasks_that_have_not_started_are_coming(state):
    found = of(task("a", state))

    assert (found.coming, found.running, found.is_hopeless) == ({"a"}, set(), False)


@pytest.mark.parametrize("state", ["failed", "rejected", "complete"])
def test_a_task_that_ended_by_itself_has_failed_even_with_success(state):
    assert of(failed("a", state=state)).failed == {"a"}


@pytest.mark.parametrize("state", ["shutdown", "orphaned", "remove"])
def test_a_task_that_was_stopped_or_lost_its_node_has_not_failed(state):
    assert of(task("a", state, desired="shutdown")).failed == set()


@pytest.mark.parametrize("desired", ["shutdown", "remove"])
def test_a_task_that_is_being_stopped_is_leaving_while_it_runs(desired):
    found = of(task("a", desired=desired), task("b"))

    assert (found.running, found.leaving, found.is_whole) == ({"b"}, {"a"}, True)


def test_a_service_with_0_replicas_is_whole_once_no_task_runs():
    assert of(replicas=0).is_whole
    assert not of(task("a", desired="remove"), replicas=0).is_whole
    assert not of(task("a"), replicas=0, former={"a"}).is_whole


def test_failures_before_the_newest_verified_task_do_not_count():
    old = {**failed("a"), "created_at": "2026-01-01T00:00:00Z"}
    good = {**task("b", "failed", desired="shutdown"), "created_at": "2026-01-02T00:00:00Z"}
    new = {**failed("c"), "created_at": "2026-01-03T00:00:00Z"}

    assert of(old, good, new, verified={"b"}).failed == {"b", "c"}


def test_a_recorded_services_health_uses_its_recorded_task_ids():
    tasks = [task("a"), task("b")]
    body = {"replicas": 2}

    up = health_of(Owned("service", "api", "api", "s1", tasks=("a", "b")), body, tasks)
    down = health_of(Owned("service", "api", "api", "s1", state="failed", known=("a",)), body, tasks)

    assert up.is_settled
    assert down.former == {"a"}
    assert not down.is_whole


def test_tasks_fit_a_spec_if_the_fields_that_start_tasks_are_equal():
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
def test_a_service_being_written_is_verified_while_only_verified_tasks_run(state, tasks, shown):
    owned = Owned("service", "api", "api", "s1", state=state, tasks=("a",))
    found = None if tasks is None else health_of(owned, {"replicas": 1}, tasks)

    assert while_written(owned, found).state == shown
