"""The text for services and their rollouts."""

import pytest

from reconciler.model import Address, Owned
from reconciler.model.failure import Failure
from reconciler.model.rollout import RolloutResult
from reconciler.render.services import running_text, running_text_of, unwritten_text, written_text
from tests.test_health import of
from tests.test_rollout import task


@pytest.mark.parametrize(
    "former, text",
    [
        ("", "2 of 3 running"),
        ("ab", "2 of 3 running, of the previous version"),
        ("a", "2 of 3 running, 1 of the previous version"),
    ],
)
def test_the_number_of_running_tasks_is_always_shown_alike(former, text):
    assert running_text(of(task("a"), task("b"), replicas=3, former=former)) == text


def test_an_unrecorded_version_is_shown_as_unknown():
    found = of(task("a"), task("b"), replicas=2, verified="a")
    failed_once = Owned("service", "api", "api", "s1", state="failed", known=("z",))

    assert running_text_of(Owned("service", "api", "api", "s1"), found) == "2 of 2 running, version not known"
    assert (
        running_text_of(Owned("service", "api", "api", "s1"), of(task("a"), verified="a")) == "1 of 1 running"
    )
    assert running_text_of(failed_once, found) == "2 of 2 running"


@pytest.mark.parametrize(
    "more, text",
    [
        ({}, ""),
        ({"state": "unverified", "advancing": True}, "; the rollout goes on, the next apply verifies it"),
        (
            {"state": "rolled back", "put_back": True},
            "; its previous spec was restored (on_failure: rollback)",
        ),
        (
            {"not_put_back": Failure("unreachable", "no answer")},
            "; its previous spec could not be restored: no answer",
        ),
    ],
    ids=["failed", "advancing", "put back", "not put back"],
)
def test_a_failed_rollout_shows_task_messages_and_consequences(more, text):
    result = RolloutResult(
        "not up in time", "failed", health=of(task("a"), replicas=2), errors=("exit 1",), within=60.0
    )

    assert written_text(result._replace(**more)) == f"1 of 2 running (after 60 s); exit 1{text}"


@pytest.mark.parametrize(
    "result, text",
    [
        (
            RolloutResult("as recorded", "rolled back"),
            "production/service/api rolled back at its last rollout",
        ),
        (
            RolloutResult("deleted", "failed"),
            "production/service/api is not up: the service was deleted meanwhile",
        ),
        (
            RolloutResult("tasks unseen", "unverified"),
            "production/service/api: not verified: tasks of other services are listed, and none of this one",
        ),
    ],
    ids=["recorded", "gone", "unknown"],
)
def test_a_problem_of_an_unwritten_service_names_it(result, text):
    assert unwritten_text(Address("production", "service", "api"), result) == text
