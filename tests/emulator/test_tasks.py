"""Rollouts: how tasks start, how they fail, and the effects of a failed update."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.emulator import tasks
from reconciler.emulator.shown import describe
from reconciler.emulator.spec import DEFAULTS
from tests.emulator.conftest import SLOW

LIFE = ["new", "pending", "assigned", "accepted", "preparing", "ready", "starting", "running"]


def service(**spec):
    return {"id": "s", "spec": {**DEFAULTS, **spec}, "tasks": [], "revert_at": None}


def target(template=1, *, replicas=1, fate="run", begin=0.0):
    return tasks.TaskTarget(template=template, replicas=replicas, image="a:1", fate=fate, begin=begin)


def shown(made, now):
    return describe(made, now, 1)[0]


def states(made, now):
    return [task["status"]["state"] for task in shown(made, now)]


def running(made, now):
    return [task["id"] for task in shown(made, now) if task["status"]["state"] == "running"]


def test_task_goes_through_its_states_in_order():
    made = tasks.schedule(service(), target(), before=None, now=100.0, pace=1.0)
    seen = [states(made, 100.0 + step / 100)[0] for step in range(40)]
    assert list(dict.fromkeys(seen)) == LIFE


def test_task_has_a_container_once_it_starts():
    made = tasks.schedule(service(), target(), before=None, now=100.0, pace=1.0)
    assert shown(made, 100.0)[0]["container_id"] is None
    assert len(shown(made, 101.0)[0]["container_id"]) == 64


def test_with_pace_zero_rollouts_end_at_once():
    made = tasks.schedule(service(), target(replicas=3), before=None, now=100.0, pace=0.0)
    assert states(made, 100.0) == ["running"] * 3


def updated(former, *, fate="run", replicas=3, now=200.0, begin=0.0, before="run"):
    return tasks.schedule(
        former,
        target(2, replicas=replicas, fate=fate, begin=begin),
        before=target(1, replicas=replicas, fate=before),
        now=now,
        pace=1.0,
    )


@pytest.fixture
def up():
    """Create a service whose three tasks are running."""

    def make(**spec):
        return tasks.schedule(service(**spec), target(replicas=3), before=None, now=100.0, pace=1.0)

    return make


@pytest.mark.parametrize("order,least,most", [("stop-first", 2, 3), ("start-first", 3, 4)])
def test_update_replaces_one_task_after_the_other(up, order, least, most):
    former = up(update_order=order)
    made = updated(former)
    counts = [len(running(made, 200.0 + step / 100)) for step in range(300)]
    assert (min(counts), max(counts)) == (least, most)
    assert not set(running(made, 205.0)) & set(running(former, 199.0))
    assert len(running(made, 205.0)) == 3


def test_parallelism_zero_replaces_all_tasks_at_once(up):
    made = updated(up(update_parallelism=0))
    assert len(running(made, 200.24)) == 0
    assert len(running(made, 200.26)) == 3


def test_missing_image_is_rejected_at_once_and_again_every_five_seconds():
    made = tasks.schedule(service(), target(fate="reject"), before=None, now=100.0, pace=1.0)
    assert states(made, 100.15) == ["rejected", "accepted"]
    assert states(made, 105.1) == ["rejected"] * 2
    assert [task["desired_state"] for task in shown(made, 105.1)] == ["shutdown", "ready"]
    assert states(made, 105.35) == ["rejected"] * 3
    assert [task["desired_state"] for task in shown(made, 105.35)] == ["shutdown", "shutdown", "ready"]
    for now in (200.0, 100_000.0):
        errors = [
            task["status"]["error"] for task in shown(made, now) if task["status"]["state"] == "rejected"
        ]
        assert set(errors) == {"No such image: a:1"}
        assert len(errors) in (4, 5)


def test_crashing_container_runs_first_and_its_successor_waits_as_ready():
    made = tasks.schedule(service(), target(fate="crash"), before=None, now=100.0, pace=1.0)
    assert states(made, 100.3) == ["running"]
    assert [(task["status"]["state"], task["desired_state"]) for task in shown(made, 100.5)] == [
        ("failed", "shutdown"),
        ("ready", "ready"),
    ]
    assert states(made, 105.7) == ["failed", "running"]
    assert shown(made, 200.0)[0]["status"]["error"] == "task: non-zero exit (1)"
    ids = [task["id"] for task in shown(made, 200.0)]
    assert len(set(ids)) == 5
    assert ids[:4] == [task["id"] for task in shown(made, 200.01)][:4]


def test_completed_task_is_restarted_too():
    made = tasks.schedule(service(), target(fate="complete"), before=None, now=100.0, pace=1.0)
    assert states(made, 100.5) == ["complete", "ready"]
    assert shown(made, 100.5)[0]["status"]["error"] is None


def test_failed_update_pauses_with_the_other_tasks_untouched(up):
    made = updated(up(update_failure_action="pause"), fate="crash")
    assert made["revert_at"] is None
    assert len(running(made, 300.0)) == 2
    assert set(states(made, 300.0)) == {"failed", "ready", "running"}


@pytest.mark.parametrize("monitor,completes", [(5, False), (0, False), (1, True)])
def test_crash_after_three_seconds_fails_the_update_only_within_the_monitor(up, monitor, completes):
    former = up(update_failure_action="rollback", update_monitor=monitor)
    made = updated(former, fate="crash-late")
    assert (made["revert_at"] is None) == completes
    templates = {task["template"] for task in made["tasks"] if task["stop"] is None}
    assert templates == {2 if completes else 1}


def test_unchanged_write_during_a_pause_resumes_the_rollout(up):
    made = updated(up(update_failure_action="pause"), fate="crash")
    assert tasks.is_unfinished({**made, "template": 2}, 300.0)
    resumed = tasks.schedule(
        made,
        target(2, replicas=3, fate="crash"),
        before=target(2, replicas=3, fate="crash"),
        now=300.0,
        pace=1.0,
    )
    assert len(running(resumed, 310.9)) == 1


def test_failed_update_that_continues_reaches_every_task(up):
    made = updated(up(update_failure_action="continue"), fate="reject")
    assert "running" not in states(made, 300.0)


def test_failed_update_rolls_back(up):
    former = up(update_failure_action="rollback")
    made = updated(former, fate="crash")
    assert made["revert_at"] == pytest.approx(200.4)
    assert len(running(made, 300.0)) == 3
    assert len(set(running(made, 300.0)) & set(running(former, 199.0))) == 2


def test_rollback_of_a_start_first_update_never_stopped_a_task(up):
    former = up(update_failure_action="rollback", update_order="start-first")
    made = updated(former, fate="reject")
    assert set(running(made, 300.0)) == set(running(former, 199.0))


def test_failures_below_the_ratio_let_the_update_go_on(up):
    assert (
        updated(up(update_failure_action="rollback", update_max_failure_ratio=1.0), fate="crash")["revert_at"]
        is None
    )
    half = updated(up(update_failure_action="rollback", update_max_failure_ratio=0.5), fate="crash")
    assert half["revert_at"] == pytest.approx(200.8)


def test_next_update_cancels_the_rest_of_the_previous_one(up):
    failing = updated(up(update_failure_action="rollback"), fate="crash")
    mended = tasks.schedule(
        failing, target(3, replicas=3), before=target(2, replicas=3, fate="crash"), now=200.1, pace=1.0
    )
    assert mended["revert_at"] is None
    assert len(running(mended, 300.0)) == 3
    assert {task["template"] for task in mended["tasks"] if task["stop"] is None} == {3}


def test_waiting_task_shows_why_and_starts_when_a_node_joins():
    made = tasks.schedule(service(), target(begin=None), before=None, now=100.0, pace=1.0)
    assert states(made, 900.0) == ["pending"]
    assert shown(made, 900.0)[0]["status"]["error"] == (
        "no suitable node (scheduling constraints not satisfied on 1 node)"
    )
    assert tasks.is_waiting(made, 900.0)
    placed = tasks.schedule(made, target(begin=950.0), before=None, now=900.0, pace=1.0)
    assert [task["id"] for task in placed["tasks"]] == [task["id"] for task in made["tasks"]]
    assert states(placed, 949.0) == ["pending"]
    assert states(placed, 951.0) == ["running"]


def test_update_that_finds_no_node_waits_at_its_first_batch(up):
    made = updated(up(), begin=None)
    assert sorted(states(made, 900.0)) == ["pending", "running", "running", "shutdown"]


UPDATES = st.lists(
    st.tuples(
        st.sampled_from(["run", "crash", "reject"]),
        st.integers(0, 4),
        st.booleans(),
        st.floats(0, 1.5),
    ),
    max_size=6,
)
POLICIES = st.fixed_dictionaries(
    {
        "update_order": st.sampled_from(["stop-first", "start-first"]),
        "update_parallelism": st.integers(0, 3),
        "update_failure_action": st.sampled_from(["pause", "continue", "rollback"]),
        "update_max_failure_ratio": st.sampled_from([0.0, 0.5, 1.0]),
    }
)


@given(UPDATES, POLICIES, st.integers(0, 4), st.floats(0, 1.5))
def test_good_update_always_ends_with_all_replicas_running(updates, policy, scaled, after):
    made, now, former = service(**policy), 100.0, target()
    made = tasks.schedule(made, former, before=None, now=now, pace=1.0)
    for template, (fate, replicas, placed, pause) in enumerate(updates, start=2):
        now += pause
        wanted = target(template, replicas=replicas, fate=fate, begin=0.0 if placed else None)
        made = tasks.schedule(made, wanted, before=former, now=now, pace=1.0)
        former = wanted
    made = tasks.schedule(made, target(99, replicas=2), before=former, now=now, pace=1.0)
    assert len(running(made, now + 1000)) == 2
    assert describe(made, now + 1000, 1)[1] == float("inf")
    made = tasks.schedule(made, target(99, replicas=scaled), before=None, now=now + after, pace=1.0)
    assert len(running(made, now + 1000)) == scaled


@given(UPDATES, POLICIES, st.floats(0, 5))
def test_state_description_is_valid_until_its_next_event(updates, policy, after):
    made = tasks.schedule(service(**policy), target(), before=None, now=100.0, pace=1.0)
    for template, (fate, replicas, _, _) in enumerate(updates, start=2):
        made = tasks.schedule(
            made, target(template, replicas=replicas, fate=fate), before=target(), now=100.0, pace=1.0
        )
    now = 100.0 + after
    first, until = describe(made, now, 1)
    before = now + (min(until, now + 100) - now) * 0.999
    assume(before < until)  # not if the two are the same number
    assert describe(made, before, 1)[0] == first


def test_rollback_changes_the_services_spec(slow):
    service = slow.create("services", name="api", image="redis:7", update_failure_action="rollback")
    slow.pass_time(SLOW)
    assert slow.states(service["id"]) == ["running"]
    bad = slow.patch(service["id"], image="redis:missing", hosts=["a.example.com"]).body
    assert bad["image"] == "redis:missing"
    assert slow.service(service["id"])["hosts"] == ["a.example.com"]
    slow.pass_time(SLOW)
    assert slow.service(service["id"]) == service
    assert slow.states(service["id"]) == ["rejected", "running", "shutdown"]
    assert slow.named("services", "api") == service


def test_task_has_the_documented_form_in_each_state(slow):
    service = slow.create("services", name="api", image="redis:crash")
    seen = set(slow.states(service["id"]))
    for _ in range(50):
        slow.pass_time(SLOW / 100)
        seen.update(slow.states(service["id"]))
    assert seen == {*LIFE, "failed"}
