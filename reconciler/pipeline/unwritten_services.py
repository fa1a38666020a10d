"""Verifies, before an apply writes anything, the services that it does not write. Only reads."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from reconciler.applying.context import ApplyContext
from reconciler.applying.intents import writes
from reconciler.applying.kinds import WRITES
from reconciler.applying.unwritten import Unwritten, state_of, verify_unwritten
from reconciler.applying.verify import Watching, known_tasks, recorded_after
from reconciler.kinds import RUNNING, running
from reconciler.model import Address, Owned, RunResult, ServiceState, Write
from reconciler.model.hold import Hold, RolloutFailed, RolloutUnderWay
from reconciler.model.problem import NotRead, NotReady, ServiceNotUp, StaysRolledBack
from reconciler.model.rollout import RolloutResult
from reconciler.pipeline.planned import Planned
from reconciler.record.lease import identity
from reconciler.waits import is_consented_by_name


class UnwrittenServices(NamedTuple):
    """The services that the run does not write: their ``states`` by name, those ``to_verify`` again before deletes, and
    ``record_updates``, which are not recorded yet.

    ``barred`` says why services must not be written now. ``unready`` are other declared objects that exist and are not
    ready, so that deletes wait.
    """

    watching: Watching
    states: Mapping[str, ServiceState]
    to_verify: Sequence[Unwritten]
    record_updates: Sequence[Owned]
    barred: Mapping[Address, Hold] = {}
    unready: tuple[str, ...] = ()


def verify_unwritten_services(
    context: ApplyContext, planned: Planned, watching: Watching, ended: RunResult
) -> UnwrittenServices:
    """Verify the services without changes. Adds to ``ended`` those that are not up, and those that are verified now."""
    plan = planned.plan
    ended.problems += map(StaysRolledBack, plan.held)
    ended.problems += map(NotRead, plan.unread)
    services, written = _unchanged(planned), _in_doubt(planned)
    unready = _not_ready(context, planned, watching, ended) if watching.wait else ()
    if not watching.wait or not (services or written):
        return UnwrittenServices(watching, plan.service_states, services, (), unready=unready)
    tasks = known_tasks(context) if watching.tasks else None
    results = verify_unwritten(context, services, tasks, watching)
    rollouts = verify_unwritten(context, [service for service, _ in written], tasks, watching)
    owned = {service.owned.name: service.owned for service in services}
    for name, result in results.items():
        if result.status != "applied":
            address = Address(plan.cluster, owned[name].kind, name)
            ended.problems += [ServiceNotUp(address, result)] if _is_declared(planned, owned[name]) else []
        elif owned[name].state != "verified":
            seen = ended.accepted if result.finding == "no tasks shown" else ended.verified
            seen.append(Address(plan.cluster, owned[name].kind, name))
    states = {name: state_of(owned[name].state, result) for name, result in results.items()}
    after = tuple(
        service._replace(owned=recorded_after(service.owned, results[service.owned.name]))
        for service in services
    )
    return UnwrittenServices(
        watching._replace(shows_tasks=watching.shows_tasks or context.saw_tasks),
        states={**plan.service_states, **states},
        to_verify=after,
        record_updates=_record_updates(planned, after),
        barred={
            change.address: hold
            for service, change in written
            if (hold := _why_barred(service, change, rollouts[service.owned.name]))
        },
        unready=unready,
    )


def _not_ready(
    context: ApplyContext, planned: Planned, watching: Watching, ended: RunResult
) -> tuple[str, ...]:
    """Wait for declared objects that exist and were not ready at the plan. Returns those that are still not ready."""
    unready = []
    for owned in planned.plan.verify:
        if (see_ready := WRITES[owned.kind].see_ready) is not None:
            within = context.waits.machine if watching.timeout is None else watching.timeout
            address = Address(planned.plan.cluster, owned.kind, owned.name)
            if failure := see_ready(context, owned, within):
                ended.problems.append(NotReady(address, failure))
                unready.append(str(address))
            else:
                ended.verified.append(address)
    return tuple(unready)


def _in_doubt(planned: Planned) -> list[tuple[Unwritten, Write]]:
    """The services to update whose last rollout was not verified.

    One that never ran has no rollout that a write could disturb (see ``_why_barred``), so it is not waited for.
    """
    return [
        (Unwritten(change.owned, change.live.body), change)
        for change in planned.plan.changes
        if change.address.kind in RUNNING and change.action == "update" and writes(change)
        if change.owned is not None
        and change.owned.state in ("unverified", "failed")
        and change.owned.last_verified
    ]


def _why_barred(service: Unwritten, change: Write, result: RolloutResult) -> Hold | None:
    """Why a service must not be written during its rollout, or while that is paused; None if it may.

    Swarm's rules: after a write during a rollout, a failure can no longer roll back to the spec before; and a write
    that starts no new tasks resumes a paused rollout.
    """
    if result.status == "applied" or result.state == "rolled back":
        return None
    if result.state != "failed":
        return RolloutUnderWay(result)
    stops = change.spec.get("replicas") == 0
    if change.restarts or stops or service.body.get("update_failure_action") == "continue":
        return None
    return RolloutFailed(result)


def _is_declared(planned: Planned, owned: Owned) -> bool:
    return (owned.kind, owned.name) in planned.desired.manifests


def _unchanged(planned: Planned) -> tuple[Unwritten, ...]:
    """The services that the plan does not change, without held ones: those declared, and, if deletes wait for them,
    those that another file declares."""
    deletes = any(
        change.action == "delete" and (not is_consented_by_name(change) or change.worked_with)
        for change in planned.plan.changes
    )
    live = {service.name: service for service in running(planned.live)}
    return tuple(
        Unwritten(owned, live[owned.live_name].body, planned.plan.declared.get(owned.name))
        for owned in planned.record.owned
        if owned.kind in RUNNING
        and planned.plan.service_states.get(owned.name, "rolled back") != "rolled back"
        and owned.live_name in live
        and (deletes or _is_declared(planned, owned))
    )


def _record_updates(planned: Planned, after: Sequence[Unwritten]) -> list[Owned]:
    """The services whose entries in the record change because of their state now."""
    before = {identity(owned): owned for owned in planned.record.owned} if after else {}
    return [service.owned for service in after if before.get(identity(service.owned)) != service.owned]
