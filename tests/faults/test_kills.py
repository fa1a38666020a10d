"""A run that is killed or asked to stop at any request is completed by the next run without help."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.faults.cases import Stage, Tally, interrupted, killed, numbers
from tests.faults.worker import Workers

HOW = ("answered", "committed", "late")
Stages = Callable[[str], Stage]


@pytest.mark.parametrize("scenario", ["move", "first"])
@pytest.mark.parametrize("how", HOW)
def test_the_next_run_finishes_a_killed_one(
    stages: Stages, forks: Workers, tally: Tally, all_of_them: bool, scenario: str, how: str
):
    stage = replace(stages(scenario), tally=tally)
    hit = numbers(stage, scenario, HOW.index(how), all_of_them=all_of_them)
    wrong = [problem for number in hit for problem in killed(stage, forks, how, number)]
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.parametrize("parallelism", [1, 16])
@pytest.mark.parametrize("scenario", ["move", "first"])
def test_an_interrupted_run_finishes_running_writes_reports_truly_and_frees_the_lease(
    stages: Stages, tally: Tally, all_of_them: bool, scenario: str, parallelism: int
):
    stage = replace(stages(scenario), tally=tally)
    wrong = [
        problem
        for number in numbers(stage, scenario, parallelism, all_of_them=all_of_them)
        for problem in interrupted(stage, number, parallelism=parallelism)
    ]
    assert not wrong, "\n\n".join(wrong)
