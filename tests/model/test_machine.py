"""Random sequences of edits, faults and runs: no run may break a law after any history.

A failure prints the shortest sequence that was found, in the form for ``test_cases.py``.
"""

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.model.laws import ENABLED, Judge, judged
from tests.model.sequences import sequences
from tests.model.steps import Run, Step, as_code

SHARES = 16
"""Number of tests that share the sequences, so that several processes can run them."""


@pytest.mark.parametrize("share", range(SHARES))
def test_no_run_breaks_a_law_after_any_history(request: pytest.FixtureRequest, folder: Path, share: int):
    first = request.config.getoption("--model-seed", 1) * 1_000_003 + share
    count = max(1, request.config.getoption("--model-sequences", 2000) // SHARES)
    end = time.monotonic() + 60 * request.config.getoption("--model-minutes", 0.0) / SHARES
    runs = _try(folder, first, count)
    while time.monotonic() < end:
        first += SHARES
        runs += _try(folder, first, count)
    request.node.user_properties.append(("fuzzed", runs))


def _try(folder: Path, number: int, count: int) -> int:
    runs = 0

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(sequences())
    def tried(steps: list[Step]) -> None:
        nonlocal runs
        runs += sum(isinstance(step, Run) for step in steps)
        judge = judged(folder, steps)
        assert not judge.breaches(ENABLED), _report(steps, judge)

    tried()
    return runs


def _report(steps: list[Step], judge: Judge) -> str:
    return "\n".join(
        [
            *(f"{law}: {what}" for law, what in judge.breaches(ENABLED)),
            "after",
            *(f"    {as_code(step)}," for step in steps),
            "in which",
            *judge.log,
        ]
    )
