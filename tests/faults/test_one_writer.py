"""Two applies that are started at the same moment: exactly one writes, however close the race."""

from collections.abc import Callable
from dataclasses import replace

from tests.faults.cases import Stage, Tally
from tests.faults.truth import duplicates, shape
from tests.faults.worker import Workers

RACES = 100
RECORD = "/configs"


def test_of_two_applies_at_the_same_moment_exactly_one_writes(
    stages: Callable[[str], Stage], forks: Workers, tally: Tally
):
    stage = replace(stages("move"), tally=tally)
    wrong = [one for race in range(RACES) for one in _race(stage, forks, race)]
    assert not wrong, "\n\n".join(wrong)


def _race(stage: Stage, forks: Workers, race: int) -> list[str]:
    world, goal = stage.world, stage.goal
    world.restore(stage.before)
    outs = [stage.folder / f"racer-{number}.txt" for number in range(2)]
    racers = [
        forks.begin(
            folder=str(stage.folder), environment=dict(stage.environment), url=world.url, key=world.key,
            value=world.value, parallelism=4, die_after=None, out=str(out),
        )
        for out in outs
    ]  # fmt: skip
    codes = sorted(forks.wait(racer) for racer in racers)
    stage.tally.races_for_the_lease += 1
    stage.tally.runs += 2
    told = "\n".join(out.read_text() for out in outs)
    state = world.state()
    wrong = duplicates(state)
    # The one that lost was refused; if it was so late that all was done, it had nothing to do.
    writers = [out for out in outs if "\napplied " in out.read_text()]
    if len(writers) != 1 or codes not in ([0, 3], [0, 0]):
        wrong.append(f"{len(writers)} wrote, exit codes {codes}")
    if shape(state, stage.secrets) != goal:
        wrong.append("another final state")
    return [f"race {race}: {one}\n{told}" for one in wrong]
