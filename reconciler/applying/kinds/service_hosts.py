"""Moves hosts between services: removed from the old one just before the new one is written, restored if that fails.

Each of these writes changes only the hosts, which starts no tasks.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from msgspec.structs import replace

from reconciler.applying.context import ApplyContext
from reconciler.applying.settle import Found, settle
from reconciler.errors import ChangedSincePlanned, NotFound, ReconcilerError
from reconciler.kinds.service import SERVICE, decode, encode_update
from reconciler.kinds.unknown import unsupported
from reconciler.model import Body, HostsLeft, Write
from reconciler.model.failure import Failure
from reconciler.model.problem import HostsNotRecorded
from reconciler.record import RecordLease


def free(context: ApplyContext, change: Write) -> None:
    """Remove the hosts that ``change`` needs from the services that have them. Raises as ``_write`` does."""
    for service, hosts in _by_service(change).items():
        try:
            fresh = context.writer.service(context.at, service)
        except NotFound:
            continue
        hosts_now = hosts_in(fresh)
        remaining = [host for host in hosts_now if _plain(host) not in hosts]
        if len(remaining) != len(hosts_now):
            _write(context, fresh, remaining, change.keeps)


def give_back(context: ApplyContext, change: Write, *, spared: Collection[str]) -> HostsLeft:
    """Restore the hosts that ``free`` removed for ``change``, if no service has them now.

    ``spared`` are the names of services that must not be written. Returns which hosts were restored, kept or lost.
    Raises what the API raises, and as ``settle`` does.
    """
    bodies = {str(body["id"]): body for body in context.writer.services(context.at)}
    holders = {_plain(host): str(body.get("name")) for body in bodies.values() for host in hosts_in(body)}
    restored: list[str] = []
    for service, hosts in _by_service(change).items():
        back = sorted(hosts - holders.keys())
        body = bodies.get(service)
        if body is not None and back and str(body.get("name")) not in spared:
            _write(context, body, [*hosts_in(body), *back], change.keeps)
            restored += back
    shown = {taken.host: taken.shown for taken in change.takes}
    return HostsLeft(
        restored=tuple(shown[host] for host in restored),
        kept=tuple(taken for taken in change.takes if holders.get(taken.host) == change.live_name),
        lost=tuple(
            taken.shown for taken in change.takes if taken.host not in holders and taken.host not in restored
        ),
    )


def record_as_left(
    context: ApplyContext, lease: RecordLease, changes: Iterable[Write]
) -> HostsNotRecorded | None:
    """Record the hosts of services after failed moves, so that the next plan does not show them as changed outside git.

    The record stays as it is if other hosts of the service differ too. Returns None, or why nothing was recorded.
    """
    moved: dict[str, set[str]] = defaultdict(set)
    for change in changes:
        for taken in change.takes:
            moved[taken.id].add(taken.host)
    try:
        bodies = {str(body["id"]): body for body in context.writer.services(context.at)}
    except Exception as error:  # noqa: BLE001 - an error here must not hide how the writes ended
        return HostsNotRecorded(Failure.of(error))
    for entry in lease.record.owned:
        body = bodies.get(entry.id) if entry.id in moved else None
        if body is None or entry.kind != SERVICE.name or "hosts" not in entry.applied:
            continue
        recorded = {_plain(host) for host in entry.applied["hosts"] or ()}
        if set() < recorded ^ {_plain(host) for host in hosts_in(body)} <= moved[entry.id]:
            lease.own(replace(entry, applied={**entry.applied, "hosts": hosts_in(body)}))
    return None


def hosts_in(body: Body) -> list[str]:
    """The hosts of a live service (API: Services)."""
    return list(decode(body).get("hosts") or ())


def held_by_others(context: ApplyContext, service_id: str) -> frozenset[str]:
    """The hosts that other services have now, in lower case. One request."""
    return frozenset(
        _plain(host)
        for body in context.writer.services(context.at)
        if str(body["id"]) != service_id
        for host in hosts_in(body)
    )


def _plain(host: str) -> str:
    return host.strip().lower()


def _by_service(change: Write) -> Mapping[str, frozenset[str]]:
    """The hosts that a change takes from other services, by those services' ids."""
    ids = dict.fromkeys(taken.id for taken in change.takes)
    return {
        service: frozenset(taken.host for taken in change.takes if taken.id == service) for service in ids
    }


def _write(context: ApplyContext, fresh: Body, hosts: list[str], keeps: Collection[str]) -> None:
    service = str(fresh["id"])
    if reason := unsupported(fresh, keeps):
        raise ChangedSincePlanned(
            f"the hosts of the service {fresh.get('name')} cannot be changed without losing fields: {reason}"
        )
    body, wanted = encode_update(fresh, {"hosts": hosts}, {"hosts"}, keeps), {_plain(host) for host in hosts}

    def write() -> None:
        context.writer.replace_service(context.at, service, body)

    def read_back() -> Found:
        current = context.writer.service(context.at, service)
        if {_plain(host) for host in hosts_in(current)} == wanted:
            return "done"
        return "unchanged" if decode(current) == decode(fresh) else "changed"

    settle(write, read_back, pause=context.once_more)
    if context.denies(lambda: read_back() == "done"):
        raise ReconcilerError(
            f"the API answered that the hosts of {fresh.get('name')} were changed, but does not show the change"
        )
