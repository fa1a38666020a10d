"""What must come before what: references, depends_on, what services that go hand over, and deletes in reverse."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from msgspec.structs import fields, replace

from reconciler.kinds import KINDS, RUNNING
from reconciler.kinds.mounts import mounted
from reconciler.model import Address, Change, Create, Delete, Named, Replace, Spec, Write
from reconciler.model.reason import TakenFromDeleted, TakesFromDeleted
from reconciler.model.refusal import TakesWithoutConsent
from reconciler.planning.draft import Draft, Facts, mentions
from reconciler.planning.uses import previous_of


def add_needs(facts: Facts, draft: Draft) -> None:
    """Give every change its needs, and turn a create that takes over from a delete into a replace."""
    makes = frozenset(change.address for change in draft.writes())
    deletes = {change.address: change for change in draft.changes if change.action == "delete"}
    nodes_up = tuple(address for address in makes if KINDS[address.kind].capacity)
    takeovers = _takeovers(deletes.values())
    users = _users(deletes.values())
    changes: list[Change] = []
    for change in draft.changes:
        if change.action == "delete":
            needs = tuple(sorted(users.get((change.address.kind, change.live_name), ())))
            changes.append(replace(change, needs=needs))
        elif change.address.kind in RUNNING:
            changes.append(
                _service_needs(
                    facts, draft, change, makes=makes, deletes=deletes, nodes_up=nodes_up, takeovers=takeovers
                )
            )
        else:
            changes.append(change)
    draft.changes[:] = changes


def _service_needs(
    facts: Facts,
    draft: Draft,
    change: Write,
    *,
    makes: Collection[Address],
    deletes: Mapping[Address, Delete],
    nodes_up: tuple[Address, ...],
    takeovers: Mapping[Named, Address],
) -> Write:
    wanted = [facts.address(kind, name) for kind, name in mentions(change.desired)]
    needs = [address for address in wanted if address in makes and address != change.address]
    taken = _taken_over(change, takeovers)
    for held in taken:
        if not deletes[held.owner].consented:
            section = KINDS[held.owner.kind].section
            draft.refusals.append(TakesWithoutConsent(change.address, held, section))
    owners = sorted({held.owner for held in taken})
    all_needs = tuple(dict.fromkeys([*nodes_up, *sorted(needs), *owners]))
    reasons = (*change.reasons, TakesFromDeleted(taken)) if taken else change.reasons
    made = replace(change, needs=all_needs, reasons=reasons)
    return _as_replace(made) if taken and made.action == "create" else made


def _as_replace(change: Create) -> Replace:
    """A service that is made once others, which it takes something from, are deleted."""
    return Replace(**{field.name: getattr(change, field.name) for field in fields(change)})


def _takeovers(deletes: Iterable[Delete]) -> Mapping[Named, Address]:
    """Hosts and volumes that services which go have now."""
    return {held: change.address for change in deletes for held in _exclusive(change.live.spec)}


def _exclusive(spec: Spec) -> list[Named]:
    """What two services should not have at the same time."""
    hosts = [("host", host.strip().lower()) for host in spec.get("hosts") or ()]
    return hosts + [(mount.kind, mount.name) for mount in mounted(spec) if KINDS[mount.kind].has_data]


def _taken_over(change: Write, takeovers: Mapping[Named, Address]) -> tuple[TakenFromDeleted, ...]:
    """What the service gets from one that goes, and does not share with it already."""
    has = _exclusive(change.live.spec) if change.live else []
    wanted = [named for named in _exclusive(change.spec) if named in takeovers and named not in has]
    return tuple(TakenFromDeleted(*named, takeovers[named]) for named in dict.fromkeys(wanted))


def _users(deletes: Iterable[Delete]) -> Mapping[Named, list[Address]]:
    """Per secret, config or volume by live name: the services that are deleted before it. That the previous spec of a
    service mounts it, or the one that worked last, is enough: while the service is there, it may go back to that."""
    users: dict[Named, list[Address]] = defaultdict(list)
    for change in deletes:
        used = [(mount.kind, mount.name) for mount in mounted(change.live.spec)]
        if change.address.kind in RUNNING and change.owned is not None:
            used += previous_of(change.owned)
            used += [(mount.kind, mount.name) for mount in mounted(change.owned.last_verified)]
        for named in dict.fromkeys(used):
            users[named].append(change.address)
    return users
