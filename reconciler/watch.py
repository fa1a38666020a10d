"""How the rollout of one service is watched. Pure."""

from collections.abc import Sequence

from msgspec import Struct

from reconciler.health import health
from reconciler.model import Body
from reconciler.model.rollout import Health
from reconciler.policy import FIRST_START


class Watch(Struct, frozen=True, kw_only=True):
    """A service to watch.

    ``monitor`` is how many seconds all replicas must run, ``within`` the timeout in seconds. ``prior`` are the ids
    of tasks listed before the write, whose failures do not count. ``former`` are ids of tasks of an earlier
    version, which do not count as running; ``verified`` are ids of tasks that ran this version for the window
    before, and need no new window. ``breadth`` is how many replicas are replaced at once. ``rolls_back``: its
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
    """The health of a service by one list of its tasks."""
    return health(
        tasks, replicas=watch.replicas, former=watch.former, verified=watch.verified, prior=watch.prior
    )
