"""The tasks of a service over time: a whole rollout is computed when it is requested.

Every state of a task follows from the times stored in it, so nothing runs in the background and a restart loses
nothing. A failing task stands for all that replace it in its slot (``attempts``). Pure: time is a parameter, and ids
are from ``identity``.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from reconciler.emulator.attempts import RUNNING, ends_after, is_active, remembered, unrolled
from reconciler.emulator.identity import docker_id, long_id
from reconciler.emulator.images import Fate
from reconciler.emulator.sqlite import Record

_UPDATE_DELAY_SECOND = 0.02
_MONITOR = 5
"""The monitor window that Swarm uses for 0, in seconds."""

Action = Literal["pause", "continue", "rollback"]


class TaskTarget(Struct, frozen=True):
    """The desired tasks of a service. ``template`` is the number of the container template; ``begin`` is when a node
    can take them (None: no node satisfies the constraints); ``nodes`` are the ids of those that can. ``volumes`` are
    the names of mounted volumes. ``error`` is why tasks are rejected, if not because of the image."""

    template: int
    replicas: int
    image: str
    fate: Fate
    begin: float | None
    nodes: Sequence[str] = ()
    volumes: Sequence[str] = ()
    error: str = ""


def schedule(
    service: Record,
    target: TaskTarget,
    *,
    before: TaskTarget | None,
    now: float,
    pace: float,
    action: Action | None = None,
) -> Record:
    """The service during a rollout to ``target``: new tasks, stops of old ones, and a rollback if the rollout will
    fail.

    ``before`` is the target that an update starts from and may roll back to; None if the template did not change (a new
    service, another number of replicas): Swarm does that all at once, without a failure action. ``action`` replaces the
    service's own failure action.
    """
    spec, tasks = service["spec"], _settled(service["tasks"], now)
    active = _active_by_slot(tasks, now)
    todo = _kept_and_stopped(active, target, order=spec["update_order"], now=now, pace=pace)
    action = (action or spec["update_failure_action"]) if before else "continue"
    size = spec["update_parallelism"] if before and spec["update_parallelism"] else max(1, len(todo))
    moment, failed, broken = now, 0, float("inf")
    for first in range(0, len(todo), size):
        if moment >= broken and first:
            break
        batch = todo[first : first + size]
        for slot in batch:
            _hand_over(active.get(slot, []), target, at=moment, order=spec["update_order"], pace=pace)
            tasks.append(_first(slot, target, at=moment, pace=pace))
        if target.begin is None:
            break
        up = max(moment, target.begin)
        if _is_noticed(target.fate, spec["update_monitor"] or _MONITOR):
            failed += len(batch)
            if failed / len(todo) > spec["update_max_failure_ratio"] and action != "continue":
                broken = min(broken, up + ends_after(target.fate) * pace)
        moment = up + min(ends_after(target.fate), _PATIENCE) * pace
        moment += spec["update_delay"] * _UPDATE_DELAY_SECOND * pace
    if before and action == "rollback" and broken < float("inf"):
        tasks = _rolled_back(tasks, target, before, at=broken, pace=pace)
        return {**service, "tasks": remembered(tasks, broken), "revert_at": broken}
    return {**service, "tasks": remembered(tasks, now), "revert_at": None}


def _kept_and_stopped(
    active: Mapping[int, list[Record]], target: TaskTarget, *, order: str, now: float, pace: float
) -> list[int]:
    """Stop the tasks of surplus slots, keep correct ones, and return the slots that need a new task."""
    todo = []
    for slot in sorted({*active, *range(1, target.replicas + 1)}):
        formers = [task for task in active.get(slot, []) if task["template"] != target.template]
        kept = [task for task in active.get(slot, []) if task["template"] == target.template]
        if slot > target.replicas:
            _stop([*formers, *kept], now, removed=True)
        elif kept:
            _place(kept, target, now)
            _hand_over(formers, target, at=now, order=order, pace=pace)
        else:
            todo.append(slot)
    return todo


_PATIENCE = 1.0
"""Seconds after its start, at pace 1, from which a failing task counts as having run; then the next one is replaced."""


def _is_noticed(fate: Fate, monitor: float) -> bool:
    """Whether a task fails in its monitor window, ``monitor`` seconds from when it runs."""
    return fate != "run" and (fate == "reject" or ends_after(fate) - RUNNING <= monitor)


def _settled(tasks: list[Record], now: float) -> list[Record]:
    """Copies without the future: states after ``now`` are removed."""
    return [
        {**task, "stop": task["stop"] if task["stop"] is not None and task["stop"] <= now else None}
        for task in unrolled([created for created in tasks if created["created"] <= now], now)
    ]


def _active_by_slot(tasks: list[Record], now: float) -> dict[int, list[Record]]:
    """The tasks of each slot: an interrupted start-first update can leave several in one."""
    slots: dict[int, list[Record]] = {}
    for task in tasks:
        if is_active(task, now):
            slots.setdefault(task["slot"], []).append(task)
    return slots


def _stop(tasks: list[Record], at: float, *, removed: bool = False) -> None:
    for task in tasks:
        task["stop"], task["removed"] = at, removed


def _place(tasks: list[Record], target: TaskTarget, now: float) -> None:
    """Give waiting tasks a node, if there is one now."""
    for task in tasks:
        if task["begin"] is None and target.begin is not None:
            task["begin"], task["node"] = max(now, target.begin), _node(target, task["slot"])


def _node(target: TaskTarget, slot: int) -> str | None:
    return target.nodes[(slot - 1) % len(target.nodes)] if target.nodes else None


def _hand_over(formers: list[Record], target: TaskTarget, *, at: float, order: str, pace: float) -> None:
    """Stop a slot's old tasks: at once, or (start-first) only when the new one runs."""
    if order == "stop-first":
        _stop(formers, at)
    elif target.fate not in ("reject", "crash") and target.begin is not None:
        _stop(formers, max(at, target.begin) + RUNNING * pace)


def _first(slot: int, target: TaskTarget, *, at: float, pace: float) -> Record:
    """The first task of a slot; if it fails, the later ones are derived from it (``attempts.unrolled``)."""
    key = docker_id()
    return {
        "id": key,
        "root": key,
        "number": 0,
        "slot": slot,
        "template": target.template,
        "created": at,
        "begin": None if target.begin is None else max(at, target.begin),
        "fate": target.fate,
        "goes_on": target.fate != "run",
        "image": target.image,
        "error": target.error,
        "pace": pace,
        "stop": None,
        "removed": False,
        "container": long_id(),
        "node": _node(target, slot),
        "volumes": list(target.volumes),
    }


def _rolled_back(
    tasks: list[Record], target: TaskTarget, before: TaskTarget, *, at: float, pace: float
) -> list[Record]:
    """All tasks after the update to ``target`` is rolled back at ``at``."""
    kept = [task for task in tasks if task["template"] != target.template or task["created"] <= at]
    served = set()
    for task in kept:
        if (task["stop"] is None or task["stop"] > at) and is_active(task, at):
            if task["template"] == before.template and task["slot"] <= before.replicas:
                task["stop"] = None
                served.add(task["slot"])
            else:
                task["stop"] = at
    return kept + [
        _first(slot, before, at=at, pace=pace) for slot in range(1, before.replicas + 1) if slot not in served
    ]


def is_waiting(service: Record, now: float) -> bool:
    """Whether a task waits for a node and there is none."""
    return any(task["begin"] is None and is_active(task, now) for task in service["tasks"])


def is_unfinished(service: Record, now: float) -> bool:
    """Whether a rollout of the service is in progress or paused: tasks of another template should run."""
    ahead = service["revert_at"] is not None and service["revert_at"] > now
    return ahead or any(
        task["template"] != service["template"] and is_active(task, now) for task in service["tasks"]
    )


def evicted(service: Record, nodes: Collection[str], now: float) -> Record:
    """The service, with the tasks stopped that are not on one of these nodes; the same object if there are none."""
    lost = {
        task["id"]
        for task in service["tasks"]
        if task["begin"] is not None and is_active(task, now) and task.get("node") not in {None, *nodes}
    }
    if not lost:
        return service
    stopped = [{**task, "stop": now} if task["id"] in lost else task for task in service["tasks"]]
    return {**service, "tasks": stopped}


def renumbered(service: Record, nodes: Collection[str], template: int, now: float) -> Record:
    """The service, with its tasks on these nodes counted as tasks of ``template``, except those that wait for a
    node."""
    tasks = [
        {**task, "template": template} if is_active(task, now) and task.get("node") in nodes else task
        for task in service["tasks"]
    ]
    return {**service, "tasks": tasks}


def without(service: Record, error: str, now: float) -> Record:
    """The service after the spec that a rollback will return to became impossible: its future tasks are rejected."""
    template = service["previous"]["template"]
    spoiled = [
        {**task, "fate": "reject", "goes_on": True, "error": error}
        if task["template"] == template and task["created"] > now
        else task
        for task in service["tasks"]
    ]
    return {**service, "tasks": spoiled}
