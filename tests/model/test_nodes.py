"""A declared node that does not become Ready: no run treats it as Ready, and the next run continues."""

from pathlib import Path

import pytest

from tests.model.laws import ENABLED, Judge, judged
from tests.model.steps import Declare, DeclaredService, Drop, Hand, Run

API = DeclaredService()
MADE_IN = 10_000.0
"""Seconds until a node is Ready: longer than a run waits."""


@pytest.fixture
def waiting(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Judge:
    """A cluster with a declared node that is not Ready, and a service that is no longer declared."""
    monkeypatch.setattr("tests.model.platform.MADE_IN", MADE_IN)
    judge = judged(
        folder,
        (
            Declare("a", "node", "small", 2),
            Declare("a", "service", "api", API),
            Declare("a", "service", "db", API),
            Run("a"),
            Declare("a", "node", "small", 3),
            Hand("new node", "small"),
            Drop("a", "service", "api"),
            Declare("a", "service", "db", API._replace(image=2)),
        ),
    )
    assert judge.breaches(ENABLED) == []
    return judge


def test_an_apply_whose_node_is_not_ready_in_time_exits_1_and_deletes_nothing(waiting: Judge):
    waiting.do(Run("a"))

    assert "→ 1" in waiting.log[-1]
    assert "production/node/small: waited 1 minute for" in waiting.log[-1]
    assert waiting.wrote == ["PUT service db"]


def test_a_plan_is_not_empty_while_a_node_is_not_ready(waiting: Judge):
    waiting.do(Run("a"))
    waiting.do(Declare("a", "service", "api", API))
    waiting.do(Run("a"))

    code, text = waiting.world.planned(Run("a"))

    assert code == 2
    assert "production/node/small counts nodes that are not Ready" in text


def test_the_next_run_continues_once_the_node_is_ready(waiting: Judge):
    waiting.do(Run("a"))
    waiting.world.platform.time.pass_by(MADE_IN)
    waiting.do(Run("a", again=True))

    assert "→ 0" in waiting.log[-1]
    assert "DELETE service api" in waiting.log[-2]
    assert waiting.breaches(ENABLED) == []


def test_a_run_that_does_not_wait_ends_at_once_and_deletes_nothing(waiting: Judge):
    before = waiting.world.platform.time.now
    waiting.do(Run("a", wait=False))

    assert waiting.wrote == ["PUT service db"]
    assert waiting.world.platform.time.now - before < 60


def test_deletes_under_removed_do_not_wait_for_the_node(waiting: Judge):
    waiting.do(Declare("a", "service", "api", API))
    waiting.do(Run("a"))
    waiting.do(Drop("a", "service", "api", consent=True))
    waiting.do(Run("a"))

    assert "DELETE service api" in waiting.wrote
    assert "→ 1" in waiting.log[-1]
