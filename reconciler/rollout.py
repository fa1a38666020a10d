"""Did the tasks come up, and stay up? "Verified, not accepted": an answer of 201 says only that a write was taken.

``look`` and ``judge`` are pure; ``follow`` lists tasks until there is a verdict on every service. It tells
tasks by their ids and measures by its own clock: what the platform writes of times has no documented form.
It changes nothing, and puts no former spec back (that is the caller's).
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from reconciler.api.client import ClusterRef
from reconciler.errors import NotFound, ReconcilerError, Unauthorized
from reconciler.model import Body

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 2.0
CLEAR_FAILURES = 3
"""So many new tasks that failed, with none running, are a verdict: Swarm restarts a failed task without end."""
ROLLBACK_GRACE = 30.0
"""How long a service that rolls back by itself is given to do so, once it is clear that it failed."""
EMPTY_GRACE = 15.0
"""How long no task of any service may be listed before it is clear that tasks are not shown to us."""
MOST_ERRORS, LONGEST_ERROR = 5, 300
_ENDED = frozenset({"complete", "failed", "rejected", "orphaned"})
_OVER = _ENDED | {"shutdown", "remove"}

Stage = Literal["running", "suspect", "failed", "steady", "accepted"]
Listing = Literal["unknown", "tasks", "nothing", "refused"]
"""What the list of tasks has been: not answered yet, or with tasks, or always empty, or refused to this token."""


class Reader(Protocol):
    """What is asked of the API (tasks, services)."""

    def tasks(self, at: ClusterRef, /) -> Sequence[Body]:
        """All tasks of the cluster."""
        ...

    def services(self, at: ClusterRef, /) -> Sequence[Body]:
        """All services of the cluster."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """One service to follow after it was written.

    ``known`` are the ids of its tasks before the write. ``new_tasks``: image, command, args, environment, mounts,
    references or constraints changed, or it was restarted, so that only tasks not known count. ``monitor`` is how many
    seconds all replicas have to stay up. ``rolls_back``: its ``update_failure_action`` is rollback. ``former`` are
    tasks from before an earlier write that was never verified: that they run says nothing.
    """

    name: str
    id: str
    replicas: int
    monitor: float
    known: frozenset[str] = frozenset()
    new_tasks: bool = True
    rolls_back: bool = False
    former: frozenset[str] = frozenset()


class Verdict(NamedTuple):
    """How a rollout ended. ``message`` is for people; ``errors`` are the tasks' own, each once, safe to show.

    ``unverified``: tasks or services could not be read for a reason that may pass. ``accepted``: this platform
    or token shows no tasks.
    """

    status: Literal["verified", "unverified", "failed", "rolled back", "accepted"]
    message: str = ""
    errors: tuple[str, ...] = ()


class Sight(NamedTuple):
    """What has been seen of one service so far; times by the follower's clock.

    ``running`` are the counted tasks that run now (of none that are to run: those that still do), ``since`` when
    they have been as many as they are to be, and the same. ``failed`` are
    all new tasks that ever failed, ``hopeless`` when that became clear. ``waiting`` is what tasks that do not
    run yet say.
    """

    seen: bool = False
    running: frozenset[str] = frozenset()
    since: float | None = None
    failed: frozenset[str] = frozenset()
    hopeless: float | None = None
    errors: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()


def look(watch: Watch, before: Sight, tasks: Sequence[Body], now: float) -> Sight:
    """What is known of a service after one more list of its tasks (only its own; API: tasks)."""
    new = [task for task in tasks if task["id"] not in watch.known]
    counted = new if watch.new_tasks and watch.replicas else tasks
    running = frozenset(
        task["id"]
        for task in counted
        if _state(task) == "running"
        and (not watch.replicas or (_is_wanted(task) and task["id"] not in watch.former))
    )
    failing = [task for task in new if _state(task) in _ENDED]
    failed = before.failed | {task["id"] for task in failing}
    whole = len(running) == watch.replicas
    since = before.since if before.since is not None and running == before.running else now
    limit = CLEAR_FAILURES + (watch.replicas if running - watch.known else 0)
    hopeless = before.hopeless if before.hopeless is not None else now
    return Sight(
        seen=before.seen or bool(tasks),
        running=running,
        since=since if whole else None,
        failed=failed,
        hopeless=hopeless if len(failed) >= limit and not whole else None,
        errors=_distinct(before.errors, map(_said, failing)),
        waiting=_distinct(
            (), (_said(task) for task in new if _is_wanted(task) and _state(task) not in _OVER)
        ),
    )


def judge(
    watch: Watch, sight: Sight, *, now: float, listing: Listing = "tasks", listing_since: float = 0.0
) -> Stage:
    """Where a service stands. But for ``running``, its spec has to be read again before that is a verdict."""
    if listing == "refused":
        return "accepted" if now - listing_since >= watch.monitor else "running"
    if sight.since is not None and now - sight.since >= (watch.monitor if watch.replicas else 0):
        return "steady"
    if listing == "nothing" and watch.replicas and now - listing_since >= max(watch.monitor, EMPTY_GRACE):
        return "accepted"
    if sight.hopeless is not None and now - sight.hopeless >= (ROLLBACK_GRACE if watch.rolls_back else 0):
        return "failed"
    return "suspect" if sight.failed and sight.since is None else "running"


@dataclass(slots=True)
class _Course:
    """How far following has come."""

    began: float
    open: dict[str, Watch]
    sights: dict[str, Sight]
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    listing: Listing = "unknown"
    listing_since: float = 0.0
    trouble: str = ""

    def list_is(self, listing: Listing, now: float) -> None:
        if listing != self.listing:
            self.listing, self.listing_since = listing, now

    def settle(self, name: str, verdict: Verdict) -> None:
        self.verdicts[name] = verdict
        del self.open[name]


Intact = Callable[[str, Body], bool]
Progress = Callable[[str, int, int], None]


def follow(
    reader: Reader,
    at: ClusterRef,
    watches: Iterable[Watch],
    *,
    intact: Intact,
    timeout: float,
    progress: Progress = lambda *_: None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, Verdict]:
    """A verdict on each service, by name, after ``timeout`` seconds at the latest.

    ``intact`` tells from a name and the service's body whether the fields that were written are still there.
    ``progress`` gets a name, how many tasks run and how many are to, whenever that changes. One list of tasks a
    poll, and one of services where a spec has to be read again, for all services together.
    """
    opened = {watch.name: watch for watch in watches}
    course = _Course(clock(), opened, {name: Sight() for name in opened})
    pause = FIRST_PAUSE
    while course.open:
        _look_at_all(course, reader, at, clock, progress)
        now = clock()
        over = now - course.began >= timeout
        _judge_all(course, reader, at, now, intact, over=over)
        if over:
            for name in tuple(course.open):
                course.settle(name, _at_the_end(course, name, timeout))
        if course.open:
            sleep(min(pause, *(_until_due(course, one, now, timeout) for one in course.open.values())))
            pause = min(pause * 1.5, LONGEST_PAUSE)
    return course.verdicts


def _look_at_all(
    course: _Course, reader: Reader, at: ClusterRef, clock: Callable[[], float], progress: Progress
) -> None:
    if course.listing == "refused":
        return
    try:
        tasks = reader.tasks(at)
    except (Unauthorized, NotFound) as error:
        if course.listing == "tasks" or any(watch.known for watch in course.open.values()):
            course.trouble = str(error)  # they were shown before, so this may pass
        else:
            course.list_is("refused", clock())
        return
    except ReconcilerError as error:
        course.trouble = str(error)
        return
    now = clock()
    course.trouble = ""
    shown = tasks or course.listing == "tasks" or any(watch.known for watch in course.open.values())
    course.list_is("tasks" if shown else "nothing", now)
    by_service: dict[str, list[Body]] = {}
    for task in tasks:
        by_service.setdefault(str(task.get("service_id")), []).append(task)
    for name, watch in course.open.items():
        before = course.sights[name]
        course.sights[name] = sight = look(watch, before, by_service.get(watch.id, ()), now)
        if len(sight.running) != len(before.running):
            progress(name, len(sight.running), watch.replicas)


def _judge_all(
    course: _Course, reader: Reader, at: ClusterRef, now: float, intact: Intact, *, over: bool
) -> None:
    stages = {
        name: judge(
            watch, course.sights[name], now=now, listing=course.listing, listing_since=course.listing_since
        )
        for name, watch in course.open.items()
    }
    if not over and all(stage == "running" for stage in stages.values()):
        return
    try:
        services = {str(body["id"]): body for body in reader.services(at)}
    except ReconcilerError as error:
        course.trouble = str(error)
        return
    for name, stage in stages.items():
        if over or stage != "running":
            body = services.get(course.open[name].id)
            verdict = _verdict(stage, course.sights[name], None if body is None else intact(name, body))
            if verdict is not None:
                course.settle(name, verdict)


def _verdict(stage: Stage, sight: Sight, intact: bool | None) -> Verdict | None:
    """What a stage comes to, now that the spec was read again; ``intact`` is None where the service is gone."""
    if intact is None:
        return Verdict("failed", "the service was deleted meanwhile", sight.errors)
    if not intact:
        return Verdict(
            "rolled back", "the former spec is back: the platform rolled the update back", sight.errors
        )
    if stage == "steady":
        return Verdict("verified", f"{len(sight.running)} running")
    if stage == "accepted":
        return Verdict("accepted", "accepted, not verified: this platform shows us no tasks")
    if stage == "failed":
        return Verdict("failed", f"{len(sight.failed)} new tasks failed", sight.errors)
    return None


def _at_the_end(course: _Course, name: str, timeout: float) -> Verdict:
    """The verdict when time is over."""
    watch, sight = course.open[name], course.sights[name]
    if course.trouble:
        return Verdict(
            "unverified", f"could not be verified within {timeout:.0f} s: {course.trouble}", sight.errors
        )
    if not sight.seen and watch.replicas:
        return Verdict(
            "accepted", f"accepted, not verified: none of its tasks was listed within {timeout:.0f} s"
        )
    kept = "" if len(sight.running) != watch.replicas else ", and not for long enough"
    return Verdict(
        "failed",
        f"{len(sight.running)} of {watch.replicas} running after {timeout:.0f} s{kept}",
        _distinct(sight.errors, sight.waiting),
    )


def _until_due(course: _Course, watch: Watch, now: float, timeout: float) -> float:
    """Seconds until the next moment at which the verdict on a service can come of time alone."""
    since = course.listing_since if course.listing == "refused" else course.sights[watch.name].since
    moments = [course.began + timeout] + ([] if since is None else [since + watch.monitor])
    return min((moment - now for moment in moments if moment > now), default=FIRST_PAUSE)


def _state(task: Body) -> str:
    status = task.get("status")
    return str(status.get("state")).lower() if isinstance(status, Mapping) else ""


def _is_wanted(task: Body) -> bool:
    return str(task.get("desired_state")).lower() not in {"shutdown", "remove"}


def _said(task: Body) -> str:
    """A task's own words on how it is, in one printable line."""
    status = task.get("status")
    if not isinstance(status, Mapping):
        return ""
    text = str(status.get("error") or (status.get("message") if _state(task) in _ENDED else "") or "")
    line = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return line if len(line) <= LONGEST_ERROR else f"{line[: LONGEST_ERROR - 1]}…"


def _distinct(before: tuple[str, ...], more: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in (*before, *more) if one))[:MOST_ERRORS]
