"""Verifies written services: the written fields are there, the tasks came up, and they stayed up.

Follows rollouts with ``reconciler.rollout``, and puts the previous spec back if the manifest asks for it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from reconciler.applying.context import ApplyContext
from reconciler.applying.intents import is_same_object
from reconciler.applying.kinds.service import did_not_take, put_back
from reconciler.errors import NotFound, ReconcilerError, Unauthorized
from reconciler.health import by_service, replicas_of
from reconciler.kinds import RUNNING
from reconciler.kinds.service import SERVICE, TEMPLATE, decode
from reconciler.kinds.service_tasks import may_keep_tasks
from reconciler.model import Address, Body, Change, Delete, Owned, Progress, Write
from reconciler.model.failure import Failure
from reconciler.model.rollout import RolloutResult
from reconciler.normalize import same
from reconciler.policy import breadth_of, longest, monitor_of
from reconciler.render.services import running_text
from reconciler.rollout import follow
from reconciler.watch import Watch

Tasks = Mapping[str, Sequence[Body]]
"""The tasks of each service, by the service's id (API: Tasks)."""


class Written(NamedTuple):
    """A written service, and how it is recorded after the write."""

    change: Write
    owned: Owned


class Watching(NamedTuple):
    """How rollouts are watched. ``timeout`` is in seconds for each service, None for as long as its own policy takes.

    ``shows_tasks``: this cluster has shown tasks before. ``tasks``: whether to read tasks at all.
    """

    wait: bool = True
    timeout: float | None = None
    shows_tasks: bool = False
    tasks: bool = True


class Listed(NamedTuple):
    """A written service as listed after the write, ``body`` None if it is not listed.

    ``lacking`` are the names of the fields without the written value.
    """

    written: Written
    body: Body | None
    lacking: tuple[str, ...] = ()


def known_tasks(context: ApplyContext) -> Tasks | None:
    """All tasks of the cluster now, by service id; None if the API refuses them to this token."""
    try:
        found = by_service(context.writer.tasks(context.at))
    except (Unauthorized, NotFound):
        return None
    context.saw_tasks = context.saw_tasks or bool(found)
    return found


def ids_of(tasks: Iterable[Body]) -> frozenset[str]:
    """The ids of tasks."""
    return frozenset(str(task["id"]) for task in tasks)


def recorded_after(owned: Owned, result: RolloutResult) -> Owned:
    """How to record a service after its rollout. The last verified spec is kept until the new one is verified."""
    if owned.state == result.state == "verified" and result.finding != "up":
        return owned  # no task was seen: the tasks that were verified before stay recorded
    if result.state != "verified":
        before = owned.applied if owned.state == "verified" else owned.last_verified
        return replace(owned, state=result.state, last_verified=before)
    return replace(owned, state="verified", known=(), tasks=tuple(sorted(result.tasks)), last_verified={})


def remembering(owned: Owned, change: Change, tasks_of: Callable[[str], tuple[str, ...]]) -> Owned:
    """``owned`` with the last verified spec, its tasks and, if the write replaces all tasks, the ids of all tasks
    before the write. With these, this run or the next can distinguish old tasks from new ones when it verifies the
    service.

    ``owned`` is how the service will be recorded after ``change``. ``tasks_of`` gives the ids of a service's tasks by
    the service's id; it is called only if needed.
    """
    former = change.owned
    if owned.kind not in RUNNING or owned.state == "verified":
        return owned
    if former is not None:
        owned = replace(
            owned,
            tasks=former.tasks,
            last_verified=former.applied if former.state == "verified" else former.last_verified,
        )
    if replaces_tasks(change) and change.live is not None:
        return replace(owned, known=tasks_of(change.live.id))
    if former is None or former.state not in ("unverified", "failed"):
        return owned  # after a rollback the existing tasks run the spec that this write does not change
    return replace(owned, known=former.known)


def replaces_tasks(change: Change) -> bool:
    """Whether a write makes Swarm replace all tasks of the service: some changes do not restart them."""
    if isinstance(change, Delete) or not change.restarts:
        return False
    before = change.live.spec if change.live else {}
    return any(
        not may_keep_tasks(field, before.get(field), change.spec.get(field))
        for field in {changed.field for changed in change.fields} & TEMPLATE
    )


def verify_written(
    context: ApplyContext, services: Sequence[Listed], *, prior: frozenset[str] | None, watching: Watching
) -> Mapping[Address, RolloutResult]:
    """How the rollout of each of these services ended, by address; all are followed together.

    ``prior`` are the ids of all tasks before the first write, None if the API does not show them. Raises what the API
    raises for the list of services, and ``Interrupted``.
    """
    results: dict[Address, RolloutResult] = {}
    watches: list[Watch] = []
    watched: dict[str, Written] = {}
    for listed in services:
        service = listed.written
        if listed.body is None:
            results[service.change.address] = RolloutResult("missing", "failed")
        elif result := _without_watching(service.change, listed.body, listed.lacking, prior, watching):
            results[service.change.address] = result
        else:
            watched[service.change.live_name] = service
            watches.append(_watch_written(service, listed.body, prior or frozenset(), watching))
    followed = watch_all(
        context,
        watches,
        spec_kept=lambda name, body: not did_not_take(watched[name].change.spec, body),
        shows_tasks=watching.shows_tasks or bool(prior),
    )
    for name, service in watched.items():
        change = service.change
        results[change.address] = _with_former_spec_back(context, change, followed[name])
    return results


def as_listed(context: ApplyContext, written: Sequence[Written]) -> Sequence[Listed]:
    """The written services, listed again for up to ``Waits.show`` seconds until they have all written fields: a list
    can lack the last writes.

    A service that was created is the one of its name, and is recorded with its id in the list, whatever the answer
    said.
    """
    end, pause = context.now() + context.waits.show, 0.25
    while True:
        bodies = context.writer.services(context.at)
        listed = [_as_listed(service, bodies) for service in written]
        whole = not any(service.body is None or service.lacking for service in listed)
        if whole or context.now() >= end or context.stop():
            return listed
        context.sleep(pause)
        pause *= 2


def _as_listed(service: Written, bodies: Sequence[Body]) -> Listed:
    change, owned = service
    by, wanted = ("id", owned.id) if is_same_object(change) else ("name", change.live_name)
    body = next((body for body in bodies if body.get(by) == wanted), None)
    if body is None:
        return Listed(service, None)
    found = Written(change, replace(owned, id=str(body["id"])))
    return Listed(found, body, did_not_take(change.spec, body))


def _without_watching(
    change: Write, body: Body, lacking: tuple[str, ...], prior: frozenset[str] | None, watching: Watching
) -> RolloutResult | None:
    """The result if it is known without following tasks; None if they must be followed. ``body`` and ``lacking`` are
    as in ``Listed``."""
    if lacking and not _may_be_rolled_back(change, body, lacking):
        return RolloutResult("not taken", "failed", fields=lacking)
    desired = change.desired
    if not watching.wait or (desired is not None and not desired.lifecycle.wait):
        return RolloutResult("not watched", "unverified")
    if not watching.tasks or (prior is None and not watching.shows_tasks):
        return RolloutResult("no tasks shown", "verified")
    return None


def _may_be_rolled_back(change: Write, body: Body, lacking: Sequence[str]) -> bool:
    """Whether the platform may have rolled the update back already: the lacking fields are as before the write. Then
    its tasks are followed, since they show why."""
    spec = {**(change.live.spec if change.live else {}), **change.spec}
    if not change.restarts or change.live is None or spec.get("update_failure_action") != "rollback":
        return False
    live, before = decode(body), change.live.spec
    return all(same(SERVICE, field, before.get(field), live.get(field)) for field in lacking)


def _watch_written(service: Written, body: Body, prior: frozenset[str], watching: Watching) -> Watch:
    change, before = service.change, service.change.owned
    new = replaces_tasks(change) or not is_same_object(change)
    undisturbed = not (new or change.restarts) and before is not None and before.state == "verified"
    return Watch(
        name=service.owned.live_name,
        id=service.owned.id,
        replicas=replicas_of(body),
        monitor=monitor_of(body),
        within=watching.timeout or longest(body),
        prior=prior,
        former=prior if new else frozenset(service.owned.known),
        verified=frozenset(before.tasks) if before and undisturbed else frozenset(),
        breadth=breadth_of(body) if is_same_object(change) else max(1, replicas_of(body)),
        rolls_back=bool(change.restarts) and body.get("update_failure_action") == "rollback",
    )


def watch_all(
    context: ApplyContext,
    watches: Sequence[Watch],
    *,
    spec_kept: Callable[[str, Body], bool],
    shows_tasks: bool,
) -> Mapping[str, RolloutResult]:
    """Follow rollouts with the clock and the client of an apply, and report progress. Returns the results by name.

    ``spec_kept`` and ``shows_tasks`` are as in ``rollout.follow``. Raises ``Interrupted``.
    """

    def sleep(seconds: float) -> None:
        context.sleep(seconds)
        context.go_on()

    results = follow(
        context.writer,
        context.at,
        watches,
        spec_kept=spec_kept,
        shows_tasks=shows_tasks,
        progress=lambda name, health: context.tell(
            Progress(Address(context.cluster, SERVICE.name, name), running_text(health))
        ),
        clock=context.now,
        sleep=sleep,
    )
    context.saw_tasks = context.saw_tasks or any(result.listed for result in results.values())
    return results


def _with_former_spec_back(context: ApplyContext, change: Write, result: RolloutResult) -> RolloutResult:
    """The result, after putting the previous spec back if the rollout failed and the manifest asks for that."""
    is_wanted = change.desired is not None and change.desired.lifecycle.on_failure == "rollback"
    if result.state != "failed" or not (is_wanted and is_same_object(change)):
        return result
    try:
        put_back(context, change)
    except ReconcilerError as error:
        return result._replace(not_put_back=Failure.of(error))
    return result._replace(state="rolled back", put_back=True)
