"""Which Date headers are used as server time, and which are not trusted."""

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.api.server_clock import SKEW, ServerClock

EPOCH = 1_795_514_400.0


class FakeClock:
    """A monotonic clock that starts at 1000, and a local clock that is wrong by ``off`` seconds."""

    def __init__(self, off: float = 0.0) -> None:
        self.now, self.off = 1000.0, off
        self.server = ServerClock(lambda: self.now, self.wall)

    def wall(self) -> float:
        return EPOCH + self.now - 1000.0 + self.off

    def answer(self, ahead: float = 0.0, *, took: float = 0.1) -> None:
        began = self.now
        self.now += took
        self.server.answered(
            formatdate(EPOCH + self.now - 1000.0 + ahead, usegmt=True), began=began, ended=self.now
        )


def test_the_servers_time_is_its_last_date_plus_the_time_since_then():
    clock = FakeClock()
    before = clock.server.time()
    clock.answer(took=0.0)
    clock.now += 5.0

    assert before is None
    assert clock.server.time() == EPOCH + 5.0


@pytest.mark.parametrize(
    "date", ["", "soon", "Fri, 01 Jan 10000 00:00:00 GMT", "Fri, 01 Jan 0001 00:00:00 GMT"]
)
def test_an_invalid_date_makes_the_servers_time_unknown_for_the_rest_of_the_run(date):
    clock = FakeClock()
    clock.answer()
    clock.server.answered(date, began=clock.now, ended=clock.now)
    clock.answer()

    assert clock.server.time() is None


def test_an_answer_without_a_date_does_not_change_the_servers_time():
    clock = FakeClock()
    clock.answer()
    clock.server.answered(None, began=clock.now, ended=clock.now)

    assert clock.server.time() is not None


@given(st.lists(st.floats(-4.0, 4.0), min_size=1), st.floats(0.0, 30.0))
def test_clocks_that_differ_by_seconds_are_trusted_even_with_slow_answers(differences, took):
    clock = FakeClock()
    for difference in differences:
        clock.answer(difference, took=took)

    assert clock.server.time() == pytest.approx(clock.wall(), abs=SKEW)


@pytest.mark.parametrize("jump", [80.0, -80.0, 300.0, 14.0])
@pytest.mark.parametrize("at", [0, 3, 9])
def test_a_server_clock_that_jumps_is_no_longer_trusted(jump, at):
    clock = FakeClock()
    for number in range(10):
        clock.answer(jump if number == at else 0.0)

    assert clock.server.time() is None


@pytest.mark.parametrize("off", [180.0, -180.0])
def test_a_server_clock_far_from_the_local_clock_is_not_trusted(off):
    clock = FakeClock(off)
    clock.answer()

    assert clock.server.time() is None
