"""The tasks of a service, and how a rollout ended. ``render.services`` words them."""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from msgspec import Struct

from reconciler.model.base import RecordedState, Status
from reconciler.model.failure import Failure

MOST_CAUSES = 5


class Health(Struct, frozen=True, kw_only=True):
    """What the tasks of one service show; tasks are given by id.

    ``running`` run now and should keep running. Of these, ``former`` run an earlier version, and ``verified``
    ran this version at an earlier look. ``leaving`` still run but are being stopped. ``coming`` have not
    started yet; a task that waits for its restart after a failure is not included. ``failed`` ended without
    being stopped. ``errors`` are the messages of failed tasks, ``waiting`` those of tasks that have not
    started; each message once, safe to show.
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
        """The messages of failed and waiting tasks, each once."""
        return distinct(self.errors, self.waiting)

    @property
    def counted(self) -> frozenset[str]:
        """The running tasks that may be of the wanted version."""
        return self.running - self.former

    @property
    def is_whole(self) -> bool:
        """Whether as many tasks of the wanted version run as wanted; for 0 replicas, whether all have stopped."""
        if not self.replicas:
            return not (self.running or self.leaving)
        return len(self.counted) == self.replicas

    @property
    def is_settled(self) -> bool:
        """Whether only verified tasks run, so that no new monitor window is needed."""
        return self.is_whole and self.running <= self.verified

    @property
    def is_hopeless(self) -> bool:
        """Whether no task of the wanted version runs or is about to."""
        return not (self.counted or self.coming)


def distinct(before: Iterable[str], more: Iterable[str]) -> tuple[str, ...]:
    """The texts without repeats and empty ones, at most ``MOST_CAUSES``."""
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

``up``              the wanted number of tasks ran for the whole monitor window
``no tasks shown``  the platform shows no tasks, so the write counts as done
``not watched``     its tasks were not looked at, as requested
``tasks hidden``    the cluster has shown tasks before, and shows none now
``tasks unseen``    the cluster shows tasks of other services, but none of this service
``unread``          its tasks or its spec could not be read
``rolled back``     the platform restored the previous version
``tasks failed``    its tasks failed repeatedly, and none runs or is about to
``not up in time``  it was not up at the end of the timeout
``deleted``         it was deleted during the rollout
``missing``         it was written, but is not listed
``not taken``       it was written, but its ``fields`` did not change
``as recorded``     nothing was looked at: its state is the recorded state
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

    ``state`` is the state to record. ``health`` is from the last list of its tasks, ``tasks`` are the ids of
    the running tasks, ``failed`` is the number of tasks that failed during the rollout, and ``errors`` are
    their messages, each once, safe to show. ``trouble`` is why something could not be read. ``within`` is the
    timeout in seconds. ``advancing``: some of its tasks ran at the end of the timeout, so it may still come up.
    ``listed``: the tasks of the cluster could be listed. ``put_back``: the previous spec was written again;
    ``not_put_back`` is why that failed.
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
        """The status of the change that started the rollout: applied, failed or unknown."""
        return _STATUS.get(self.finding, "failed")
