"""The laws over HTTP with the real command, for a few sequences, since each run takes seconds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.faults.world import FaultWorld as Emulator
from tests.faults.world import world
from tests.model.command import CommandWorld
from tests.model.laws import ENABLED, Judge
from tests.model.manifests import AllFiles
from tests.model.sequences import over_http
from tests.model.steps import Step, as_code

SHARES = 4


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with world() as running:
        yield running


@pytest.mark.parametrize("share", range(SHARES))
def test_no_run_of_the_command_breaks_a_law(
    request: pytest.FixtureRequest, folder: Path, emulator: Emulator, share: int
):
    first = request.config.getoption("--model-seed", 1) * 1_000_003 + share
    count = max(1, request.config.getoption("--model-commands", 40) // SHARES)

    @seed(first)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(over_http())
    def tried(steps: list[Step]) -> None:
        judge = Judge(CommandWorld(AllFiles(folder, monitor=1), emulator))
        for step in steps:
            judge.do(step)
        reported = "\n".join([*map(as_code, steps), *judge.log])
        assert not judge.breaches(ENABLED), f"{judge.breaches(ENABLED)}\n{reported}"

    tried()
