"""Every request of an apply, one at a time, gets every kind of fault of a network or server."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.faults.cases import KINDS, Stage, Tally, numbers, struck

Stages = Callable[[str], Stage]
OF_FIRST = ("drop-before", "drop-after", "500-after", "half-json", "hang-after", "403", "409")
"""The faults for a first apply, whose requests are similar."""


@pytest.mark.parametrize(
    "scenario, kind", [*(("move", kind) for kind in KINDS), *(("first", kind) for kind in OF_FIRST)]
)
def test_a_run_handles_or_reports_a_fault_and_the_next_run_converges(
    stages: Stages, tally: Tally, all_of_them: bool, scenario: str, kind: str
):
    stage = replace(stages(scenario), tally=tally)
    hit = numbers(stage, scenario, KINDS.index(kind), all_of_them=all_of_them)
    wrong = [problem for number in hit for problem in struck(stage, (kind, number))]
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.parametrize("kind", ["drop-after", "500-before", "hang"])
def test_parallel_runs_handle_or_report_a_fault_and_the_next_run_converges(
    stages: Stages, tally: Tally, kind: str
):
    stage = replace(stages("move"), tally=tally)
    wrong = [
        problem
        for number in range(1, len(stage.requests) + 1, 3)
        for problem in struck(stage, (kind, number), parallelism=16)
    ]
    assert not wrong, "\n\n".join(wrong)
