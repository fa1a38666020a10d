"""Checks, before anything is written, whether the hosts of services resolve to the cluster.

The platform refuses every write of a service while one of its hosts does not resolve to the manager node's address
(API: 400 of PUT services). DNS may answer differently here than for the platform, so this gives notes and refuses
nothing.
"""

import socket
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec.structs import replace

from reconciler.api.client import ClusterRef
from reconciler.errors import ReconcilerError
from reconciler.fetch import read_kind
from reconciler.kinds import RUNNING
from reconciler.kinds.node import NODE
from reconciler.model import Live, LiveState, Plan
from reconciler.model.note import HostElsewhere
from reconciler.pipeline.session import Session

SECONDS = 3.0
"""Seconds for all look-ups together; hosts without an answer by then are not reported."""
Resolve = Callable[[str], frozenset[str]]


def notes(session: Session, made: Plan, live: LiveState, at: ClusterRef) -> tuple[HostElsewhere, ...]:
    """Notes on hosts of written services that do not resolve to the manager, if its address and the answer are
    known."""
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
    conceal = session.calls.sought.conceal
    found = strays(wanted, manager) if manager else ()
    return tuple(replace(stray, host=conceal(stray.host)) for stray in found)


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
    """The address that all hosts must resolve to; "" if it is not known."""
    found = [node.spec["public_ip_address"] for node in nodes if node.spec["swarm_manager"]]
    return str(found[0]) if len(found) == 1 else ""


def strays(
    hosts: Sequence[str], manager: str, *, resolve: Resolve = addresses_of, seconds: float = SECONDS
) -> tuple[HostElsewhere, ...]:
    """The hosts that do not resolve to the manager's address; all look-ups run at the same time, for at most
    ``seconds``. A host whose look-up takes longer is left out."""
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
