"""What an apply sees of the services that it does not write, before it writes anything: it only reads."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from reconciler.applying.again import Looked, condition, look_again
from reconciler.applying.context import ApplyContext
from reconciler.applying.intents import writes
from reconciler.applying.kinds import WRITES
from reconciler.applying.verify import RolloutEnd, Watching, ended_as, known_tasks
from reconciler.kinds import RUNNING, running
from reconciler.model import Address, Condition, Owned, Write
from reconciler.pipeline.plan import Planned
from reconciler.pipeline.report import Report
from reconciler.record.keeper import identity
from reconciler.waits import is_consented_by_name


class Look(NamedTuple):
    """What was seen of the services that the run does not write: how they are, as ``reconciler.waits`` wants it, and
    what of it the record does not have yet. ``unchanged`` are those that can be looked at again. ``barred`` says why
    services may not be written now, ``unready`` what else is declared, there, and not ready, so that deletes wait."""

    watching: Watching
    conditions: Mapping[str, Condition]
    unchanged: Sequence[Looked]
    news: Sequence[Owned]
    barred: Mapping[Address, str] = {}
    unready: tuple[str, ...] = ()


def look(context: ApplyContext, planned: Planned, watching: Watching, report: Report) -> Look:
    """See how the services are that show no difference; say which are not up, and which are by now."""
    plan = planned.plan
    report.problems += [
        f"{address} was rolled back with this very spec, and is not sent again until it changes, or with --retry"
        for address in plan.held
    ]
    report.problems += [f"{address} is left as it is: it could not be read" for address in plan.unread]
    services, written = _unchanged(planned), _in_doubt(planned)
    unready = _not_ready(context, planned, watching, report) if watching.wait else ()
    if not watching.wait or not (services or written):
        return Look(watching, plan.conditions, services, (), unready=unready)
    tasks = known_tasks(context) if watching.tasks else None
    seen = look_again(context, services, tasks, watching)
    rollouts = look_again(context, [one for one, _ in written], tasks, watching)
    owned = {one.owned.name: one.owned for one in services}
    for name, ended in seen.items():
        if ended.status != "applied":
            report.problems += [ended.error] if _is_declared(planned, owned[name]) else []
        elif owned[name].state != "verified":
            report.verified.append(Address(plan.cluster, owned[name].kind, name))
    found = {name: condition(owned[name].state, ended) for name, ended in seen.items()}
    news = _record_updates(planned, owned, seen)
    after = tuple(one._replace(owned=ended_as(one.owned, seen[one.owned.name])) for one in services)
    watching = watching._replace(shown=watching.shown or context.saw_tasks)
    barred = {change.address: why for one, change in written if (why := _barred(one, change, rollouts))}
    return Look(watching, {**plan.conditions, **found}, after, news, barred, unready)


def _not_ready(
    context: ApplyContext, planned: Planned, watching: Watching, report: Report
) -> tuple[str, ...]:
    """Wait for what is declared and there and was not ready when this was planned; what is not ready then either."""
    unready = []
    for owned in planned.plan.verify:
        if (see_ready := WRITES[owned.kind].see_ready) is not None:
            within = context.waits.machine if watching.timeout is None else watching.timeout
            address = Address(planned.plan.cluster, owned.kind, owned.name)
            if why := see_ready(context, owned, within):
                report.problems.append(why)
                unready.append(str(address))
            else:
                report.verified.append(address)
    return tuple(unready)


def _in_doubt(planned: Planned) -> list[tuple[Looked, Write]]:
    """The services that are to be updated though their last rollout was not seen to come to a good end."""
    return [
        (Looked(change.owned, change.live.body), change)
        for change in planned.plan.changes
        if change.address.kind in RUNNING and change.action == "update" and writes(change)
        if change.owned is not None and change.owned.state in ("unverified", "failed")
    ]


def _barred(one: Looked, change: Write, rollouts: Mapping[str, RolloutEnd]) -> str:
    """Why nothing may be written into a rollout that is under way, or paused; "" if it may.

    Swarm's rules: a write during a rollout takes away what a failure would roll back to, and one that starts no new
    tasks resumes a rollout that was paused. A service that was never updated has no such rollout.
    """
    ended = rollouts[one.owned.name]
    if ended.status == "applied" or ended.state == "rolled back" or not one.owned.last_verified:
        return ""
    if ended.state != "failed":
        return f"held: its rollout is under way, and nothing is written into it ({ended.error or 'not verified'})"
    stops = change.spec.get("replicas") == 0
    if change.restarts or stops or one.body.get("update_failure_action") == "continue":
        return ""
    return (
        "held: its last rollout failed, and a write that starts no new tasks could resume it. Change what it runs in "
        f"the same apply ({ended.error})"
    )


def _is_declared(planned: Planned, owned: Owned) -> bool:
    return (owned.kind, owned.name) in planned.desired.manifests


def _unchanged(planned: Planned) -> tuple[Looked, ...]:
    """The services that the plan leaves as they are, save those that are held: what is declared, and, where deletes
    wait for it, what another file declares."""
    deletes = any(one.action == "delete" and not is_consented_by_name(one) for one in planned.plan.changes)
    live = {one.name: one for one in running(planned.live)}
    return tuple(
        Looked(owned, live[owned.live_name].body, planned.plan.declared.get(owned.name))
        for owned in planned.record.owned
        if owned.kind in RUNNING
        and planned.plan.conditions.get(owned.name, "held") != "held"
        and owned.live_name in live
        and (deletes or _is_declared(planned, owned))
    )


def _record_updates(
    planned: Planned, owned: Mapping[str, Owned], seen: Mapping[str, RolloutEnd]
) -> list[Owned]:
    """What a look changes in the record."""
    after = [ended_as(owned[name], ended) for name, ended in seen.items()]
    before = {identity(one): one for one in planned.record.owned} if after else {}
    return [one for one in after if before.get(identity(one)) != one]
