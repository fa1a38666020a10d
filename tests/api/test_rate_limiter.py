"""Threads that share a server wait together, and the rate drops when the server refuses requests."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from reconciler.api.rate_limiter import RateLimiter
from tests.api.fakes import FakeTime


def test_a_retry_after_for_one_request_holds_all_requests():
    time = FakeTime()
    pace = RateLimiter(4, clock=time.clock)
    starts: list[float] = []

    def go(_: int) -> None:
        with pace.turn():
            starts.append(time.now)

    pace.refused(30.0)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(go, range(20)))

    assert min(starts) >= 1030.0
    assert sum(time.slept) == pytest.approx(30.0 * len(time.slept))


def test_requests_do_not_exceed_the_rate():
    time = FakeTime()
    pace = RateLimiter(1, rate=4.0, clock=time.clock)
    starts = []
    for _ in range(9):
        with pace.turn():
            starts.append(time.now)

    assert starts == [1000.0 + n / 4 for n in range(9)]


def test_no_more_requests_run_at_the_same_time_than_allowed():
    pace = RateLimiter(3)
    under_way, most = 0, 0
    lock = threading.Lock()
    full = threading.Barrier(3)

    def go(_: int) -> None:
        nonlocal under_way, most
        with pace.turn():
            with lock:
                under_way += 1
                most = max(most, under_way)
            full.wait()
            with lock:
                under_way -= 1

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(go, range(12)))

    assert most == 3


def test_a_burst_of_refusals_halves_once_and_the_next_halves_again():
    time = FakeTime()
    pace = RateLimiter(16, clock=time.clock)
    for _ in range(16):
        pace.refused(0.0)
    after_burst = pace.width
    time.now += 2.0
    pace.refused(0.0)

    assert (after_burst, pace.width) == (8, 4)


def test_one_request_at_a_time_is_always_allowed():
    time = FakeTime()
    pace = RateLimiter(2, clock=time.clock)
    for _ in range(10):
        pace.refused(0.0)
        time.now += 2.0

    assert pace.width == 1


def test_good_answers_raise_the_limit_slowly():
    pace = RateLimiter(8, clock=FakeTime().clock)
    pace.refused(0.0)
    widths = []
    for _ in range(30):
        pace.answered()
        widths.append(pace.width)

    assert widths[:5] == [4, 4, 4, 5, 5]
    assert widths[-1] == 8


def test_a_failed_request_frees_its_slot():
    pace = RateLimiter(1)
    for _ in range(2):
        with pytest.raises(RuntimeError), pace.turn():
            raise RuntimeError
