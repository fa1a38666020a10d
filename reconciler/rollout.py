"""Did the tasks come up, and stay up? "Verified, not accepted": an answer of 201 says only that a write was taken.

``look`` and ``judge`` are pure; ``follow`` lists tasks until there is a verdict on every service. It tells
tasks by their ids and measures by its own clock: what the platform writes of times has no documented form.
It changes nothing, and puts no former spec back (that is the caller's).
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from reconciler.api.client import ClusterRef
from reconciler.errors import NotFound, ReconcilerError, Unauthorized
from reconciler.health import Health, by_service, distinct, running_text
from reconciler.model import Body
from reconciler.watch import Watch, health_by

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 2.0
CLEAR_FAILURES = 3
"""So many failures of a replica, with none running or about to, are a verdict: Swarm restarts a task without end."""
ROLLBACK_GRACE = 30.0
"""How long a service that rolls back by itself is given to do so, once it is clear that it failed."""
EMPTY_GRACE = 15.0
"""How long no task of a service may be listed before it is clear that none will be."""

HIDDEN = "this cluster has shown tasks before, and shows none now"

Stage = Literal["running", "suspect", "failed", "steady", "accepted", "hidden", "unseen"]
Listing = Literal["unknown", "tasks", "nothing", "refused"]
"""What the list of tasks has been: not answered yet, or with tasks, or always empty, or refused to this token."""


class TaskReader(Protocol):
    """What is asked of the API (tasks, services)."""

    def tasks(self, at: ClusterRef, /) -> Sequence[Body]:
        """All tasks of the cluster."""

    def services(self, at: ClusterRef, /) -> Sequence[Body]:
        """All services of the cluster."""


class Verdict(NamedTuple):
    """How a rollout ended. ``message`` is for people; ``errors`` are the tasks' own, each once, safe to show.

    ``unverified``: tasks or services could not be read for a reason that may pass, or none is shown of this service.
    ``accepted``: no tasks are shown. ``tasks`` are the ids of those that run. ``advancing``: some ran at the end.
    ``listed``: the cluster's tasks were listed, of whatever service.
    """

    status: Literal["verified", "unverified", "failed", "rolled back", "accepted"]
    message: str = ""
    errors: tuple[str, ...] = ()
    tasks: frozenset[str] = frozenset()
    advancing: bool = False
    listed: bool = False


_UNSEEN = Verdict("unverified", "not verified: tasks of other services are listed, and none of this one")


class Sight(NamedTuple):
    """What has been seen of one service so far; times by the follower's clock.

    ``health`` is by the last list, ``since`` when as many have run as are to, and the same. ``failed`` are all tasks
    that ever failed, ``hopeless`` when that became clear, ``errors`` what they said.
    """

    health: Health
    seen: bool = False
    since: float | None = None
    failed: frozenset[str] = frozenset()
    hopeless: float | None = None
    errors: tuple[str, ...] = ()


def first_sight(watch: Watch) -> Sight:
    """What is known of a service before its tasks were listed."""
    return Sight(Health(replicas=watch.replicas))


def look(watch: Watch, before: Sight, tasks: Sequence[Body], now: float) -> Sight:
    """What is known of a service after one more list of its tasks (only its own; API: tasks)."""
    found = health_by(watch, tasks)
    failed = before.failed | found.failed
    same = before.since is not None and found.counted == before.health.counted
    clear = found.is_hopeless and len(failed) >= CLEAR_FAILURES * watch.breadth
    return Sight(
        health=found,
        seen=before.seen or bool(tasks),
        since=(before.since if same else now) if found.is_whole else None,
        failed=failed,
        hopeless=None if not clear else now if before.hopeless is None else before.hopeless,
        errors=distinct(before.errors, found.errors),
    )


def judge(
    watch: Watch,
    sight: Sight,
    *,
    now: float,
    listing: Listing = "tasks",
    listing_since: float = 0.0,
    shown: bool = False,
) -> Stage:
    """Where a service stands. But for ``running``, its spec has to be read again before that is a verdict.

    ``shown``: this cluster has shown tasks before, so that a list that is refused or empty proves nothing.
    """
    if listing == "refused":
        grace = EMPTY_GRACE if shown else watch.monitor
        return "running" if now - listing_since < grace else "hidden" if shown else "accepted"
    window = 0.0 if sight.health.is_settled or not watch.replicas else watch.monitor
    if listing == "tasks" and sight.since is not None and now - sight.since >= window:
        return "steady"
    empty = now - listing_since >= max(watch.monitor, EMPTY_GRACE)
    if listing == "nothing" and empty:
        return "hidden" if shown and watch.replicas else "accepted"
    if listing == "tasks" and not sight.seen and watch.replicas and empty:
        return "unseen"
    if sight.hopeless is not None and now - sight.hopeless >= (ROLLBACK_GRACE if watch.rolls_back else 0):
        return "failed"
    return "suspect" if sight.failed and sight.since is None else "running"


@dataclass(slots=True)
class _Course:
    """How far following has come."""

    began: float
    shown: bool
    open: dict[str, Watch]
    sights: dict[str, Sight]
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    listing: Listing = "unknown"
    listing_since: float = 0.0
    trouble: str = ""
    saw_tasks: bool = False

    def list_is(self, listing: Listing, now: float) -> None:
        if listing != self.listing:
            self.listing, self.listing_since = listing, now

    def settle(self, name: str, verdict: Verdict) -> None:
        self.verdicts[name] = verdict._replace(listed=self.saw_tasks)
        del self.open[name]

    def is_over(self, watch: Watch, now: float) -> bool:
        return now - self.began >= watch.within


Intact = Callable[[str, Body], bool]
Progress = Callable[[str, str], None]


def follow(
    reader: TaskReader,
    at: ClusterRef,
    watches: Iterable[Watch],
    *,
    intact: Intact,
    shown: bool = False,
    progress: Progress = lambda *_: None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, Verdict]:
    """A verdict on each service, by name, ``Watch.within`` so many seconds.

    ``intact`` tells from a name and the service's body whether the fields that were written are still there.
    ``shown``: this cluster has shown tasks before. ``progress`` gets a name and how many of its tasks run, in words.
    One list of tasks a poll, and one of services where a spec has to be read again, for all services together.
    """
    opened = {watch.name: watch for watch in watches}
    course = _Course(clock(), shown, opened, {name: first_sight(one) for name, one in opened.items()})
    pause = FIRST_PAUSE
    while course.open:
        _look_at_all(course, reader, at, clock, progress)
        now = clock()
        _judge_all(course, reader, at, now, intact)
        for name, watch in tuple(course.open.items()):
            if course.is_over(watch, now):
                course.settle(name, _at_the_end(course, watch))
        if course.open:
            sleep(min(pause, *(_until_due(course, one, now) for one in course.open.values())))
            pause = min(pause * 1.5, LONGEST_PAUSE)
    return course.verdicts


def _look_at_all(
    course: _Course, reader: TaskReader, at: ClusterRef, clock: Callable[[], float], progress: Progress
) -> None:
    try:
        tasks = () if course.listing == "refused" and not course.shown else reader.tasks(at)
    except (Unauthorized, NotFound) as error:
        course.trouble = str(error) if course.shown or course.listing == "tasks" else ""
        course.shown = course.shown or course.listing == "tasks"
        course.list_is("refused", clock())
        return
    except ReconcilerError as error:
        course.trouble = str(error)
        return
    if course.listing == "refused" and not course.shown:
        return
    now = clock()
    course.trouble = ""
    course.saw_tasks = course.saw_tasks or bool(tasks)
    course.list_is("tasks" if tasks or course.listing == "tasks" else "nothing", now)
    of_each = by_service(tasks)
    for name, watch in course.open.items():
        before = course.sights[name]
        course.sights[name] = sight = look(watch, before, of_each.get(watch.id, ()), now)
        if running_text(sight.health) != running_text(before.health):
            progress(name, running_text(sight.health))


def _judge_all(course: _Course, reader: TaskReader, at: ClusterRef, now: float, intact: Intact) -> None:
    stages = {
        name: judge(
            watch,
            course.sights[name],
            now=now,
            listing=course.listing,
            listing_since=course.listing_since,
            shown=course.shown,
        )
        for name, watch in course.open.items()
    }
    due = {
        name for name, stage in stages.items() if stage != "running" or course.is_over(course.open[name], now)
    }
    if not due:
        return
    try:
        services = {str(body["id"]): body for body in reader.services(at)}
    except ReconcilerError as error:
        course.trouble = str(error)
        return
    for name in sorted(due):
        body = services.get(course.open[name].id)
        verdict = _verdict(course, name, stages[name], None if body is None else intact(name, body))
        if verdict is not None:
            course.settle(name, verdict)


def _verdict(course: _Course, name: str, stage: Stage, intact: bool | None) -> Verdict | None:
    """What a stage comes to, now that the spec was read again; ``intact`` is None where the service is gone."""
    sight = course.sights[name]
    if intact is None:
        return Verdict("failed", "the service was deleted meanwhile", sight.errors)
    if not intact:
        return Verdict("rolled back", "the platform rolled it back to the previous version", sight.errors)
    match stage:
        case "steady":
            return Verdict("verified", running_text(sight.health), tasks=sight.health.running)
        case "accepted":
            return Verdict("accepted", "accepted, not verified: this platform shows no tasks")
        case "hidden":
            return _hidden(course)
        case "unseen":
            return _UNSEEN
        case "failed":
            count = len(sight.failed)
            failed = "1 task failed" if count == 1 else f"{count} tasks failed"
            return Verdict("failed", f"{running_text(sight.health)}, {failed}", sight.errors)
    return None


def _hidden(course: _Course) -> Verdict:
    why = f" ({course.trouble})" if course.trouble else ""
    return Verdict("unverified", f"not verified: {HIDDEN}{why}; --no-tasks goes on without them")


def _at_the_end(course: _Course, watch: Watch) -> Verdict:
    """The verdict when time is over."""
    sight = course.sights[watch.name]
    if course.shown and course.listing in ("refused", "nothing"):
        return _hidden(course)
    if course.trouble or course.listing != "tasks":
        why = f": {course.trouble}" if course.trouble else ""
        return Verdict("unverified", f"could not be verified within {watch.within:.0f} s{why}", sight.errors)
    if not sight.seen and watch.replicas:
        return _UNSEEN
    text = running_text(sight.health) + (", not yet for its window" if sight.health.is_whole else "")
    return Verdict(
        "failed",
        f"{text} (after {watch.within:.0f} s)",
        distinct(sight.errors, sight.health.waiting),
        advancing=bool(sight.health.counted),
    )


def _until_due(course: _Course, watch: Watch, now: float) -> float:
    """Seconds until the next moment at which the verdict on a service can come of time alone."""
    since = course.listing_since if course.listing == "refused" else course.sights[watch.name].since
    moments = [course.began + watch.within] + ([] if since is None else [since + watch.monitor])
    return min((moment - now for moment in moments if moment > now), default=FIRST_PAUSE)
