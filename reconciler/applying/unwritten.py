"""The services that a run does not write: whether they are up, failed in an earlier run, or went down since.

Uses one list of tasks, and follows only those services whose state this list does not show.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from reconciler.applying.context import ApplyContext
from reconciler.applying.verify import Tasks, Watching, watch_all
from reconciler.health import fits, replicas_of
from reconciler.kinds.service import SERVICE, TEMPLATE, decode
from reconciler.model import Body, Owned, RecordedState, ServiceState, Spec
from reconciler.model.rollout import RolloutResult
from reconciler.normalize import same
from reconciler.policy import breadth_of, longest, monitor_of
from reconciler.watch import Watch, health_by

GRACE = 30.0
"""Seconds, in addition to its monitor window, that an unchanged service has to come up."""


class Unwritten(NamedTuple):
    """A service that the run does not write. ``body`` is the live one (API: Services). ``declared`` is its declared
    spec in the form of the record, None if only the record has it."""

    owned: Owned
    body: Body
    declared: Spec | None = None


def verify_unwritten(
    context: ApplyContext, services: Sequence[Unwritten], tasks: Tasks | None, watching: Watching
) -> Mapping[str, RolloutResult]:
    """How each service is, by name: at once if ``tasks`` show it, otherwise after following it.

    ``tasks`` are all tasks of the cluster, by service id; None if the API does not show them. Raises ``Interrupted``.
    """
    if not watching.tasks or (tasks is None and not watching.shows_tasks):
        return {service.owned.name: _by_record(service.owned) for service in services}
    results: dict[str, RolloutResult] = {}
    watched: dict[str, tuple[Unwritten, Watch]] = {}
    for service in services:
        watch = _watch(service, watching)
        seen = health_by(watch, (tasks or {}).get(service.owned.id, ()))
        if tasks is not None and (seen.is_settled or (not seen.replicas and seen.is_whole)):
            results[service.owned.name] = RolloutResult("up", "verified", tasks=seen.running)
        else:
            watched[service.owned.live_name] = service, watch
    followed = watch_all(
        context,
        [watch for _, watch in watched.values()],
        spec_kept=lambda name, body: not _is_rolled_back(watched[name][0], body),
        shows_tasks=watching.shows_tasks or bool(tasks),
    )
    for name, (service, _) in watched.items():
        results[service.owned.name] = _as_recorded(service.owned, followed[name])
    return results


def _is_rolled_back(service: Unwritten, now: Body) -> bool:
    """Whether the platform has rolled back the service's last update: its spec differs from that in ``now``."""
    may_be = service.owned.state in ("unverified", "failed")
    if not may_be or service.body.get("update_failure_action") != "rollback":
        return False
    before, after = decode(service.body), decode(now)
    return not all(same(SERVICE, field, before.get(field), after.get(field)) for field in {*before, *after})


def _by_record(owned: Owned) -> RolloutResult:
    """How a service is if the API shows no tasks: as its last rollout is recorded."""
    if owned.state in ("failed", "rolled back"):
        return RolloutResult("as recorded", owned.state)
    return RolloutResult("no tasks shown", "verified")


def _watch(service: Unwritten, watching: Watching) -> Watch:
    owned, body = service.owned, service.body
    former, verified = _versions(service)
    time = watching.timeout or longest(body)
    return Watch(
        name=owned.live_name,
        id=owned.id,
        replicas=replicas_of(body),
        monitor=monitor_of(body),
        within=time if owned.state == "unverified" else min(time, GRACE + monitor_of(body)),
        prior=frozenset(() if owned.state == "verified" else owned.known),
        former=former,
        verified=verified,
        breadth=breadth_of(body),
    )


def _versions(service: Unwritten) -> tuple[frozenset[str], frozenset[str]]:
    """The ids of the tasks of an earlier version, and of the tasks that were verified to run the desired one."""
    owned = service.owned
    if owned.state == "verified":
        return frozenset(), frozenset(owned.tasks)
    declared = owned.applied if service.declared is None else service.declared
    if owned.last_verified and fits(declared, owned.last_verified, TEMPLATE):
        return frozenset(), frozenset(owned.tasks)
    if fits(declared, owned.applied, TEMPLATE):
        return frozenset(owned.known), frozenset()
    return frozenset(), frozenset()


def _as_recorded(owned: Owned, result: RolloutResult) -> RolloutResult:
    """The result with the state to record: the recorded state if it is unknown now, and ``rolled back`` stays until the
    service is up."""
    if result.finding == "no tasks shown":
        return _by_record(owned)
    if result.status == "unknown":
        return result._replace(state=owned.state)
    if result.status == "failed" and owned.state == "rolled back":
        return result._replace(state="rolled back")
    return result


def state_of(before: RecordedState, result: RolloutResult) -> ServiceState:
    """The state of a service for the changes that wait for it; ``before`` is its recorded state."""
    if result.status == "applied":
        return "verified"
    if result.status == "unknown":
        return "unverified"
    return "down" if before == "verified" else "failed"
