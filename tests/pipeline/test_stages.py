"""Where the time goes: seconds add up by stage, each counted once."""

from collections.abc import Callable, Iterator
from itertools import accumulate

from reconciler.pipeline.stages import Stages


def clock(*steps: float) -> Callable[[], float]:
    times: Iterator[float] = accumulate(steps)
    return lambda: next(times)


def test_a_stage_that_is_entered_again_adds_up_at_its_first_place():
    stages = Stages(clock(0, 2, 1, 4, 1, 3))

    for name in ("load", "check", "load"):
        with stages.stage(name):
            pass

    assert list(stages.seconds.items()) == [("load", 5), ("check", 4)]


def test_a_stage_that_fails_took_its_time_too():
    stages = Stages(clock(0, 2))

    try:
        with stages.stage("fetch"):
            raise ValueError
    except ValueError:
        pass

    assert stages.seconds == {"fetch": 2}


def test_what_one_stage_did_for_another_counts_for_the_other():
    stages = Stages(clock(0, 10))

    with stages.stage("apply"):
        stages.move(4, to="verify", out_of="apply")

    assert list(stages.seconds.items()) == [("apply", 6), ("verify", 4)]
