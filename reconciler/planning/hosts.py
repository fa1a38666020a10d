"""Hosts: each belongs to one live service. Refuses hosts that another service keeps, and plans moves between services.

A host is freed just before its new service is written, so that services can also exchange hosts in a cycle.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from reconciler.kinds import RUNNING, running
from reconciler.model import Address, Change, Live, Taken, Write
from reconciler.model.reason import TakesHost
from reconciler.model.refusal import Holder, HostTaken
from reconciler.order import closure
from reconciler.planning.draft import Draft, Facts
from reconciler.planning.fields import shown_host


class _Move(NamedTuple):
    """A host that moves from one service to another; the first service is not deleted."""

    host: str
    holder: Live
    giver: Write
    taker: Write


def plan_hosts(facts: Facts, draft: Draft) -> None:
    """Refuse hosts that another service keeps.

    For hosts that move, set which change takes and which change frees them.
    """
    services = [change for change in draft.changes if change.address.kind in RUNNING]
    going = {service.live.id for service in services if service.action == "delete"}
    writes = [service for service in services if service.action != "delete"]
    written = {change.live.id: change for change in writes if change.live}
    holders: dict[str, list[Live]] = defaultdict(list)
    for live in running(facts.live):
        for host in hosts_of(live) if live.id not in going else ():
            holders[host].append(live)
    moves: list[_Move] = []
    for taker in sorted(writes, key=lambda change: change.address):
        for host, holder in _wanted(taker, holders):
            giver = written.get(holder.id)
            if giver is None or host in _hosts_after(giver):
                draft.refusals.append(_is_taken(facts, draft, taker, host, holder))
            else:
                moves.append(_Move(host, holder, giver, taker))
    _add(facts, draft, moves)


def hosts_of(live: Live | None) -> frozenset[str]:
    """The hosts of a live service, trimmed and in lower case, as the platform compares them."""
    return _plain(live.spec.get("hosts") if live else ())


def _plain(hosts: object) -> frozenset[str]:
    return frozenset(host.strip().lower() for host in hosts) if isinstance(hosts, list) else frozenset()


def _hosts_after(change: Write) -> frozenset[str]:
    return _plain(change.spec["hosts"]) if "hosts" in change.spec else hosts_of(change.live)


def _wanted(taker: Write, holders: Mapping[str, list[Live]]) -> Iterator[tuple[str, Live]]:
    """The hosts that a service gets and other services have now, each with the other service."""
    for host in sorted(_hosts_after(taker) - hosts_of(taker.live)):
        for holder in holders.get(host, ()):
            if taker.live is None or holder.id != taker.live.id:
                yield host, holder


def _is_taken(facts: Facts, draft: Draft, taker: Write, host: str, holder: Live) -> HostTaken:
    address = facts.address(holder.kind, holder.name)
    shown = shown_host(facts, taker.desired, host)
    return HostTaken(taker.address, shown, address, facts.owner(holder), _why_it_stays(facts, draft, address))


def _why_it_stays(facts: Facts, draft: Draft, holder: Address) -> Holder:
    if (holder.kind, holder.name) not in facts.desired.manifests:
        return "not declared"
    if not facts.in_scope(holder.kind, holder.name):
        return "not targeted"
    return "held" if holder in draft.held else "not changed"


def _add(facts: Facts, draft: Draft, moves: list[_Move]) -> None:
    """Set ``takes`` and ``frees`` of the changes; the service that gives a host waits for the one that takes it."""
    takes: dict[Address, list[Taken]] = defaultdict(list)
    frees: dict[Address, list[str]] = defaultdict(list)
    needs = {change.address: change.needs for change in draft.changes}
    for move in moves:
        giver, taker = move.giver.address, move.taker.address
        shown = shown_host(facts, move.taker.desired, move.host)
        takes[taker].append(Taken(move.host, giver.name, move.holder.id, shown))
        frees[giver].append(move.host)
        if giver not in closure([taker], needs):
            needs[giver] = tuple(dict.fromkeys([*needs[giver], taker]))
    for index, planned in enumerate(draft.changes):
        change: Change = planned
        if change.action != "delete" and change.address in takes:
            taken = tuple(takes[change.address])
            gaps = (TakesHost(host.shown, host.service) for host in taken)
            change = replace(change, takes=taken, reasons=(*change.reasons, *gaps))
        if change.action in ("update", "adopt") and change.address in frees:
            change = replace(change, frees=tuple(frees[change.address]))
        if change.needs != needs[change.address]:
            change = replace(change, needs=needs[change.address])
        draft.changes[index] = change
