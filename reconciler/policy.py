"""The update policy of a live service: how many tasks at once, how long they are watched, and how long an update takes.

Pure. ``body`` is a service from the API's answer; delays and windows are in seconds (API: update_delay,
update_monitor).
"""

import math

from reconciler.health import replicas_of
from reconciler.model import Body

MONITOR = 5.0
"""Seconds that tasks are watched if a service does not set it (the default of MedStack and Swarm)."""
FIRST_START, NEXT_START = 600.0, 60.0
"""Seconds that a rollout's first tasks may take to be pulled and started, and seconds for each further batch of
tasks.
"""


def monitor_of(body: Body) -> float:
    """For how many seconds the tasks of a live service are watched (API: update_monitor; Swarm treats 0 as 5)."""
    return float(body.get("update_monitor") or MONITOR)


def breadth_of(body: Body) -> int:
    """How many replicas an update replaces at once (API: update_parallelism; Docker: 0 means all)."""
    replicas, parallelism = replicas_of(body), body.get("update_parallelism")
    return max(1, min(replicas, int(1 if parallelism is None else parallelism) or replicas))


def shortest(body: Body) -> float:
    """The shortest time of an update in seconds: the delays between its batches, and the window after the last one
    (API: update_delay, update_monitor).
    """
    return (_batches(body) - 1) * float(body.get("update_delay") or 0) + monitor_of(body)


def longest(body: Body) -> float:
    """The longest time of an update in seconds: ``shortest``, and the time that tasks take to start."""
    return shortest(body) + FIRST_START + (_batches(body) - 1) * NEXT_START


def _batches(body: Body) -> int:
    return max(1, math.ceil(replicas_of(body) / breadth_of(body)))
