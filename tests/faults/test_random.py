"""Random manifests and several random faults in a run, by ``--fault-seed`` and ``--fault-minutes`` (for one
process; with two it takes half the time).
"""

import random
import time
from pathlib import Path

import pytest

from tests.faults import cases
from tests.faults.cases import KINDS, Stage, Tally
from tests.faults.random_cases import scenario
from tests.faults.worker import Workers
from tests.faults.world import FaultWorld

SHARES = 8
"""Number of tests that share the random cases, so that several processes can run them."""
CASES = 8
"""Cases per scenario."""


@pytest.mark.parametrize("share", range(SHARES))
def test_random_manifests_and_faults_keep_every_rule(
    platform: FaultWorld,
    forks: Workers,
    tally: Tally,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    share: int,
):
    seed = request.config.getoption("--fault-seed") * 1_000_003 + share
    end = time.monotonic() + 60 * request.config.getoption("--fault-minutes") / SHARES
    while True:
        wrong = _one_scenario(platform, forks, tally, tmp_path / str(seed), seed)
        assert not wrong, f"seed {seed}:\n" + "\n\n".join(wrong)
        seed += SHARES
        if time.monotonic() >= end:
            return


def _one_scenario(platform: FaultWorld, forks: Workers, tally: Tally, folder: Path, seed: int) -> list[str]:
    stage = cases.stage(platform, scenario(seed), folder)
    stage.tally = tally
    dice = random.Random(seed)
    wrong = []
    for _ in range(CASES):
        wrong += _case(stage, forks, dice)
    return wrong


def _case(stage: Stage, forks: Workers, dice: random.Random) -> list[str]:
    count, parallelism = len(stage.requests), dice.choice((1, 4, 16))
    number = dice.randint(1, count)
    match dice.choice(("faults", "faults", "faults", "kill", "interrupt")):
        case "kill":
            return cases.killed(stage, forks, dice.choice(("answered", "committed", "late")), number)
        case "interrupt":
            return cases.interrupted(stage, number, parallelism=parallelism)
        case _:
            numbers = dice.sample(range(1, count + 1), min(count, dice.randint(2, 5)))
            faults = [(dice.choice(KINDS), request) for request in numbers]
            return cases.struck(stage, *faults, parallelism=parallelism)
