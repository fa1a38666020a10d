"""The tasks of a service as the API shows them at a time, and the volumes that their containers hold. Pure."""

from datetime import UTC, datetime
from typing import Any

from reconciler.emulator.attempts import (
    events,
    has_container,
    is_rejected_in_advance,
    next_follows,
    remembered,
    unrolled,
    waits_for_its_turn,
)
from reconciler.emulator.sqlite import Record

_MESSAGES = {
    "new": "created",
    "pending": "pending task scheduling",
    "assigned": "scheduler assigned task to node",
    "accepted": "accepted",
    "preparing": "preparing",
    "ready": "prepared",
    "starting": "starting",
    "running": "started",
    "complete": "finished",
    "shutdown": "shutdown",
    "rejected": "preparing",
    "failed": "started",
}


def _shown(service: Record, now: float) -> list[Record]:
    """The tasks that Swarm keeps at ``now``."""
    return remembered([task for task in unrolled(service["tasks"], now) if task["created"] <= now], now)


def describe(service: Record, now: float, nodes: int) -> tuple[list[dict[str, Any]], float]:
    """The tasks as the API shows them at ``now``, and the time until which that is valid (infinity: always)."""
    moments = [task["created"] for task in service["tasks"]]
    shown = _shown(service, now)
    for task in [*shown, *(planned for planned in service["tasks"] if planned["created"] > now)]:
        moments += [moment for moment, _ in events(task)]
        moments += [task["begin"] or 0.0, task["stop"] or 0.0, next_follows(task) or 0.0]
    until = min((moment for moment in moments if moment > now), default=float("inf"))
    return [_describe_task(service, task, now, nodes) for task in shown], until


def _describe_task(service: Record, task: Record, now: float, nodes: int) -> dict[str, Any]:
    moment, state = [event for event in events(task) if event[0] <= now][-1]
    error = None
    if state == "rejected":
        error = task.get("error") or f"No such image: {task['image']}"
    elif state == "failed":
        error = "task: non-zero exit (1)"
    elif state == "pending" and (task["begin"] is None or task["begin"] > now):
        plural = "" if nodes == 1 else "s"
        error = f"no suitable node (scheduling constraints not satisfied on {nodes} node{plural})"
    return {
        "id": task["id"],
        "service_id": service["id"],
        "container_id": task["container"] if has_container(task, now) else None,
        "status": {
            "timestamp": timestamp(moment),
            "state": state,
            "message": _MESSAGES["pending" if state == "shutdown" and task["begin"] is None else state],
            "error": error,
        },
        "desired_state": _desired(task, state, now),
        "created_at": timestamp(task["created"]),
    }


def _desired(task: Record, state: str, now: float) -> str:
    if task["stop"] is not None and task["stop"] <= now:
        return "remove" if task.get("removed") else "shutdown"
    if is_rejected_in_advance(task) and task.get("goes_on"):
        return "ready"
    if state in ("rejected", "failed", "complete"):
        return "shutdown"
    return "ready" if waits_for_its_turn(task, now) else "running"


def timestamp(moment: float) -> str:
    """A time by RFC 3339, in UTC, with microseconds."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def held_volumes(service: Record, now: float) -> dict[str, str]:
    """The volumes that containers of the service hold, also ended ones, each with the id of one container."""
    return {
        volume: task["container"]
        for task in _shown(service, now)
        if has_container(task, now)
        for volume in task.get("volumes", ())
    }
