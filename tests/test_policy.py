"""How long an update may take according to the service's own policy."""

import pytest

from reconciler.policy import FIRST_START, MONITOR, NEXT_START, breadth_of, longest, monitor_of, shortest


@pytest.mark.parametrize("window, seconds", [(None, MONITOR), (0, MONITOR), (1, 1.0), ("30", 30.0)])
def test_a_window_of_0_or_none_is_swarms_default(window, seconds):
    assert monitor_of({"update_monitor": window}) == seconds


@pytest.mark.parametrize(
    "replicas, parallelism, breadth",
    [(None, None, 1), (5, None, 1), (5, 2, 2), (5, 9, 5), (5, 0, 5), (0, 0, 1)],
)
def test_update_parallelism_is_used_and_0_means_all(replicas, parallelism, breadth):
    assert breadth_of({"replicas": replicas, "update_parallelism": parallelism}) == breadth


def test_each_batch_adds_its_delay_and_the_time_to_start():
    body = {"replicas": 5, "update_parallelism": 2, "update_delay": 10, "update_monitor": 7}

    assert shortest(body) == 2 * 10 + 7
    assert longest(body) == shortest(body) + FIRST_START + 2 * NEXT_START


def test_a_service_of_no_tasks_takes_one_window():
    assert shortest({"replicas": 0}) == MONITOR
