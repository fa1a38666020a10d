"""What must come before what: references, depends_on, what services that go hand over, and deletes in reverse."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields, replace

from reconciler.kinds import KINDS, RUNNING
from reconciler.kinds.mounts import mounted
from reconciler.model import Address, Change, Create, Delete, Named, Replace, Spec, Write
from reconciler.planning.draft import Draft, Facts, mentions


def add_needs(facts: Facts, draft: Draft) -> None:
    """Give every change its needs, and turn a create that takes over from a delete into a replace."""
    makes = frozenset(one.address for one in draft.writes())
    deletes = {one.address: one for one in draft.changes if one.action == "delete"}
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
    for what, owner in taken.items():
        if not deletes[owner].consented:
            section = KINDS[owner.kind].section
            draft.refusals.append(
                f"{change.address} takes {what} from {owner}, which must be deleted first: downtime. "
                f"Consent by naming {owner.name} under removed.{section}."
            )
    reason = "; ".join(
        [*filter(None, [change.reason]), *(f"takes {what} from {owner}" for what, owner in taken.items())]
    )
    if taken:
        reason += ", which is deleted first: downtime"
    all_needs = tuple(dict.fromkeys([*nodes_up, *sorted(needs), *sorted(set(taken.values()))]))
    made = replace(change, needs=all_needs, reason=reason)
    return _as_replace(made) if taken and made.action == "create" else made


def _as_replace(change: Create) -> Replace:
    """A service that is made once others, which it takes something from, are deleted."""
    return Replace(**{one.name: getattr(change, one.name) for one in fields(change)})


def _takeovers(deletes: Iterable[Delete]) -> Mapping[Named, Address]:
    """Hosts and volumes that services which go have now."""
    return {held: change.address for change in deletes for held in _exclusive(change.live.spec)}


def _exclusive(spec: Spec) -> list[Named]:
    """What two services should not have at the same time."""
    hosts = [("host", host.strip().lower()) for host in spec.get("hosts") or ()]
    return hosts + [(one.kind, one.name) for one in mounted(spec) if KINDS[one.kind].has_data]


def _taken_over(change: Write, takeovers: Mapping[Named, Address]) -> dict[str, Address]:
    """What the service gets from one that goes, and does not share with it already."""
    has = _exclusive(change.live.spec) if change.live else []
    wanted = [one for one in _exclusive(change.spec) if one in takeovers and one not in has]
    return {f"the {what} {name}": takeovers[what, name] for what, name in wanted}


def _users(deletes: Iterable[Delete]) -> Mapping[Named, list[Address]]:
    """Per secret, config or volume by live name: the services that are deleted before it."""
    users: dict[Named, list[Address]] = defaultdict(list)
    for change in deletes:
        for one in mounted(change.live.spec):
            users[one.kind, one.name].append(change.address)
    return users
