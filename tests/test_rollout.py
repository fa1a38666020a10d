"""How rollouts end, by the tasks that the platform shows over time, with a simulated clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.api.client import ClusterRef
from reconciler.errors import NotFound, ServerFault, Unauthorized
from reconciler.health import LONGEST_CAUSE
from reconciler.model.rollout import MOST_CAUSES
from reconciler.render.services import rollout_text, running_text
from reconciler.rollout import (
    CLEAR_FAILURES,
    EMPTY_GRACE,
    ROLLBACK_GRACE,
    follow,
    judge,
    nothing_seen,
    observe,
)
from reconciler.watch import Watch

AT = ClusterRef("company_a", "cluster_a")
REFUSALS = [
    Unauthorized("no", status=401, method="GET", path="/tasks"),
    Unauthorized("no", status=403, method="GET", path="/tasks"),
    NotFound("no", status=404, method="GET", path="/tasks"),
]
FAULT = ServerFault("an error occurred", status=500, method="GET", path="/tasks")


def task(name, state="running", *, desired="running", error=None, message="", service="s1"):
    return {
        "id": name,
        "service_id": service,
        "status": {"timestamp": "yesterday", "state": state, "message": message, "error": error},
        "desired_state": desired,
        "created_at": "",
    }


def failed(name, error="task: non-zero exit (1)", state="failed", service="s1"):
    return task(name, state, desired="shutdown", error=error, service=service)


def after(known, **changes):
    """The watch of a write that replaces the tasks known before it."""
    return watch(prior=known, former=known, **changes)


def watch(**changes):
    return Watch(**{"name": "api", "id": "s1", "replicas": 1, "monitor": 5.0, **changes})


class ScriptedCluster:
    """``script``: the tasks that are listed from each second on, or the error that the list raises."""

    def __init__(self, script, *, rolled_back_at=float("inf"), services=("s1",), shows_tasks=False):
        self.shows_tasks = shows_tasks
        self.script, self.rolled_back_at, self.ids = script, rolled_back_at, services
        self.time, self.requests = 0.0, []
        self.services_raise = None

    def tasks(self, at, /):
        self.requests.append("tasks")
        return self._answer([answer for since, answer in self.script if since <= self.time][-1])

    def services(self, at, /):
        self.requests.append("services")
        return self._answer(
            self.services_raise or [{"id": service_id, "image": self.image} for service_id in self.ids]
        )

    @property
    def image(self):
        return "former" if self.time >= self.rolled_back_at else "new"

    def clock(self):
        return self.time

    def sleep(self, seconds):
        assert seconds > 0
        self.time += seconds

    def follow(self, *watches, timeout=120.0, **options):
        return follow(
            self,
            AT,
            [replace(each, within=timeout) for each in watches or [watch()]],
            spec_kept=lambda name, body: body["image"] == "new",
            shows_tasks=self.shows_tasks,
            clock=self.clock,
            sleep=self.sleep,
            **options,
        )

    @staticmethod
    def _answer(answer):
        if isinstance(answer, Exception):
            raise answer
        return answer


def message(found):
    """The text of a result, without the messages of its tasks."""
    return rollout_text(found._replace(errors=()))


def result(script, *, of=None, timeout=120.0, **options):
    return ScriptedCluster(script, **options).follow(of or watch(), timeout=timeout)["api"]


class TestVerified:
    def test_all_replicas_run_for_the_monitor_window(self):
        cluster = ScriptedCluster([(0, []), (1, [task("a", "preparing")]), (3, [task("a")])])
        assert cluster.follow()["api"].finding == "up"
        assert 8 <= cluster.time < 11

    def test_former_tasks_do_not_count_if_the_template_changed(self):
        script = [(0, [task("old")]), (20, [task("old", "shutdown", desired="shutdown"), task("new")])]
        cluster = ScriptedCluster(script)
        assert cluster.follow(after(frozenset({"old"})))["api"].finding == "up"
        assert cluster.time >= 25

    def test_former_tasks_count_if_the_template_did_not_change(self):
        cluster = ScriptedCluster([(0, [task("old")])])
        assert cluster.follow(watch(prior=frozenset({"old"})))["api"].finding == "up"
        assert cluster.time == 5

    def test_scaling_down_waits_until_surplus_tasks_have_stopped(self):
        script = [(0, [task("a"), task("b")]), (10, [task("a"), task("b", "shutdown", desired="shutdown")])]
        cluster = ScriptedCluster(script)
        assert cluster.follow(watch(prior=frozenset("ab")))["api"].finding == "up"
        assert cluster.time >= 15

    def test_a_failed_task_with_a_running_successor_is_not_a_failure(self):
        assert result([(0, [failed("a")]), (5, [failed("a"), task("b")])]).finding == "up"

    def test_a_replaced_task_restarts_the_window(self):
        cluster = ScriptedCluster([(0, [task("a")]), (4, [failed("a"), task("b")])])
        assert cluster.follow()["api"].finding == "up"
        assert cluster.time >= 9

    def test_a_task_that_is_being_stopped_does_not_count(self):
        cluster = ScriptedCluster([(0, [task("a", desired="shutdown")]), (9, [task("b")])])
        assert cluster.follow()["api"].finding == "up"
        assert cluster.time >= 14

    def test_states_are_read_in_any_case(self):
        assert result([(0, [task("a", "RUNNING", desired="Running")])]).finding == "up"

    def test_no_replicas_are_verified_as_soon_as_none_runs(self):
        stopping = task("a", desired="shutdown")
        cluster = ScriptedCluster([(0, [stopping]), (3, [task("a", "shutdown", desired="shutdown")])])
        assert cluster.follow(watch(replicas=0, prior=frozenset("a")))["api"].finding == "up"
        assert 3 <= cluster.time < 5

    def test_tasks_that_were_verified_before_need_no_new_window(self):
        cluster = ScriptedCluster([(0, [task("a"), task("b")])])
        found = cluster.follow(watch(replicas=2, verified=frozenset("abc")))["api"]
        assert (found.finding, found.tasks) == ("up", frozenset("ab"))
        assert cluster.time == 0

    def test_a_new_task_beside_verified_ones_needs_the_window(self):
        cluster = ScriptedCluster([(0, [task("a"), task("b")])])
        assert cluster.follow(watch(replicas=2, verified=frozenset("a")))["api"].finding == "up"
        assert cluster.time == 5

    def test_a_window_of_0_is_verified_at_the_first_look(self):
        cluster = ScriptedCluster([(0, [task("a")])])
        assert cluster.follow(watch(monitor=0.0))["api"].finding == "up"
        assert cluster.time == 0


class TestFailed:
    def test_repeated_failures_end_the_rollout_before_the_timeout(self):
        script = [(second, [failed(f"t{n}") for n in range(second)]) for second in range(20)]
        cluster = ScriptedCluster(script)
        found = cluster.follow()["api"]
        assert (found.status, found.errors) == ("failed", ("task: non-zero exit (1)",))
        assert message(found) == "0 of 1 running, 3 tasks failed"
        assert cluster.time < 6

    def test_failures_are_counted_though_the_platform_forgets_them(self):
        script = [(second, [failed(f"t{second}")]) for second in range(10)]
        assert result(script).status == "failed"

    def test_a_completed_task_that_is_restarted_is_a_failure_too(self):
        script = [(0, [task(f"t{n}", "complete", desired="shutdown", message="finished") for n in range(3)])]
        found = result(script)
        assert (found.status, found.errors) == ("failed", ("finished",))

    def test_a_few_failures_among_many_running_replicas_do_not_fail_a_rollout(self):
        fine = [task(f"r{n}") for n in range(9)]
        script = [(0, [*fine, *(failed(f"t{n}") for n in range(4))]), (10, [*fine, task("r9")])]
        assert result(script, of=watch(replicas=10)).finding == "up"

    def test_a_starting_task_prevents_a_failed_rollout(self):
        gone = [failed(f"t{n}") for n in range(3)]
        script = [(0, [*gone, task("a", "starting")]), (30, [*gone, task("a")])]
        assert result(script).finding == "up"

    def test_a_task_waiting_for_its_restart_is_not_starting(self):
        waiting = task("next", "ready", desired="ready")
        cluster = ScriptedCluster([(0, [*(failed(f"t{n}") for n in range(3)), waiting])])
        assert cluster.follow()["api"].status == "failed"
        assert cluster.time == 0

    def test_each_replica_of_a_batch_may_fail_three_times(self):
        script = [(second, [failed(f"t{n}") for n in range(second)]) for second in range(20)]
        cluster = ScriptedCluster(script)
        assert cluster.follow(watch(replicas=4, breadth=2))["api"].status == "failed"
        assert cluster.time >= 6

    def test_a_timeout_while_some_tasks_run_is_not_final(self):
        assert result([(0, [task("a")])], of=watch(replicas=2), timeout=60).advancing
        assert not result([(0, [task("a", "pending")])], of=watch(replicas=2), timeout=60).advancing

    def test_old_tasks_that_still_run_are_distinguished(self):
        known = frozenset("abc")
        former = [task("a"), *(failed(f"t{n}") for n in range(3))]
        found = result([(0, former)], of=after(known, replicas=3))
        assert message(found) == "1 of 3 running, of the previous version, 3 tasks failed"

    def test_a_timeout_shows_the_progress_and_task_messages(self):
        stuck = task(
            "b", "pending", error="no suitable node (scheduling constraints not satisfied on 3 nodes)"
        )
        found = result([(0, [task("a"), stuck])], of=watch(replicas=2), timeout=60)
        assert (found.status, message(found)) == ("failed", "1 of 2 running (after 60 s)")
        assert found.errors == ("no suitable node (scheduling constraints not satisfied on 3 nodes)",)

    def test_a_timeout_can_come_before_the_window_ends(self):
        found = result([(0, [task("a", "preparing")]), (58, [task("a")])], timeout=60)
        assert message(found) == "1 of 1 running, not yet for its window (after 60 s)"

    def test_a_deleted_service_is_reported(self):
        found = result([(0, [task("a")])], services=())
        assert (found.status, message(found)) == ("failed", "the service was deleted meanwhile")

    def test_errors_are_safe_to_show(self):
        noisy = [failed(f"t{n}", f"\x1b[31mbad\n::error::{n}" + "x" * 400) for n in range(8)]
        found = result([(0, noisy)])
        assert len(found.errors) == MOST_CAUSES
        assert all(error.isprintable() and len(error) == LONGEST_CAUSE for error in found.errors)
        assert found.errors[0].startswith("[31mbad ::error::0")


class TestRolledBack:
    def test_a_rollback_is_found_after_the_window(self):
        script = [(0, [failed("a")]), (2, [failed("a"), task("b")])]
        found = result(script, rolled_back_at=1)
        assert (found.state, found.errors) == ("rolled back", ("task: non-zero exit (1)",))

    def test_a_single_failure_triggers_a_look_for_a_rollback(self):
        cluster = ScriptedCluster([(0, [task("old"), failed("a")])], rolled_back_at=3)
        assert cluster.follow(after(frozenset({"old"})))["api"].state == "rolled back"
        assert cluster.time < 6

    def test_a_rollback_without_a_seen_failure_is_found(self):
        assert result([(0, [task("a")])], rolled_back_at=2).state == "rolled back"

    def test_a_service_with_automatic_rollback_gets_time_for_it(self):
        script = [(0, [failed("a"), failed("b"), failed("c")])]
        assert result(script, rolled_back_at=20).status == "failed"
        assert result(script, of=watch(rolls_back=True), rolled_back_at=20).state == "rolled back"

    def test_the_time_for_an_automatic_rollback_is_limited(self):
        cluster = ScriptedCluster([(0, [failed("a"), failed("b"), failed("c")])])
        assert cluster.follow(watch(rolls_back=True))["api"].status == "failed"
        assert ROLLBACK_GRACE <= cluster.time <= ROLLBACK_GRACE + 3

    def test_a_rollback_is_found_at_the_timeout(self):
        assert result([(0, [task("a", "preparing")])], rolled_back_at=50, timeout=60).state == "rolled back"


class TestNotVerified:
    @pytest.mark.parametrize("refusal", REFUSALS, ids=lambda error: error.status)
    def test_a_write_is_accepted_if_the_platform_refuses_the_list_of_tasks(self, refusal):
        cluster = ScriptedCluster([(0, refusal)])
        found = cluster.follow()["api"]
        assert found.finding == "no tasks shown"
        assert "accepted, not verified" in message(found)
        assert cluster.time == 5
        assert cluster.requests == ["tasks", "services"]

    def test_a_rollback_is_found_without_task_lists(self):
        assert result([(0, REFUSALS[1])], rolled_back_at=4).state == "rolled back"

    def test_a_write_is_accepted_if_the_platform_lists_no_tasks(self):
        cluster = ScriptedCluster([(0, [])])
        assert cluster.follow()["api"].finding == "no tasks shown"
        assert EMPTY_GRACE <= cluster.time < EMPTY_GRACE + 3

    @pytest.mark.parametrize("answer", [[], *REFUSALS], ids=str)
    def test_an_empty_list_from_a_cluster_that_has_shown_tasks_is_not_trusted(self, answer):
        found = result([(0, answer)], shows_tasks=True)
        assert found.state == "unverified"
        assert "this cluster has shown tasks before, and shows none now" in message(found)
        assert "--no-tasks" in message(found)

    def test_a_cluster_is_trusted_again_once_it_shows_tasks(self):
        assert result([(0, REFUSALS[0]), (9, [task("a")])], shows_tasks=True).finding == "up"

    def test_disappearing_tasks_do_not_mean_a_platform_without_task_lists(self):
        assert result([(0, [task("a", "preparing")]), (3, REFUSALS[0])]).state == "unverified"

    def test_if_only_tasks_of_other_services_are_shown_the_state_is_unknown(self):
        cluster = ScriptedCluster([(0, [task("x", service="s9")])])
        found = cluster.follow()["api"]
        assert (found.state, message(found)) == (
            "unverified",
            "not verified: tasks of other services are listed, and none of this one",
        )
        assert cluster.time < EMPTY_GRACE + 3

    def test_a_list_that_fails_for_a_while_is_only_waited_for(self):
        assert result([(0, FAULT), (20, [task("a")])]).finding == "up"

    def test_a_list_that_fails_until_the_timeout_leaves_the_state_unknown(self):
        found = result([(0, FAULT)], timeout=60)
        assert found.state == "unverified"
        assert "an error occurred" in message(found)

    def test_a_spec_that_can_not_be_read_leaves_the_state_unknown(self):
        cluster = ScriptedCluster([(0, [task("a")])])
        cluster.services_raise = FAULT
        assert cluster.follow(timeout=60)["api"].state == "unverified"

    def test_a_task_without_a_status_is_not_running(self):
        bare = {"id": "a", "service_id": "s1", "status": None}
        found = result([(0, [bare])], timeout=60)
        assert (found.status, found.errors) == ("failed", ())


class TestTogether:
    def test_every_service_gets_its_own_result(self):
        script = [(0, [task("a"), *(failed(f"t{n}", service="s2") for n in range(3))])]
        cluster = ScriptedCluster(script, services=("s1", "s2"))
        found = cluster.follow(watch(), watch(name="db", id="s2"))
        assert {name: ended.state for name, ended in found.items()} == {"api": "verified", "db": "failed"}

    def test_requests_do_not_grow_with_the_number_of_services(self):
        def requests(count):
            ids = [f"s{n}" for n in range(count)]
            cluster = ScriptedCluster(
                [(0, [task(f"t{service_id}", service=service_id) for service_id in ids])], services=ids
            )
            found = cluster.follow(*(watch(name=service_id, id=service_id) for service_id in ids))
            assert {ended.finding for ended in found.values()} == {"up"}
            return len(cluster.requests)

        assert requests(1_000) == requests(1)

    def test_polls_become_less_frequent(self):
        cluster = ScriptedCluster([(0, [task("a", "preparing")])])
        cluster.follow(timeout=300)
        assert len(cluster.requests) < 165

    def test_without_services_no_request_is_sent(self):
        cluster = ScriptedCluster([(0, [])])
        assert follow(cluster, AT, [], spec_kept=lambda *_: True, clock=cluster.clock) == {}
        assert cluster.requests == []

    def test_progress_is_reported_when_it_changes(self):
        reported = []
        cluster = ScriptedCluster([(0, []), (2, [task("a")]), (5, [task("a"), task("b")])])
        cluster.follow(watch(replicas=2), progress=lambda *progress: reported.append(progress))
        assert [(name, running_text(health)) for name, health in reported] == [
            ("api", "1 of 2 running"),
            ("api", "2 of 2 running"),
        ]


states = st.sampled_from(["preparing", "running", "failed", "shutdown"])
looks = st.lists(st.dictionaries(st.sampled_from("abcd"), states, max_size=4), min_size=1, max_size=12)


@given(looks, st.integers(0, 3), st.frozensets(st.sampled_from("ab")))
def test_a_service_is_steady_only_after_an_unchanged_whole_window(lists, replicas, former):
    service = watch(replicas=replicas, monitor=3.0, prior=former, former=former)
    observed, history = nothing_seen(service), []
    for second, states in enumerate(lists):
        tasks = [task(name, state) for name, state in states.items()]
        observed = observe(service, observed, tasks, float(second))
        running = {name for name in states if states[name] == "running"}
        history.append(running - former if replicas else running)
        if judge(service, observed, now=float(second)) == "steady":
            window = history[-4:] if replicas else history[-1:]
            assert len(window) == (4 if replicas else 1)
            assert all(running == window[0] and len(running) == replicas for running in window)


@given(looks)
def test_the_number_of_failures_never_decreases_and_clear_failures_end_it(lists):
    observed = nothing_seen(watch())
    for second, states in enumerate(lists):
        before = observed
        observed = observe(
            watch(), observed, [task(name, state) for name, state in states.items()], float(second)
        )
        assert observed.failed >= before.failed
        if len(observed.failed) >= CLEAR_FAILURES and not {"running", "preparing"} & set(states.values()):
            assert judge(watch(), observed, now=float(second)) == "failed"
