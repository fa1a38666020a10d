"""A process that is killed, or asked to stop, at any request: the next one finishes its work, and nobody is needed."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.faults.cases import Stage, Tally, interrupted, killed
from tests.faults.worker import Workers

Stages = Callable[[str], Stage]


@pytest.mark.parametrize("scenario", ["move", "first"])
@pytest.mark.parametrize("how", ["answered", "committed", "late"])
def test_a_killed_run_is_finished_by_the_next(
    stages: Stages, forks: Workers, tally: Tally, scenario: str, how: str
):
    stage = replace(stages(scenario), tally=tally)
    wrong = [one for number in range(1, len(stage.requests) + 1) for one in killed(stage, forks, how, number)]
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.parametrize("parallelism", [1, 16])
@pytest.mark.parametrize("scenario", ["move", "first"])
def test_an_interrupted_run_ends_what_is_in_flight_tells_the_truth_and_frees_the_lease(
    stages: Stages, tally: Tally, scenario: str, parallelism: int
):
    stage = replace(stages(scenario), tally=tally)
    wrong = [
        one
        for number in range(1, len(stage.requests) + 1)
        for one in interrupted(stage, number, parallelism=parallelism)
    ]
    assert not wrong, "\n\n".join(wrong)
