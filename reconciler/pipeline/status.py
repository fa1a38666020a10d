"""The clusters, and the health of the objects that stacks manage. Reads no manifest, and writes nothing."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime

from msgspec.structs import replace

from reconciler import record
from reconciler.api.client import ClusterRef
from reconciler.api.lists import LISTS
from reconciler.errors import NotFound, ReconcilerError, Unauthorized, UsageError
from reconciler.fetch import OF_COMPANY, fetch, resolve
from reconciler.health import by_service, health_of, is_running, replicas_of, while_written
from reconciler.kinds import KINDS, NAMED, RUNNING
from reconciler.kinds.node import NODE, READY
from reconciler.model import Body, Live, LiveState, Owned, Record
from reconciler.overview import Cluster, ClusterStatus, NodeStatus, ObjectStatus, StackStatus
from reconciler.pipeline.session import Session
from reconciler.planning.masks import MASK
from reconciler.planning.moved import without_given
from reconciler.record.lease import identity

Tasks = Mapping[str, Sequence[Body]]
"""The tasks of each service, by the service's id (API: tasks)."""
IN_ORDER = (*reversed(NAMED), *reversed([kind for kind in KINDS if kind not in NAMED]))
"""The kinds in the order of the output: services first."""


def clusters(session: Session, names: Sequence[str] | None = None) -> tuple[Cluster, ...]:
    """The clusters of the token's company, by label and id; only those of ``names`` (labels or ids), if given.

    Raises UsageError for a name that matches no cluster or several.
    """
    company = session.reader.company()
    bodies = session.reader.clusters(str(company["id"]))
    if names is not None:
        named = resolve(names, bodies, str(company.get("name") or company["id"])).values()
        bodies = tuple({cluster["id"]: cluster for cluster in named}.values())
    found = [
        Cluster(
            id=str(cluster["id"]),
            label=str(cluster.get("label") or ""),
            provider=_inner(cluster, "infrastructure_provider", "id"),
            region=_inner(cluster, "region", "name"),
        )
        for cluster in bodies
    ]
    return tuple(sorted(found, key=lambda cluster: (cluster.label, cluster.id)))


def status(session: Session, *, names: Sequence[str], stack: str | None) -> tuple[ClusterStatus, ...]:
    """The health of managed objects in the clusters ``names`` (labels or ids; empty: all), of one stack or all.

    Raises UsageError for an unknown cluster, and for a stack that none of the clusters has.
    """
    wanted = tuple(names) or tuple(cluster.id for cluster in clusters(session))
    states = fetch(session.reader, wanted, sections=OF_COMPANY, parallelism=session.parallelism)
    places = [ClusterRef(state.company_id, state.cluster_id) for state in states.values()]
    with ThreadPoolExecutor(max(1, min(session.parallelism, 2 * len(places))), "tasks") as threads:
        nodes = threads.map(lambda at: _not_ready(session, at), places)
        tasks = list(threads.map(lambda at: _tasks(session, at), places))
    now = session.reader.server_time()
    found = tuple(
        _without_values(replace(_cluster(live, running, stack, now), not_ready=waiting), session)
        for live, running, waiting in zip(states.values(), tasks, nodes, strict=True)
    )
    if stack is not None and not any(cluster.stacks for cluster in found):
        raise UsageError(f"there is no stack {stack!r} in {', '.join(wanted) or 'any cluster'}")
    return found


def _without_values(found: ClusterStatus, session: Session) -> ClusterStatus:
    """The same, with hidden values masked in images, where a manifest may have put one, and in the texts of the
    records, which anyone with access to the API can write."""
    conceal = session.calls.sought.conceal
    stacks = [
        replace(
            stack,
            record=record.concealed(stack.record, conceal),
            objects=tuple(replace(shown, image=conceal(shown.image)) for shown in stack.objects),
        )
        for stack in found.stacks
    ]
    return replace(found, stacks=tuple(stacks))


def _inner(body: Body, field: str, key: str) -> str:
    value = body.get(field)
    return str(value.get(key) or "") if isinstance(value, Mapping) else ""


def _tasks(session: Session, at: ClusterRef) -> Tasks | int:
    """The tasks of each service, or the status of an API that does not show tasks."""
    try:
        return by_service(session.reader.tasks(at))
    except (Unauthorized, NotFound) as error:
        return error.status


def _not_ready(session: Session, at: ClusterRef) -> tuple[NodeStatus, ...]:
    """The nodes that are not Ready; none if nodes, which are in preview, cannot be read."""
    try:
        nodes = LISTS[NODE.name](session.reader, at)
    except ReconcilerError:
        return ()
    shown = [
        NodeStatus(str(node["id"]), str(node.get("size") or ""), str(node.get("status") or ""))
        for node in nodes
    ]
    return tuple(node for node in shown if node.status.lower() not in ("", READY))


def _cluster(live: LiveState, running: Tasks | int, stack: str | None, now: float | None) -> ClusterStatus:
    configs = record.configs_of(live)
    missing = running if isinstance(running, int) else 0
    counts = None if isinstance(running, int) else running
    stacks = [name for name in record.stacks(configs) if stack in (None, name)]
    taken = record.taken(configs)
    return ClusterStatus(
        live.cluster_id,
        live.cluster_label,
        tuple(_stack(name, configs, taken, live=live, running=counts, now=now) for name in stacks),
        missing,
    )


def _stack(
    name: str,
    configs: Iterable[Body],
    taken: Collection[tuple[str, str, str]],
    *,
    live: LiveState,
    running: Tasks | None,
    now: float | None,
) -> StackStatus:
    try:
        reading = record.read(configs, name)
    except ReconcilerError as error:
        return StackStatus(Record(name), problem=str(error))
    found = without_given(
        reading.record, [(kind, live_name) for giver, kind, live_name in taken if giver == name]
    )
    written = {identity(intent.owned) for intent in found.pending if intent.action not in ("move", "delete")}
    standing = [_object_status(owned, live, running, now) for owned in _in_order(found.owned)]
    return StackStatus(
        found,
        objects=tuple(
            replace(entry, owned=while_written(entry.owned, entry.health))
            if identity(entry.owned) in written
            else entry
            for entry in standing
        ),
        lease_left=None
        if found.lease is None or now is None or not found.lease.until
        else found.lease.until - now,
        notes=reading.notes,
    )


def _in_order(owned: Iterable[Owned]) -> list[Owned]:
    return sorted(owned, key=lambda entry: (IN_ORDER.index(entry.kind), entry.name, entry.live_name))


def _object_status(owned: Owned, live: LiveState, tasks: Tasks | None, now: float | None) -> ObjectStatus:
    there = _there(owned, live)
    if there is None or owned.kind not in RUNNING:
        missing = KINDS[owned.kind].section in live.missing
        return ObjectStatus(owned, None if missing else there is not None)
    own = () if tasks is None else tasks.get(there.id, ())
    return ObjectStatus(
        owned,
        True,
        health=None if tasks is None else health_of(owned, there.body, own),
        replicas=replicas_of(there.body),
        image=_image(owned, there.body),
        age=_age(own, now),
    )


def _image(owned: Owned, body: Body) -> str:
    """The image, unless a part of it was sensitive when it was applied; "" if there is none."""
    image = str(body.get("image") or "")
    return MASK if image and "image" in {*owned.sensitive, *owned.sensitive_before} else image


def _age(tasks: Sequence[Body], now: float | None) -> float | None:
    """The seconds for which the oldest running task has existed, by the server's clock."""
    moments = []
    for task in tasks:
        if is_running(task):
            with suppress(ValueError):
                made = datetime.fromisoformat(str(task.get("created_at")))
                moments.append(made.replace(tzinfo=made.tzinfo or UTC).timestamp())
    return max(0.0, now - min(moments)) if moments and now is not None else None


def _there(owned: Owned, live: LiveState) -> Live | None:
    """The live object, by id if it is known, otherwise by name."""
    for live_object in live.objects.get(owned.kind, ()):
        if live_object.id == owned.id or (not owned.id and live_object.name == owned.live_name):
            return live_object
    return None
