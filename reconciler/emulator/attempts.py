"""The states of one task, and of the tasks that replace it in its slot while it fails. Pure.

Swarm replaces a task that ended without limit, five seconds later (seen: Docker 20.10.24 and 26.1.5).
"""

from collections.abc import Iterable, Iterator

from reconciler.emulator.identity import derived_id
from reconciler.emulator.images import Fate
from reconciler.emulator.sqlite import Record

# Seconds after its node was found at which a task enters a state, at pace 1.
RUNNING = 0.25
_WAITING = (("new", 0.0), ("pending", 0.02))
_STEPS = (("assigned", 0.04), ("accepted", 0.05), ("preparing", 0.06), ("ready", 0.12), ("starting", 0.14),
          ("running", RUNNING))  # fmt: skip
_STARTING = 0.14
_ENDS = {"reject": 0.10, "crash": 0.40, "complete": 0.40, "crash-late": RUNNING + 3.0}
_STATES = {"reject": "rejected", "complete": "complete"}
STOPPING = 0.2
_RETRY_AFTER = 5.0
_SAME = 1e-5
"""Times closer than this (seconds) are equal: they were computed in different ways."""
HISTORY = 5
"""How many tasks Swarm keeps of a slot, with the present one."""


def ends_after(fate: Fate) -> float:
    """Seconds from when a node was found until the task ends by itself or, if it does not, until it runs."""
    return _ENDS.get(fate, RUNNING)


def end(task: Record) -> float | None:
    """When the task ends by itself; None: never."""
    if task["fate"] == "run" or task["begin"] is None:
        return None
    return float(task["begin"] + _ENDS[task["fate"]] * task["pace"])


def is_active(task: Record, now: float) -> bool:
    """Whether the task, or one that replaces it, should run."""
    ends = end(task)
    return (task["stop"] is None or task["stop"] > now) and (
        task.get("goes_on", False) or ends is None or ends > now
    )


def has_container(task: Record, now: float) -> bool:
    """Whether the task has a container, which is kept as long as the task."""
    until = now if task["stop"] is None else min(now, task["stop"])
    begun = task["begin"] is not None and task["begin"] + _STARTING * task["pace"] <= until
    return bool(begun and task["fate"] != "reject")


def is_gone(task: Record, now: float) -> bool:
    """Whether a task was removed with its slot, and has stopped."""
    stop = task["stop"]
    return bool(task.get("removed")) and stop is not None and stop + STOPPING * task["pace"] <= now


def waits_for_its_turn(task: Record, now: float) -> bool:
    """Whether the task replaces a failed one, and has not started yet."""
    return bool(task.get("number")) and task["begin"] is not None and now < task["begin"]


def is_rejected_in_advance(task: Record) -> bool:
    """Whether the task replaces a rejected one: an engine prepares it at once, and rejects it before its start time."""
    return bool(task.get("number")) and task["fate"] == "reject"


def unrolled(tasks: Iterable[Record], now: float) -> Iterator[Record]:
    """The tasks that exist at ``now``: those given, and those that replaced them after failures."""
    for task in tasks:
        if task.get("goes_on") and task["begin"] is not None:
            yield from _chain(task, now)
        else:
            yield task


def _chain(task: Record, now: float) -> list[Record]:
    """A failing task and the last of those that replace it; only the newest continues."""
    period, stop = (_ENDS[task["fate"]] + _RETRY_AFTER) * task["pace"], task["stop"]
    until = now if stop is None else min(now, stop)
    last = int(max(0.0, until - task["begin"]) // period) + 1 if period else HISTORY - 1
    made: list[Record] = []
    for number in range(max(0, last - HISTORY), last + 1):
        follower = _follower(task, number, period) if number else task
        if number and (
            follower["created"] > now or (stop is not None and follower["created"] >= stop - _SAME)
        ):
            break
        made.append(follower)
    return [{**attempt, "goes_on": False, "stop": None} for attempt in made[:-1]] + made[-1:]


def _follower(task: Record, number: int, period: float) -> Record:
    begin = task["begin"] + number * period
    if task["fate"] == "reject" and not task["number"]:
        begin -= _RETRY_AFTER * task["pace"]
    whole = task["number"] + number
    return {
        **task,
        "id": derived_id(task["root"], whole),
        "number": whole,
        "begin": begin,
        "created": begin if task["fate"] == "reject" else begin - _RETRY_AFTER * task["pace"],
        "container": derived_id(task["container"], 0) + task["container"][25:],
    }


def events(task: Record) -> list[tuple[float, str]]:
    """The states of the task with their times, in order; the entry without a state is when the next task replaces
    it."""
    pace, begin, ends, stop = task["pace"], task["begin"], end(task), task["stop"]
    found = [(task["created"] + after * pace, state) for state, after in _WAITING]
    if task.get("number") and task["fate"] != "reject":
        found = [(task["created"], "ready")]
    if begin is not None:
        found += [(begin + after * pace, state) for state, after in _STEPS]
    if ends is not None:
        found = [event for event in found if event[0] < ends or not pace]
        found.append((ends, _STATES.get(task["fate"], "failed")))
    if stop is not None and (ends is None or ends > stop):
        found = [event for event in found if event[0] <= stop] + [(stop + STOPPING * pace, "shutdown")]
    return found


def next_follows(task: Record) -> float | None:
    """When the next task replaces this one; None: never."""
    ends = end(task)
    if ends is None or not task.get("goes_on"):
        return None
    at = ends + (_RETRY_AFTER * task["pace"] if is_rejected_in_advance(task) else 0.0)
    return at if task["stop"] is None or at < task["stop"] else None


def remembered(tasks: list[Record], now: float) -> list[Record]:
    """Swarm keeps only the last few tasks of each slot, and none of a slot that was taken away."""
    slots: dict[int, list[Record]] = {}
    for task in tasks:
        if task["created"] <= now:
            slots.setdefault(task["slot"], []).append(task)
    gone = {
        task["id"]
        for slot in slots.values()
        for task in sorted(slot, key=lambda attempt: float(attempt["created"]))[:-HISTORY]
        if not is_active(task, now)
    }
    return [task for task in tasks if task["id"] not in gone and not is_gone(task, now)]
