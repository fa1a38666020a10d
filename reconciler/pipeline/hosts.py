"""Whether the hosts of services lead to the cluster, checked before anything is written.

The platform refuses any write of a service, be it only for another image, while one of its hosts does not resolve
to the manager node's address (API: 400 of PUT services). Where this machine asks DNS may not be where the
platform does, so this is a note and refuses nothing.
"""

import socket
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence

from reconciler.api.client import ClusterRef
from reconciler.errors import ReconcilerError
from reconciler.fetch import read_kind
from reconciler.kinds import RUNNING
from reconciler.kinds.node import NODE
from reconciler.model import Live, LiveState, Plan
from reconciler.model.note import HostElsewhere
from reconciler.pipeline.session import Session

SECONDS = 3.0
"""How long all look-ups together may take; what is not answered by then is not reported."""
Resolve = Callable[[str], frozenset[str]]


def notes(session: Session, made: Plan, live: LiveState, at: ClusterRef) -> tuple[HostElsewhere, ...]:
    """Notes on hosts that do not lead to the manager, where services with hosts are written and the answer is known."""
    wanted = () if session.is_local else hosts_written(made)
    if not wanted:
        return ()
    try:
        nodes = live.objects.get(NODE.name)
        if nodes is None:
            nodes = read_kind(session.reader, at, NODE.name)
    except ReconcilerError:
        return ()
    manager = manager_address(nodes)
    return strays(wanted, manager) if manager else ()


def addresses_of(host: str) -> frozenset[str]:
    """The addresses that a host resolves to, none if it does not resolve."""
    try:
        return frozenset(str(found[4][0]) for found in socket.getaddrinfo(host, None))
    except (OSError, UnicodeError):
        return frozenset()


def hosts_written(plan: Plan) -> tuple[str, ...]:
    """The hosts of every service that the plan writes, sorted, each once."""
    written = [
        change for change in plan.changes if change.address.kind in RUNNING and change.action != "delete"
    ]
    hosts = (host for change in written for host in _hosts(change.spec, change.live))
    return tuple(sorted({host.strip().lower() for host in hosts}))


def _hosts(spec: Mapping[str, object], live: Live | None) -> Iterable[str]:
    hosts = spec["hosts"] if "hosts" in spec else live.spec.get("hosts") if live else None
    return hosts if isinstance(hosts, list) else ()


def manager_address(nodes: Iterable[Live]) -> str:
    """The address that every host has to lead to; "" if it is not known."""
    found = [node.spec["public_ip_address"] for node in nodes if node.spec["swarm_manager"]]
    return str(found[0]) if len(found) == 1 else ""


def strays(
    hosts: Sequence[str], manager: str, *, resolve: Resolve = addresses_of, seconds: float = SECONDS
) -> tuple[HostElsewhere, ...]:
    """The hosts that do not lead to the manager's address, all asked at once."""
    found: dict[str, frozenset[str]] = {}

    def ask(host: str) -> None:
        found[host] = resolve(host)

    threads = [threading.Thread(target=ask, args=(host,), daemon=True) for host in hosts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds / max(1, len(threads)))
    return tuple(
        HostElsewhere(host, tuple(sorted(found[host])), manager)
        for host in hosts
        if host in found and manager not in found[host]
    )
