"""How one service is watched. Pure."""

from collections.abc import Sequence

from msgspec import Struct

from reconciler.health import health
from reconciler.model import Body
from reconciler.model.rollout import Health
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
