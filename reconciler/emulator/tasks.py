"""How a service's tasks come and go: the whole course of a rollout, laid down when it is asked for.

Every moment a task will go through follows from the times stored in it, so reading needs no clockwork and a
restart loses nothing. Pure: the clock and the dice (ids) come from the caller's arguments and ``identity``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from reconciler.emulator.identity import docker_id, long_id
from reconciler.emulator.images import Fate
from reconciler.emulator.sqlite import Record

# Seconds after its node was found at which a task enters a state, at pace 1.
_PENDING, _ASSIGNED, _PREPARING, _STARTING, _RUNNING = 0.02, 0.04, 0.06, 0.14, 0.25
_END = {"reject": 0.14, "crash": 0.40}
_STOPPING = 0.05
_RETRY_AFTER = 0.15
_ATTEMPTS = 4
_UPDATE_DELAY_SECOND = 0.02
_HISTORY = 5

_MESSAGES = {
    "new": "created",
    "pending": "pending task scheduling",
    "assigned": "scheduler assigned task to node",
    "preparing": "preparing",
    "starting": "starting",
    "running": "started",
    "shutdown": "shutdown",
    "rejected": "preparing",
    "failed": "started",
}


@dataclass(frozen=True, slots=True)
class Target:
    """What a service's tasks are to become.

    ``template`` numbers what the containers are made from; ``begin`` is when a node can take them (None: no
    node satisfies the constraints).
    """

    template: int
    replicas: int
    image: str
    fate: Fate
    begin: float | None


def schedule(service: Record, target: Target, *, before: Target | None, now: float, pace: float) -> Record:
    """The service on its way to ``target``: new tasks, stops of former ones, a rollback if that will fail.

    ``before`` is what an update starts from and may return to; None where no template changed (a new service,
    another number of replicas), which Swarm does all at once and without a failure action.
    """
    spec, tasks = service["spec"], _settled(service["tasks"], now)
    active = _active_by_slot(tasks, now)
    todo = []
    for slot in sorted({*active, *range(1, target.replicas + 1)}):
        formers = [task for task in active.get(slot, []) if task["template"] != target.template]
        kept = [task for task in active.get(slot, []) if task["template"] == target.template]
        if slot > target.replicas:
            _stop([*formers, *kept], now)
        elif kept:
            _place(kept, target, now)
            _hand_over(formers, target, at=now, order=spec["update_order"], pace=pace)
        else:
            todo.append(slot)
    size = spec["update_parallelism"] if before and spec["update_parallelism"] else max(1, len(todo))
    moment, failed = now, 0
    for first in range(0, len(todo), size):
        batch = todo[first : first + size]
        for slot in batch:
            _hand_over(active.get(slot, []), target, at=moment, order=spec["update_order"], pace=pace)
            tasks += _attempts(slot, target, at=moment, pace=pace)
        if target.begin is None:
            break
        moment = max(moment, target.begin) + (_END.get(target.fate, _RUNNING)) * pace
        failed += len(batch) if target.fate != "run" else 0
        if before and failed / target.replicas > spec["update_max_failure_ratio"]:
            if spec["update_failure_action"] == "rollback":
                tasks = _rolled_back(tasks, target, before, at=moment, pace=pace)
                return {**service, "tasks": _pruned(tasks, moment), "revert_at": moment}
            if spec["update_failure_action"] == "pause":
                break
        moment += spec["update_delay"] * _UPDATE_DELAY_SECOND * pace
    return {**service, "tasks": _pruned(tasks, now), "revert_at": None}


def _settled(tasks: list[Record], now: float) -> list[Record]:
    """Copies without what was foreseen but has not happened by ``now``."""
    return [
        {**task, "stop": task["stop"] if task["stop"] is not None and task["stop"] <= now else None}
        for task in tasks
        if task["created"] <= now
    ]


def _active_by_slot(tasks: list[Record], now: float) -> dict[int, list[Record]]:
    """An interrupted start-first update can leave a slot with several."""
    slots: dict[int, list[Record]] = {}
    for task in tasks:
        if _is_active(task, now):
            slots.setdefault(task["slot"], []).append(task)
    return slots


def _is_active(task: Record, now: float) -> bool:
    end = _end(task)
    return task["stop"] is None and (end is None or end > now)


def _end(task: Record) -> float | None:
    """When the task fails by itself; None: never."""
    if task["fate"] == "run" or task["begin"] is None:
        return None
    return float(task["begin"] + _END[task["fate"]] * task["pace"])


def _stop(tasks: list[Record], at: float) -> None:
    for task in tasks:
        task["stop"] = at


def _place(tasks: list[Record], target: Target, now: float) -> None:
    """Give waiting tasks the node that there may be by now."""
    for task in tasks:
        if task["begin"] is None and target.begin is not None:
            task["begin"] = max(now, target.begin)


def _hand_over(formers: list[Record], target: Target, *, at: float, order: str, pace: float) -> None:
    """Stop a slot's former tasks: at once, or (start-first) only when their successor runs."""
    if order == "stop-first":
        _stop(formers, at)
    elif target.fate == "run" and target.begin is not None:
        _stop(formers, max(at, target.begin) + _RUNNING * pace)


def _attempts(slot: int, target: Target, *, at: float, pace: float) -> Iterator[Record]:
    """The task of a slot, and those that follow while it fails."""
    for _ in range(_ATTEMPTS):
        begin = None if target.begin is None else max(at, target.begin)
        task = {"id": docker_id(), "slot": slot, "template": target.template, "created": at, "begin": begin,
                "fate": target.fate, "image": target.image, "pace": pace, "stop": None,
                "container": long_id()}  # fmt: skip
        yield task
        end = _end(task)
        if end is None:
            return
        at = end + _RETRY_AFTER * pace


def _rolled_back(
    tasks: list[Record], target: Target, before: Target, *, at: float, pace: float
) -> list[Record]:
    """All tasks, when the update to ``target`` is undone at ``at``."""
    kept = [task for task in tasks if task["template"] != target.template or task["created"] <= at]
    served = set()
    for task in kept:
        if task["stop"] is None and _is_active(task, at):
            if task["template"] == before.template and task["slot"] <= before.replicas:
                served.add(task["slot"])
            else:
                task["stop"] = at
    for slot in range(1, before.replicas + 1):
        if slot not in served:
            kept += _attempts(slot, before, at=at, pace=pace)
    return kept


def _pruned(tasks: list[Record], now: float) -> list[Record]:
    """Swarm keeps only the last few ended tasks of each slot."""
    ended: dict[int, list[str]] = {}
    for task in tasks:
        if task["created"] <= now and not _is_active(task, now):
            ended.setdefault(task["slot"], []).append(task["id"])
    gone = {key for keys in ended.values() for key in keys[:-_HISTORY]}
    return [task for task in tasks if task["id"] not in gone]


def _events(task: Record) -> list[tuple[float, str]]:
    """When the task enters which state, in order."""
    pace = task["pace"]
    events = [(task["created"], "new"), (task["created"] + _PENDING * pace, "pending")]
    begin, end = task["begin"], _end(task)
    if begin is not None:
        steps = (
            ("assigned", _ASSIGNED),
            ("preparing", _PREPARING),
            ("starting", _STARTING),
            ("running", _RUNNING),
        )
        events += [(begin + after * pace, state) for state, after in steps]
    if end is not None:
        events = [event for event in events if event[0] < end or not pace]
        events.append((end, "rejected" if task["fate"] == "reject" else "failed"))
    stop = task["stop"]
    if stop is not None and (end is None or end > stop):
        events = [event for event in events if event[0] <= stop] + [(stop + _STOPPING * pace, "shutdown")]
    return events


def describe(service: Record, now: float, nodes: int) -> tuple[list[dict[str, Any]], float]:
    """The tasks as the API shows them at ``now``, and until when that holds (infinity: for good)."""
    shown, until = [], float("inf")
    for task in service["tasks"]:
        moments = [*(moment for moment, _ in _events(task)), task["stop"] or 0.0]
        until = min([until, *(moment for moment in moments if moment > now)])
        if task["created"] <= now:
            shown.append(_describe_task(service, task, now, nodes))
    return shown, until


def _describe_task(service: Record, task: Record, now: float, nodes: int) -> dict[str, Any]:
    moment, state = [event for event in _events(task) if event[0] <= now][-1]
    ended = state in ("rejected", "failed") or (task["stop"] is not None and task["stop"] <= now)
    begun = task["begin"] is not None and task["begin"] <= now
    error = None
    if state == "rejected":
        error = f"No such image: {task['image']}"
    elif state == "failed":
        error = "task: non-zero exit (1)"
    elif state == "pending" and not begun:
        plural = "" if nodes == 1 else "s"
        error = f"no suitable node (scheduling constraints not satisfied on {nodes} node{plural})"
    has_container = state in ("starting", "running", "failed", "shutdown")
    return {
        "id": task["id"],
        "service_id": service["id"],
        "container_id": task["container"] if has_container else None,
        "status": {
            "timestamp": timestamp(moment),
            "state": state,
            "message": _MESSAGES[state],
            "error": error,
        },
        "desired_state": "shutdown" if ended else "running",
        "created_at": timestamp(task["created"]),
    }


def timestamp(moment: float) -> str:
    """RFC 3339, in UTC, with microseconds."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def is_waiting(service: Record, now: float) -> bool:
    """Does a task look for a node in vain?"""
    return any(task["begin"] is None and _is_active(task, now) for task in service["tasks"])


def evicted(service: Record, now: float) -> Record:
    """The service with all placed tasks stopped; itself if there are none."""
    placed = {task["id"] for task in service["tasks"] if task["begin"] is not None and _is_active(task, now)}
    if not placed:
        return service
    stopped = [{**task, "stop": now} if task["id"] in placed else task for task in service["tasks"]]
    return {**service, "tasks": stopped}
