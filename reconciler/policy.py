"""What a live service says of its own rollouts: how many tasks at once, watched for how long, and so how long it takes.

Pure. Bodies are services as the API answers them; delays and windows are in seconds (API: update_delay,
update_monitor).
"""

import math

from reconciler.health import replicas_of
from reconciler.model import Body

MONITOR = 5.0
"""Seconds that tasks are watched where a service says nothing (MedStack's and Swarm's default)."""
FIRST_START, NEXT_START = 600.0, 60.0
"""Seconds that a rollout's first tasks may take to be pulled and started, and those of each further batch to replace
those before them."""


def monitor_of(body: Body) -> float:
    """For how many seconds a live service's tasks are to be watched (API: update_monitor; Swarm takes 0 for 5)."""
    return float(body.get("update_monitor") or MONITOR)


def breadth_of(body: Body) -> int:
    """How many replicas an update replaces at once (API: update_parallelism; Docker: 0 is all of them)."""
    replicas, parallelism = replicas_of(body), body.get("update_parallelism")
    return max(1, min(replicas, int(1 if parallelism is None else parallelism) or replicas))


def shortest(body: Body) -> float:
    """The seconds that an update takes by its own policy at the least: the delays between its batches, and the window
    after the last (API: update_delay, update_monitor)."""
    return (_batches(body) - 1) * float(body.get("update_delay") or 0) + monitor_of(body)


def longest(body: Body) -> float:
    """The seconds that an update may take: as long as its policy says, and the time that tasks take to start."""
    return shortest(body) + FIRST_START + (_batches(body) - 1) * NEXT_START


def _batches(body: Body) -> int:
    return max(1, math.ceil(replicas_of(body) / breadth_of(body)))
