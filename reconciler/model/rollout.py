"""How the tasks of a service are, and how a rollout ended. ``render.services`` words them."""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from msgspec import Struct

from reconciler.model.base import RecordedState, Status
from reconciler.model.failure import Failure

MOST_CAUSES = 5


class Health(Struct, frozen=True, kw_only=True):
    """What the tasks of one service show, all as ids.

    ``running`` run now and are to go on. Of these ``former`` run an earlier version and ``verified`` were seen to run
    this one before. ``leaving`` still run and are to stop. ``coming`` have yet to start; what waits to be started again
    after it failed is not among them. ``failed`` ended, and not because they were stopped. ``errors`` is what these say
    of themselves, ``waiting`` what those say that have yet to start; each once, safe to show.
    """

    replicas: int
    running: frozenset[str] = frozenset()
    former: frozenset[str] = frozenset()
    verified: frozenset[str] = frozenset()
    leaving: frozenset[str] = frozenset()
    coming: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()
    errors: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()

    @property
    def causes(self) -> tuple[str, ...]:
        """What its tasks say went wrong, and why others have yet to start; each once."""
        return distinct(self.errors, self.waiting)

    @property
    def counted(self) -> frozenset[str]:
        """The running tasks that may be of the version that is to run."""
        return self.running - self.former

    @property
    def is_whole(self) -> bool:
        """Whether as many run as are to, of the right version; with no replicas, whether all have stopped."""
        if not self.replicas:
            return not (self.running or self.leaving)
        return len(self.counted) == self.replicas

    @property
    def is_settled(self) -> bool:
        """Whether nothing but what was verified runs, so that it needs no new window."""
        return self.is_whole and self.running <= self.verified

    @property
    def is_hopeless(self) -> bool:
        """Whether nothing of the version that is to run runs, or is about to."""
        return not (self.counted or self.coming)


def distinct(before: Iterable[str], more: Iterable[str]) -> tuple[str, ...]:
    """Texts, each once and none empty, as many as are worth showing."""
    return tuple(dict.fromkeys(cause for cause in (*before, *more) if cause))[:MOST_CAUSES]


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
    whatever service. ``put_back``: the previous spec was written again; ``not_put_back`` is why that failed.
    """

    finding: Finding
    state: RecordedState
    health: Health | None = None
    tasks: frozenset[str] = frozenset()
    failed: int = 0
    errors: tuple[str, ...] = ()
    trouble: Failure | None = None
    within: float = 0.0
    fields: tuple[str, ...] = ()
    advancing: bool = False
    listed: bool = False
    put_back: bool = False
    not_put_back: Failure | None = None

    @property
    def status(self) -> Status:
        """What it makes of the change that started the rollout: applied, failed, or unknown."""
        return _STATUS.get(self.finding, "failed")
