"""The shortest sequences that broke a law, each as it was found. They are tried again before chance is."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.model.laws import ENABLED, judged
from tests.model.steps import Break, Declare, Drop, Run, Service, Step

CASES: dict[str, tuple[Step, ...]] = {
    "two folders of a stack keep what the other declares": (
        Declare("a", "service", "api", Service()),
        Declare("b", "service", "web", Service()),
        Run("a"),
        Run("b"),
        Run("a"),
    ),
    "two repositories keep what the other declares": (
        Declare("a", "service", "api", Service()),
        Declare("d", "service", "bill", Service()),
        Run("clinic"),
        Run("d"),
        Run("clinic"),
    ),
    "what stands in for a service is up before that goes, in the second run too": (
        Declare("a", "service", "api", Service()),
        Declare("a", "service", "db", Service()),
        Run("a"),
        Break(2),
        Drop("a", "service", "api"),
        Declare("a", "service", "web", Service(image=2)),
        Run("a"),
        Run("a"),
    ),
    "a dependent waits for what was rolled back, in the second run too": (
        Declare("a", "service", "api", Service(action="rollback")),
        Declare("a", "service", "web", Service(depends=("api",))),
        Run("a"),
        Break(2),
        Declare("a", "service", "api", Service(image=2, action="rollback")),
        Declare("a", "service", "web", Service(image=3, depends=("api",))),
        Run("a"),
        Run("a"),
    ),
}


@pytest.mark.parametrize("steps", CASES.values(), ids=CASES)
def test_a_sequence_that_once_broke_a_law(folder: Path, steps: Sequence[Step]):
    judge = judged(folder, steps)
    assert not judge.breaches(ENABLED), "\n".join(judge.log)
