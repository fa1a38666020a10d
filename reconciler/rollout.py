"""Verifies rollouts: did the tasks of a service come up, and stay up? An answer of 201 says only that the write was
accepted.

``observe`` and ``judge`` are pure; ``follow`` lists tasks until there is a result for every service. It identifies
tasks by their ids and uses its own clock: the format of the platform's timestamps is not documented. It changes
nothing: to put a previous spec back is up to the caller.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple, Protocol

from msgspec import Struct, field

from reconciler.api.client import ClusterRef
from reconciler.errors import NotFound, ReconcilerError, Unauthorized
from reconciler.health import by_service, counts
from reconciler.model import Body
from reconciler.model.failure import Failure
from reconciler.model.rollout import Health, RolloutResult, distinct
from reconciler.watch import Watch, health_by

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 2.0
CLEAR_FAILURES = 3
"""Failed tasks per replica after which a rollout counts as failed, if no task runs or starts: Swarm restarts a task
without end."""
ROLLBACK_GRACE = 30.0
"""Seconds that a service with automatic rollback has for it, after its rollout counts as failed."""
EMPTY_GRACE = 15.0
"""Seconds without any task of a service in the list after which none is expected any more."""

Stage = Literal["running", "suspect", "failed", "steady", "accepted", "hidden", "unseen"]
Listing = Literal["unknown", "tasks", "nothing", "refused"]
"""What the API has answered to the list of tasks: nothing yet, tasks, only empty lists, or a refusal for this token."""


class TaskReader(Protocol):
    """The part of the API client that is needed here (API: Tasks, Services)."""

    def tasks(self, at: ClusterRef, /) -> Sequence[Body]:
        """All tasks of the cluster."""

    def services(self, at: ClusterRef, /) -> Sequence[Body]:
        """All services of the cluster."""


class Observation(NamedTuple):
    """What has been seen of one service so far; times are seconds of the clock of ``follow``.

    ``health`` is of the last list of tasks; ``saw_tasks``: a list had tasks of the service. All replicas have run, as
    the same tasks, since the time ``since``; None if they do not. ``failed`` are the ids of all tasks that failed so
    far, ``errors`` their messages. ``hopeless`` is when enough had failed to count the rollout as failed, or None.
    """

    health: Health
    saw_tasks: bool = False
    since: float | None = None
    failed: frozenset[str] = frozenset()
    hopeless: float | None = None
    errors: tuple[str, ...] = ()


def nothing_seen(watch: Watch) -> Observation:
    """The observation of a service before its tasks are listed for the first time."""
    return Observation(Health(replicas=watch.replicas))


def observe(watch: Watch, before: Observation, tasks: Sequence[Body], now: float) -> Observation:
    """The observation of a service after one more list of tasks.

    ``tasks`` are the tasks of this service only (API: Tasks); ``now`` is in seconds of the clock of ``follow``.
    """
    found = health_by(watch, tasks)
    failed = before.failed | found.failed
    same = before.since is not None and found.counted == before.health.counted
    clear = found.is_hopeless and len(failed) >= CLEAR_FAILURES * watch.breadth
    return Observation(
        health=found,
        saw_tasks=before.saw_tasks or bool(tasks),
        since=(before.since if same else now) if found.is_whole else None,
        failed=failed,
        hopeless=None if not clear else now if before.hopeless is None else before.hopeless,
        errors=distinct(before.errors, found.errors),
    )


def judge(
    watch: Watch,
    observed: Observation,
    *,
    now: float,
    listing: Listing = "tasks",
    listing_since: float = 0.0,
    shows_tasks: bool = False,
) -> Stage:
    """The stage of a rollout. For any but ``running`` the spec must be read again before it is a result.

    ``now`` is in seconds; ``listing`` is how the API answered the list of tasks, and ``listing_since`` since when.
    ``shows_tasks``: this cluster has shown tasks before, so a refused or empty list says nothing about the service.
    """
    if listing == "refused":
        grace = EMPTY_GRACE if shows_tasks else watch.monitor
        return "running" if now - listing_since < grace else "hidden" if shows_tasks else "accepted"
    window = 0.0 if observed.health.is_settled or not watch.replicas else watch.monitor
    if listing == "tasks" and observed.since is not None and now - observed.since >= window:
        return "steady"
    empty = now - listing_since >= max(watch.monitor, EMPTY_GRACE)
    if listing == "nothing" and empty:
        return "hidden" if shows_tasks and watch.replicas else "accepted"
    if listing == "tasks" and not observed.saw_tasks and watch.replicas and empty:
        return "unseen"
    if observed.hopeless is not None and now - observed.hopeless >= (
        ROLLBACK_GRACE if watch.rolls_back else 0
    ):
        return "failed"
    return "suspect" if observed.failed and observed.since is None else "running"


class _Following(Struct):
    """The state of ``follow``: the services without a result in ``open``, the others in ``results``."""

    began: float
    shows_tasks: bool
    open: dict[str, Watch]
    observations: dict[str, Observation]
    results: dict[str, RolloutResult] = field(default_factory=dict)
    listing: Listing = "unknown"
    listing_since: float = 0.0
    trouble: Failure | None = None
    saw_tasks: bool = False

    def list_is(self, listing: Listing, now: float) -> None:
        if listing != self.listing:
            self.listing, self.listing_since = listing, now

    def settle(self, name: str, result: RolloutResult) -> None:
        self.results[name] = result._replace(listed=self.saw_tasks)
        del self.open[name]

    def is_over(self, watch: Watch, now: float) -> bool:
        return now - self.began >= watch.within


SpecKept = Callable[[str, Body], bool]
Progress = Callable[[str, Health], None]


def follow(
    reader: TaskReader,
    at: ClusterRef,
    watches: Iterable[Watch],
    *,
    spec_kept: SpecKept,
    shows_tasks: bool = False,
    progress: Progress = lambda *_: None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, RolloutResult]:
    """How each rollout ended, by the service's name, after at most ``Watch.within`` seconds each.

    ``spec_kept`` gets a service's name and its body (API: Services), and returns whether the written fields are
    unchanged. ``shows_tasks``: this cluster has shown tasks before. ``progress`` is called with a name and the
    health of its tasks when that changes. ``clock`` gives seconds. Each poll is one list of tasks for all services
    together, and one list of services where a spec must be read again. Raises no error of the API: the
    result is then ``unread`` or ``tasks hidden``.
    """
    opened = {watch.name: watch for watch in watches}
    following = _Following(
        clock(), shows_tasks, opened, {name: nothing_seen(service) for name, service in opened.items()}
    )
    pause = FIRST_PAUSE
    while following.open:
        _list_tasks(following, reader, at, clock, progress)
        now = clock()
        _judge_all(following, reader, at, now, spec_kept)
        for name, watch in tuple(following.open.items()):
            if following.is_over(watch, now):
                following.settle(name, _when_time_is_over(following, watch))
        if following.open:
            sleep(min(pause, *(_until_due(following, service, now) for service in following.open.values())))
            pause = min(pause * 1.5, LONGEST_PAUSE)
    return following.results


def _list_tasks(
    following: _Following, reader: TaskReader, at: ClusterRef, clock: Callable[[], float], progress: Progress
) -> None:
    try:
        tasks = () if following.listing == "refused" and not following.shows_tasks else reader.tasks(at)
    except (Unauthorized, NotFound) as error:
        following.trouble = (
            Failure.of(error) if following.shows_tasks or following.listing == "tasks" else None
        )
        following.shows_tasks = following.shows_tasks or following.listing == "tasks"
        following.list_is("refused", clock())
        return
    except ReconcilerError as error:
        following.trouble = Failure.of(error)
        return
    if following.listing == "refused" and not following.shows_tasks:
        return
    now = clock()
    following.trouble = None
    following.saw_tasks = following.saw_tasks or bool(tasks)
    following.list_is("tasks" if tasks or following.listing == "tasks" else "nothing", now)
    of_each = by_service(tasks)
    for name, watch in following.open.items():
        before = following.observations[name]
        following.observations[name] = observed = observe(watch, before, of_each.get(watch.id, ()), now)
        if counts(observed.health) != counts(before.health):
            progress(name, observed.health)


def _judge_all(
    following: _Following, reader: TaskReader, at: ClusterRef, now: float, spec_kept: SpecKept
) -> None:
    stages = {
        name: judge(
            watch,
            following.observations[name],
            now=now,
            listing=following.listing,
            listing_since=following.listing_since,
            shows_tasks=following.shows_tasks,
        )
        for name, watch in following.open.items()
    }
    due = {
        name
        for name, stage in stages.items()
        if stage != "running" or following.is_over(following.open[name], now)
    }
    if not due:
        return
    try:
        services = {str(body["id"]): body for body in reader.services(at)}
    except ReconcilerError as error:
        following.trouble = Failure.of(error)
        return
    for name in sorted(due):
        body = services.get(following.open[name].id)
        result = _result(following, name, stages[name], None if body is None else spec_kept(name, body))
        if result is not None:
            following.settle(name, result)


def _result(following: _Following, name: str, stage: Stage, spec_kept: bool | None) -> RolloutResult | None:
    """The result of a stage after the spec was read again, or None if there is none yet.

    ``spec_kept`` is None if the service is gone.
    """
    observed = following.observations[name]
    failed, errors = len(observed.failed), observed.errors
    if spec_kept is None:
        return RolloutResult("deleted", "failed", errors=errors)
    if not spec_kept:
        return RolloutResult("rolled back", "rolled back", errors=errors)
    match stage:
        case "steady":
            running = observed.health.running
            return RolloutResult("up", "verified", health=observed.health, tasks=running)
        case "accepted":
            return RolloutResult("no tasks shown", "verified")
        case "hidden":
            return _hidden(following)
        case "unseen":
            return RolloutResult("tasks unseen", "unverified")
        case "failed":
            health = observed.health
            return RolloutResult("tasks failed", "failed", health=health, failed=failed, errors=errors)
    return None


def _hidden(following: _Following) -> RolloutResult:
    return RolloutResult("tasks hidden", "unverified", trouble=following.trouble)


def _when_time_is_over(following: _Following, watch: Watch) -> RolloutResult:
    observed = following.observations[watch.name]
    health, errors = observed.health, observed.errors
    if following.shows_tasks and following.listing in ("refused", "nothing"):
        return _hidden(following)
    if following.trouble or following.listing != "tasks":
        return RolloutResult(
            "unread", "unverified", errors=errors, trouble=following.trouble, within=watch.within
        )
    if not observed.saw_tasks and watch.replicas:
        return RolloutResult("tasks unseen", "unverified")
    advancing = bool(health.counted)
    return RolloutResult(
        "not up in time",
        "unverified" if advancing else "failed",
        health=health,
        errors=distinct(errors, health.waiting),
        within=watch.within,
        advancing=advancing,
    )


def _until_due(following: _Following, watch: Watch, now: float) -> float:
    """Seconds until the next time at which a service can get a result without a change of its tasks."""
    since = (
        following.listing_since
        if following.listing == "refused"
        else following.observations[watch.name].since
    )
    moments = [following.began + watch.within] + ([] if since is None else [since + watch.monitor])
    return min((moment - now for moment in moments if moment > now), default=FIRST_PAUSE)
