"""The time of each stage in seconds; every second is counted once."""

from collections.abc import Callable, Iterator
from itertools import accumulate

from reconciler.pipeline.stages import Stages


def clock(*steps: float) -> Callable[[], float]:
    times: Iterator[float] = accumulate(steps)
    return lambda: next(times)


def test_a_repeated_stage_adds_to_its_first_entry():
    stages = Stages(clock(0, 2, 1, 4, 1, 3))

    for name in ("load", "check", "load"):
        with stages.stage(name):
            pass

    assert list(stages.seconds.items()) == [("load", 5), ("check", 4)]


def test_the_time_of_a_failed_stage_counts():
    stages = Stages(clock(0, 2))

    try:
        with stages.stage("fetch"):
            raise ValueError
    except ValueError:
        pass

    assert stages.seconds == {"fetch": 2}


def test_time_can_be_moved_to_another_stage():
    stages = Stages(clock(0, 10))

    with stages.stage("apply"):
        stages.move(4, to="verify", out_of="apply")

    assert list(stages.seconds.items()) == [("apply", 6), ("verify", 4)]
