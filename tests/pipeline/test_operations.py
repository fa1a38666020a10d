"""Restart, reboot and the like, over real HTTP against the emulator; the waiting is by a clock of the test's own."""

from typing import Any

import pytest

from reconciler.emulator import serve
from reconciler.model import Address, Sensitive
from reconciler.pipeline.lookups import nodes_at, services_at, webhooks_at
from reconciler.pipeline.operations import (
    LOOK_FOR,
    NOTICE,
    READY_WITHIN,
    OperationClock,
    exit_code,
    reboot,
    restart,
    test_webhooks,
)
from reconciler.pipeline.session import connect
from tests.pipeline.outside import Outside

send_tests = test_webhooks
del test_webhooks  # it is no test


class Watch:
    """A clock that goes as far as one sleeps, and so never waits."""

    def __init__(self) -> None:
        self.time = 0.0
        self.asleep: Any = lambda: None

    def clock(self) -> OperationClock:
        return OperationClock(now=lambda: self.time, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        self.time += seconds
        self.asleep()


@pytest.fixture
def watch() -> Watch:
    return Watch()


def service(name="api"):
    return Address("production", "service", name)


def node(name):
    return Address("production", "node", name)


def restarted(session, watch, *addresses, wait=True, told=None):
    found = services_at(session, addresses)
    return restart(
        session,
        found,
        timeout=60,
        wait=wait,
        tell=[].append if told is None else told.append,
        clock=watch.clock(),
    )


def test_a_restart_is_seen_through(api, session, watch):
    made = api.make("services", name="api", image="nginx:1", replicas=2)
    before = {one["id"] for one in api.all("tasks")}
    told: list[str] = []

    ended = restarted(session, watch, service(), told=told)

    running = {
        one["id"]
        for one in api.all("tasks")
        if one["service_id"] == made["id"] and one["status"]["state"] == "running"
    }
    assert [str(one) for one in ended] == ["production/service/api: done, 2 of 2 running"]
    assert exit_code(ended) == 0
    assert len(running) == 2
    assert not running & before
    assert told == ["production/service/api: restarting", "api: 2 of 2 running"]


def test_a_restart_need_not_be_waited_for(api, session, watch):
    api.make("services", name="api", image="nginx:1")

    (ended,) = restarted(session, watch, service(), wait=False)

    assert (ended.status, ended.message, watch.time) == (
        "done",
        "restart accepted; its rollout was not watched",
        0.0,
    )


def test_tasks_that_crash_fail_a_restart(api, session, watch):
    api.make("services", name="api", image="nginx:crash")

    (ended,) = restarted(session, watch, service())

    assert ended.status == "failed"
    assert exit_code([ended]) == 1


def test_where_no_tasks_are_shown_a_restart_is_accepted_and_not_verified(api, session, watch):
    api.make("services", name="api", image="nginx:1")
    api.fault("404", "/tasks$", method="GET")

    (ended,) = restarted(session, watch, service())

    assert (ended.status, ended.message.partition(":")[0]) == ("done", "accepted, not verified")


def test_a_lost_answer_is_no_question_where_new_tasks_show_it(api, session, watch):
    api.make("services", name="api", image="nginx:1")
    api.fault("drop-after", "refresh_image", nth=1)
    told: list[str] = []

    (ended,) = restarted(session, watch, service(), told=told)

    assert ended.status == "done"
    assert "production/service/api: the answer was lost, but new tasks show that it restarts" in told
    assert api.writes().count("POST refresh_image") == 1


def test_a_lost_answer_with_nothing_to_show_for_it_is_told_as_what_it_is(api, session, watch):
    api.make("services", name="api", image="nginx:1")
    api.fault("drop-before", "refresh_image")

    (ended,) = restarted(session, watch, service())

    assert ended.status == "unknown"
    assert "it may or may not have restarted" in ended.message
    assert LOOK_FOR <= watch.time < LOOK_FOR + 2
    assert api.writes().count("POST refresh_image") == 1


def test_nodes_are_rebooted_one_after_the_other(api, session, watch):
    made = api.make("nodes", size_id="node_size_kwM9o3B8")
    nodes = api.all("nodes")
    manager = next(one for one in nodes if one["swarm_manager"])

    found = nodes_at(session, [node(manager["public_ip_address"]), node(made["id"])])
    ended = reboot(session, found, tell=lambda _: None, clock=watch.clock())

    assert [one.status for one in ended] == ["done", "done"]
    paths = [
        one["path"] for one in api.ask("GET", "/_emulator/requests")["requests"] if one["method"] == "POST"
    ]
    assert [one.split("/")[-2] for one in paths if one.endswith("/reboot")] == [manager["id"], made["id"]]
    assert watch.time >= 2 * NOTICE


def test_a_node_is_waited_for_until_it_is_ready_again(session, watch):
    with (
        serve(pace=0.2) as emulator,
        connect(emulator.url, key=emulator.key, value=Sensitive(emulator.value), parallelism=4) as paced,
    ):
        with Outside(emulator) as api:
            (manager,) = api.all("nodes")
        told: list[str] = []

        (ended,) = reboot(paced, nodes_at(paced, [node(manager["id"])]), tell=told.append)

    assert (ended.status, ended.message) == ("done", "rebooted, and Ready again")
    assert told == [f"production/node/{manager['id']}: {word}" for word in ("rebooting", "updating")]


def test_the_first_node_that_is_not_well_ends_it(api, session, watch):
    made = api.make("nodes", size_id="node_size_kwM9o3B8")
    (manager,) = (one for one in api.all("nodes") if one["swarm_manager"])
    api.fault("drop-before", "/reboot$", nth=1)

    found = nodes_at(session, [node(made["id"]), node(manager["id"])])
    ended = reboot(session, found, tell=lambda _: None, clock=watch.clock())

    assert [one.status for one in ended] == ["unknown", "skipped"]
    assert "it was Ready all along" in ended[0].message
    assert exit_code(ended) == 1


def test_a_node_that_cannot_be_read_is_given_time_and_no_more(api, session, watch):
    (manager,) = api.all("nodes")
    found = nodes_at(session, [node(manager["id"])])
    api.fault("403", f"/nodes/{manager['id']}$", method="GET")

    (ended,) = reboot(session, found, tell=lambda _: None, clock=watch.clock())

    assert ended.status == "failed"
    assert "not Ready again after 30 minutes" in ended.message
    assert watch.time >= READY_WITHIN


def test_a_webhook_goes_by_id(api, session, hooks):
    ended = send_tests(session, webhooks_at(session, [hooks[0]["id"], "audit"]))

    shown = api.ask("GET", f"{api.company}/webhooks/outgoing/{hooks[0]['id']}")
    assert shown["metadata"]["last_triggered"]
    assert [one.what for one in ended] == ["deploys (a.example.com)", "audit (c.example.com)"]
    assert exit_code(ended) == 0


def test_a_test_whose_answer_was_lost_is_unknown(api, session, hooks):
    found = webhooks_at(session, ["audit"])
    api.fault("drop-before", "/test$")

    (ended,) = send_tests(session, found)

    assert ended.status == "unknown"
    assert api.writes().count("POST test") == 1
