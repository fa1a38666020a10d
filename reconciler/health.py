"""The health of a service, from its tasks: how many run and of which version, which are starting, and what failed.

Pure, and the only module that reads states of tasks. Versions are distinguished by recorded task ids, since a task
shows neither its version nor its slot (API: tasks). The states are Docker's.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec.structs import replace

from reconciler.model import Body, Owned, Spec
from reconciler.model.rollout import Health, distinct

LONGEST_CAUSE = 300
_FAILED = frozenset({"complete", "failed", "rejected"})
"""States in which a task has ended but should run; a completed task is restarted too. Not ``orphaned``: its node
was removed.
"""
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
    """The health of a service by ``tasks``, which must all be of this service (API: tasks).

    ``replicas`` is the wanted number. ``former`` are the ids of tasks of an earlier version, ``verified`` of those
    that were seen to run this version. ``prior`` are the ids of tasks listed before the last write, whose failures
    do not count.
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
    """The number of running tasks, the wanted number, and how many running tasks are of an earlier version."""
    return len(found.running), found.replicas, len(found.former)


def health_of(owned: Owned, body: Body, tasks: Sequence[Body]) -> Health:
    """The health of a recorded service, by its live ``body`` and its tasks."""
    return health(
        tasks,
        replicas=replicas_of(body),
        former=() if owned.state == "verified" else owned.known,
        verified=owned.tasks if owned.state == "verified" else (),
        prior=() if owned.state == "verified" else owned.known,
    )


def while_written(owned: Owned, found: Health | None) -> Owned:
    """The record's entry of a service while a run writes it: it stays verified only if all its running tasks are
    verified.
    """
    if owned.state != "verified" or found is None or found.is_settled:
        return owned
    return replace(owned, state="unverified")


def replicas_of(body: Body) -> int:
    """The wanted number of tasks of a live service (API: replicas; Docker: 1 if not set)."""
    replicas = body.get("replicas")
    return 1 if replicas is None else int(replicas)


def fits(declared: Spec, ran: Spec, template: Iterable[str]) -> bool:
    """Whether tasks of the recorded spec ``ran`` also match the recorded spec ``declared``, by the fields in
    ``template``.
    """
    return all(field not in declared or declared[field] == ran.get(field) for field in template)


def is_running(task: Body) -> bool:
    """Whether a task runs and is not being stopped."""
    return _state(task) == "running" and _desired(task) not in _IS_LEAVING


def is_stopping(task: Body) -> bool:
    """Whether a task is being stopped and has not ended."""
    return _desired(task) in _IS_LEAVING and _state(task) in _COMING | {"running"}


def by_service(tasks: Iterable[Body]) -> dict[str, list[Body]]:
    """The tasks by the id of their service."""
    found: dict[str, list[Body]] = {}
    for task in tasks:
        found.setdefault(str(task.get("service_id")), []).append(task)
    return found


def _ids(tasks: Iterable[Body]) -> frozenset[str]:
    return frozenset(str(task["id"]) for task in tasks)


def _newest_verified(tasks: Iterable[Body], verified: Collection[str]) -> str:
    return max((str(task.get("created_at") or "") for task in tasks if task["id"] in verified), default="")


def _is_before(task: Body, moment: str) -> bool:
    """Whether a task is older than the verified ones.

    RFC 3339 times in UTC can be compared as text; other times count as newer.
    """
    created = str(task.get("created_at") or "")
    return bool(moment and created) and len(created) >= len("2026-01-01T00:00:00Z") and created < moment


def _state(task: Body) -> str:
    status = task.get("status")
    return str(status.get("state")).lower() if isinstance(status, Mapping) else ""


def _desired(task: Body) -> str:
    return str(task.get("desired_state")).lower()


def _cause(task: Body) -> str:
    """The error message of a task, as one printable line of at most ``LONGEST_CAUSE`` characters."""
    status = task.get("status")
    if not isinstance(status, Mapping):
        return ""
    text = str(status.get("error") or (status.get("message") if _state(task) in _FAILED else "") or "")
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return line if len(line) <= LONGEST_CAUSE else f"{line[: LONGEST_CAUSE - 1]}…"
