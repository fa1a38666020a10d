"""Restarts over real HTTP with the emulator; waits use the test's own clock."""

import pytest

from reconciler.model import Address, Record
from reconciler.model.operation import AnswerLost, OperationEnd
from reconciler.pipeline.lookups import services_at
from reconciler.pipeline.operation import exit_code
from reconciler.pipeline.restart import LOOK_FOR, restart
from reconciler.record.codec import Head, encode, encode_head
from reconciler.record.names import head
from reconciler.render.operations import end_text, operation_line


def service(name="api"):
    return Address("production", "service", name)


def restarted(session, watch, *addresses, wait=True, lines=None):
    found = services_at(session, addresses)
    return restart(
        session,
        found,
        timeout=60,
        wait=wait,
        tell=[].append if lines is None else lines.append,
        clock=watch.clock(),
    )


def test_a_restart_is_watched_until_the_new_tasks_run(api, session, watch):
    made = api.make("services", name="api", image="nginx:1", replicas=2)
    before = {task["id"] for task in api.all("tasks")}
    lines: list[str] = []

    ended = restarted(session, watch, service(), lines=lines)

    running = {
        task["id"]
        for task in api.all("tasks")
        if task["service_id"] == made["id"] and task["status"]["state"] == "running"
    }
    assert [operation_line(result) for result in ended] == ["production/service/api: done, 2 of 2 running"]
    assert exit_code(ended) == 0
    assert len(running) == 2
    assert not running & before
    assert lines == ["production/service/api: restarting", "api: 2 of 2 running"]


def test_a_restart_need_not_be_watched(api, session, watch):
    api.make("services", name="api", image="nginx:1")

    (ended,) = restarted(session, watch, service(), wait=False)

    assert (ended.status, ended.end, watch.time) == (
        "applied",
        OperationEnd.RESTART_NOT_WATCHED,
        0.0,
    )


def test_tasks_that_crash_fail_a_restart(api, session, watch):
    api.make("services", name="api", image="nginx:crash")

    (ended,) = restarted(session, watch, service())

    assert ended.status == "failed"
    assert exit_code([ended]) == 1


def test_without_task_lists_a_restart_is_accepted_and_not_verified(api, session, watch):
    api.make("services", name="api", image="nginx:1")
    api.fault("404", "/tasks$", method="GET")

    (ended,) = restarted(session, watch, service())

    assert (ended.status, end_text(ended).partition(":")[0]) == ("applied", "accepted, not verified")


@pytest.mark.parametrize("answer", ["404", "403"])
def test_if_tasks_are_no_longer_shown_a_restart_is_not_verified(api, session, watch, answer):
    api.make("services", name="api", image="nginx:1")
    record = encode(Record("clinic", number=1, salt="00", shows_tasks=True))
    body = encode_head(Head("clinic", 1, "n", None, record))
    api.make("configs", name=head("clinic", 1), data=body)
    api.fault(answer, "/tasks$", method="GET")

    (ended,) = restarted(session, watch, service())

    assert (ended.status, exit_code([ended])) == ("unknown", 1)
    assert "this cluster has shown tasks before, and shows none now" in end_text(ended)


def test_a_restart_with_a_lost_answer_is_done_if_new_tasks_appear(api, session, watch):
    api.make("services", name="api", image="nginx:1")
    api.fault("drop-after", "refresh_image", nth=1)
    lines: list[str] = []

    (ended,) = restarted(session, watch, service(), lines=lines)

    assert ended.status == "applied"
    assert "production/service/api: the answer was lost, but new tasks show that it restarts" in lines
    assert api.writes().count("POST refresh_image") == 1


def test_a_restart_with_a_lost_answer_and_no_new_tasks_is_unknown(api, session, watch):
    api.make("services", name="api", image="nginx:1")
    api.fault("drop-before", "refresh_image")

    (ended,) = restarted(session, watch, service())

    assert ended.status == "unknown"
    assert isinstance(ended.end, AnswerLost)
    assert LOOK_FOR <= watch.time < LOOK_FOR + 2
    assert api.writes().count("POST refresh_image") == 1
