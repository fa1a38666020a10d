"""What can be asked of the server without a manifest: its clusters, and how what is ours in them is. Writes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from reconciler import record
from reconciler.api.client import ClusterRef
from reconciler.errors import NotFound, ReconcilerError, Unauthorized, UsageError
from reconciler.fetch import fetch
from reconciler.model import Body, Live, LiveState, Owned, Record
from reconciler.overview import Cluster, ClusterStatus, StackStatus, Standing
from reconciler.pipeline.session import Session

Running = Mapping[str, int]
"""How many tasks run, by the id of their service."""


def clusters(session: Session) -> tuple[Cluster, ...]:
    """The clusters that the token reaches, by label and id."""
    bodies = session.reader.clusters(str(session.reader.company()["id"]))
    found = [
        Cluster(
            id=str(one["id"]),
            label=str(one.get("label") or ""),
            provider=_inner(one, "infrastructure_provider", "id"),
            region=_inner(one, "region", "name"),
        )
        for one in bodies
    ]
    return tuple(sorted(found, key=lambda one: (one.label, one.id)))


def status(session: Session, *, names: Sequence[str], stack: str | None) -> tuple[ClusterStatus, ...]:
    """How what is ours is, in the clusters of ``names`` (labels or ids; none: in all), of one stack or of all.

    Raises UsageError for a cluster that is not there, and for a stack that none of the clusters has.
    """
    wanted = tuple(names) or tuple(one.id for one in clusters(session))
    states = fetch(session.reader, wanted, sections=("webhooks",), parallelism=session.parallelism)
    places = [ClusterRef(one.company_id, one.cluster_id) for one in states.values()]
    with ThreadPoolExecutor(max(1, min(session.parallelism, len(places))), "tasks") as threads:
        tasks = list(threads.map(lambda at: _tasks(session, at), places))
    found = tuple(
        _cluster(live, running, stack, session.reader.server_time())
        for live, running in zip(states.values(), tasks, strict=True)
    )
    if stack is not None and not any(one.stacks for one in found):
        raise UsageError(f"there is no stack {stack!r} in {', '.join(wanted) or 'any cluster'}")
    return found


def _inner(body: Body, field: str, key: str) -> str:
    value = body.get(field)
    return str(value.get(key) or "") if isinstance(value, Mapping) else ""


def _tasks(session: Session, at: ClusterRef) -> Running | int:
    """How many tasks of each service run, or the status of an API that does not show tasks."""
    try:
        tasks = session.reader.tasks(at)
    except (Unauthorized, NotFound) as error:
        return error.status
    counts: dict[str, int] = {}
    for one in tasks:
        shown = one.get("status")
        if isinstance(shown, Mapping) and shown.get("state") == "running":
            service = str(one.get("service_id"))
            counts[service] = counts.get(service, 0) + 1
    return counts


def _cluster(live: LiveState, running: Running | int, stack: str | None, now: float | None) -> ClusterStatus:
    configs = [one.body for one in live.objects["config"]]
    missing = running if isinstance(running, int) else 0
    counts = None if isinstance(running, int) else running
    stacks = [one for one in record.stacks(configs) if stack in (None, one)]
    return ClusterStatus(
        live.cluster_id,
        live.cluster_label,
        tuple(_stack(one, configs, live, counts, now) for one in stacks),
        missing,
    )


def _stack(
    name: str, configs: Iterable[Body], live: LiveState, running: Running | None, now: float | None
) -> StackStatus:
    try:
        reading = record.read(configs, name)
    except ReconcilerError as error:
        return StackStatus(Record(name), problem=str(error))
    found = reading.record
    return StackStatus(
        found,
        objects=tuple(_standing(one, live, running) for one in _in_order(found.owned)),
        lease_left=None
        if found.lease is None or now is None or not found.lease.until
        else found.lease.until - now,
        notes=reading.notes,
    )


def _in_order(owned: Iterable[Owned]) -> list[Owned]:
    kinds = ("service", "secret", "config", "volume", "webhook", "node")
    return sorted(owned, key=lambda one: (kinds.index(one.kind), one.name, one.live_name))


def _standing(owned: Owned, live: LiveState, running: Running | None) -> Standing:
    there = _there(owned, live)
    if there is None or owned.kind != "service":
        missing = f"{owned.kind}s" in live.missing
        return Standing(owned, None if missing else there is not None)
    replicas = there.spec.get("replicas")
    return Standing(
        owned,
        True,
        running=None if running is None else running.get(there.id, 0),
        replicas=replicas if isinstance(replicas, int) else None,
    )


def _there(owned: Owned, live: LiveState) -> Live | None:
    """The very object, by id where it is known, else by name."""
    for one in live.objects.get(owned.kind, ()):
        if one.id == owned.id or (not owned.id and one.name == owned.live_name):
            return one
    return None
