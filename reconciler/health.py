"""How a service is, from its tasks: how many run and of which version, what is still coming up, and what went wrong.

Pure, and the only place that reads states of tasks. Versions are distinguished by ids that were recorded, since a task
names neither its version nor its slot (API: tasks). States are Docker's.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec.structs import replace

from reconciler.model import Body, Owned, Spec
from reconciler.model.rollout import Health, distinct

LONGEST_CAUSE = 300
_FAILED = frozenset({"complete", "failed", "rejected"})
"""Ends that a service does not want: what completes is started again too. ``orphaned`` is none: its node went."""
_COMING = frozenset({"new", "allocated", "pending", "assigned", "accepted", "preparing", "ready", "starting"})
_IS_LEAVING = frozenset({"shutdown", "remove"})


def health(
    tasks: Iterable[Body],
    *,
    replicas: int,
    former: Collection[str] = (),
    verified: Collection[str] = (),
    prior: Collection[str] = (),
) -> Health:
    """How a service is by its ``tasks``, and only its own (API: tasks).

    ``former`` are ids of tasks that run an earlier version, ``verified`` of those seen to run this one. ``prior`` are
    ids of tasks listed before the last write: that they failed says nothing of it.
    """
    tasks = [task for task in tasks if task.get("id")]
    since = _newest_verified(tasks, verified)
    failed = [
        task
        for task in tasks
        if _state(task) in _FAILED and task["id"] not in prior and not _is_before(task, since)
    ]
    wanted = [task for task in tasks if _desired(task) not in _IS_LEAVING]
    running = _ids(task for task in tasks if is_running(task))
    coming = [task for task in wanted if _state(task) in _COMING]
    return Health(
        replicas=replicas,
        running=running,
        former=running & frozenset(former),
        verified=running & frozenset(verified),
        leaving=_ids(task for task in tasks if _state(task) == "running" and _desired(task) in _IS_LEAVING),
        coming=_ids(task for task in coming if _desired(task) != "ready"),
        failed=_ids(failed),
        errors=distinct((), map(_cause, failed)),
        waiting=distinct((), map(_cause, coming)),
    )


def counts(found: Health) -> tuple[int, int, int]:
    """How many tasks run, how many are to, and how many of those that run are of an earlier version."""
    return len(found.running), found.replicas, len(found.former)


def health_of(owned: Owned, body: Body, tasks: Sequence[Body]) -> Health:
    """How a service of the record is, by its live ``body`` and its tasks."""
    return health(
        tasks,
        replicas=replicas_of(body),
        former=() if owned.state == "verified" else owned.known,
        verified=owned.tasks if owned.state == "verified" else (),
        prior=() if owned.state == "verified" else owned.known,
    )


def while_written(owned: Owned, found: Health | None) -> Owned:
    """What the record holds of a service that a run has begun to write, or was about to, as its tasks show it: verified
    only while nothing but what was verified runs.
    """
    if owned.state != "verified" or found is None or found.is_settled:
        return owned
    return replace(owned, state="unverified")


def replicas_of(body: Body) -> int:
    """How many tasks a live service is to have (API: replicas; Docker: 1 where it says nothing)."""
    replicas = body.get("replicas")
    return 1 if replicas is None else int(replicas)


def fits(declared: Spec, ran: Spec, template: Iterable[str]) -> bool:
    """Whether tasks of ``ran`` run what is ``declared`` too: specs as recorded, by the fields of ``template``."""
    return all(field not in declared or declared[field] == ran.get(field) for field in template)


def is_running(task: Body) -> bool:
    """Whether a task runs and is to go on."""
    return _state(task) == "running" and _desired(task) not in _IS_LEAVING


def is_stopping(task: Body) -> bool:
    """Whether a task is to stop and has not ended."""
    return _desired(task) in _IS_LEAVING and _state(task) in _COMING | {"running"}


def by_service(tasks: Iterable[Body]) -> dict[str, list[Body]]:
    """Tasks by the id of their service."""
    found: dict[str, list[Body]] = {}
    for task in tasks:
        found.setdefault(str(task.get("service_id")), []).append(task)
    return found


def _ids(tasks: Iterable[Body]) -> frozenset[str]:
    return frozenset(str(task["id"]) for task in tasks)


def _newest_verified(tasks: Iterable[Body], verified: Collection[str]) -> str:
    return max((str(task.get("created_at") or "") for task in tasks if task["id"] in verified), default="")


def _is_before(task: Body, moment: str) -> bool:
    """Whether a task is older than those verified: RFC 3339 in UTC sorts as text; anything else counts as newer."""
    created = str(task.get("created_at") or "")
    return bool(moment and created) and len(created) >= len("2026-01-01T00:00:00Z") and created < moment


def _state(task: Body) -> str:
    status = task.get("status")
    return str(status.get("state")).lower() if isinstance(status, Mapping) else ""


def _desired(task: Body) -> str:
    return str(task.get("desired_state")).lower()


def _cause(task: Body) -> str:
    """A task's own words on how it is, in one printable line."""
    status = task.get("status")
    if not isinstance(status, Mapping):
        return ""
    text = str(status.get("error") or (status.get("message") if _state(task) in _FAILED else "") or "")
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return line if len(line) <= LONGEST_CAUSE else f"{line[: LONGEST_CAUSE - 1]}…"
