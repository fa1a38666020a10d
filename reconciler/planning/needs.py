"""Adds to each change the changes that must come first: by references and depends_on, by hosts and volumes that
deleted services free, and between deletes.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from msgspec.structs import fields, replace

from reconciler.kinds import KINDS, RUNNING
from reconciler.kinds.mounts import mounted
from reconciler.model import Address, Change, Create, Delete, Named, Replace, Spec, Write
from reconciler.model.reason import TakenFromDeleted, TakesFromDeleted
from reconciler.model.refusal import TakesWithoutConsent
from reconciler.planning.draft import Draft, Facts, mentions
from reconciler.planning.fields import shown_host
from reconciler.planning.uses import previous_of


def add_needs(facts: Facts, draft: Draft) -> None:
    """Set the needs of every change. A create that takes a host or volume from a deleted service becomes a replace."""
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
    taken = _taken_over(facts, change, takeovers)
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
    """The create as a replace of the services that are deleted first."""
    return Replace(**{field.name: getattr(change, field.name) for field in fields(change)})


def _takeovers(deletes: Iterable[Delete]) -> Mapping[Named, Address]:
    """The hosts and volumes of deleted services, each with the address of the delete."""
    return {held: change.address for change in deletes for held in _exclusive(change.live.spec)}


def _exclusive(spec: Spec) -> list[Named]:
    """The hosts and volumes of a spec, which two services should not have at the same time."""
    hosts = [("host", host.strip().lower()) for host in spec.get("hosts") or ()]
    return hosts + [(mount.kind, mount.name) for mount in mounted(spec) if KINDS[mount.kind].has_data]


def _taken_over(
    facts: Facts, change: Write, takeovers: Mapping[Named, Address]
) -> tuple[TakenFromDeleted, ...]:
    """The hosts and volumes that a service gets from deleted services and does not already have."""
    has = _exclusive(change.live.spec) if change.live else []
    wanted = [named for named in _exclusive(change.spec) if named in takeovers and named not in has]
    return tuple(
        TakenFromDeleted(
            kind, shown_host(facts, change.desired, name) if kind == "host" else name, takeovers[kind, name]
        )
        for kind, name in dict.fromkeys(wanted)
    )


def _users(deletes: Iterable[Delete]) -> Mapping[Named, list[Address]]:
    """By kind and live name: the services that must be deleted before the object.

    These are services that mount it now, in their previous spec or in the spec that was verified last, since a
    rollback could need it until the service is gone.
    """
    users: dict[Named, list[Address]] = defaultdict(list)
    for change in deletes:
        used = [(mount.kind, mount.name) for mount in mounted(change.live.spec)]
        if change.address.kind in RUNNING and change.owned is not None:
            used += previous_of(change.owned)
            used += [(mount.kind, mount.name) for mount in mounted(change.owned.last_verified)]
        for named in dict.fromkeys(used):
            users[named].append(change.address)
    return users
