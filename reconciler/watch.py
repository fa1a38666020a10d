"""How one service is watched, and what came of it. Pure."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from msgspec import Struct

from reconciler.health import Health, health
from reconciler.model import Body, RecordedState, Status
from reconciler.policy import FIRST_START


class Watch(Struct, frozen=True, kw_only=True):
    """One service to follow.

    ``monitor`` is how many seconds all replicas have to stay up, ``within`` in how many there has to be a verdict.
    ``prior`` are ids of tasks listed before the write: their failures say nothing of it. ``former`` are those of tasks
    that run an earlier version, and do not count; ``verified`` those of tasks that ran this one for its window before,
    and need no new one. ``breadth`` is how many replicas are replaced at once. ``rolls_back``: its
    ``update_failure_action`` is rollback.
    """

    name: str
    id: str
    replicas: int
    monitor: float
    within: float = FIRST_START
    prior: frozenset[str] = frozenset()
    former: frozenset[str] = frozenset()
    verified: frozenset[str] = frozenset()
    breadth: int = 1
    rolls_back: bool = False


def health_by(watch: Watch, tasks: Sequence[Body]) -> Health:
    """How a service is by one list of its tasks."""
    return health(
        tasks, replicas=watch.replicas, former=watch.former, verified=watch.verified, prior=watch.prior
    )


Finding = Literal[
    "up",
    "no tasks shown",
    "not watched",
    "tasks hidden",
    "tasks unseen",
    "unread",
    "rolled back",
    "tasks failed",
    "not up in time",
    "deleted",
    "missing",
    "not taken",
    "as recorded",
]
"""What was seen of a service.

``up``              as many tasks ran as are to, for the monitor window
``no tasks shown``  the platform shows no tasks, so the write counts as done
``not watched``     nobody asked for its tasks
``tasks hidden``    the cluster has shown tasks before, and shows none now
``tasks unseen``    the cluster shows tasks of other services, and none of this one
``unread``          its tasks or its spec could not be read
``rolled back``     the platform put the previous version back
``tasks failed``    its tasks failed again and again, and none runs or is about to
``not up in time``  it was not up when the time was over
``deleted``         it was there, and is not any more
``missing``         it was written, and is not listed
``not taken``       it was written, and ``fields`` of it are as before
``as recorded``     nothing was seen: its state is that of its last rollout
"""

_STATUS: Mapping[Finding, Status] = {
    "up": "applied",
    "no tasks shown": "applied",
    "not watched": "applied",
    "tasks hidden": "unknown",
    "tasks unseen": "unknown",
    "unread": "unknown",
}


class RolloutResult(NamedTuple):
    """How the rollout of a service ended, or how a service is that was only looked at.

    ``state`` is what the record is to say of it. ``health`` is by the last list of its tasks, ``tasks`` are the ids of
    those that run, ``failed`` is how many ever failed, and ``errors`` are the tasks' own, each once, safe to show.
    ``trouble`` is why something could not be read. ``within`` is how many seconds there were. ``advancing``: some of
    its tasks ran when time was over, so that it may yet come up. ``listed``: the cluster's tasks were listed, of
    whatever service. ``put_back``: the former spec was written again; ``not_put_back`` is why that failed.
    """

    finding: Finding
    state: RecordedState
    health: Health | None = None
    tasks: frozenset[str] = frozenset()
    failed: int = 0
    errors: tuple[str, ...] = ()
    trouble: str = ""
    within: float = 0.0
    fields: tuple[str, ...] = ()
    advancing: bool = False
    listed: bool = False
    put_back: bool = False
    not_put_back: str = ""

    @property
    def status(self) -> Status:
        """What it makes of the change that started the rollout: applied, failed, or unknown."""
        return _STATUS.get(self.finding, "failed")
