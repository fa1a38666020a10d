"""Reads records from a cluster's list of configs, which has their data, so that no request is needed.

Pure, except for the random salt of a first record.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.digest import SALT_BYTES
from reconciler.errors import DamagedRecord, ReconcilerError
from reconciler.kinds import NAMED
from reconciler.kinds.config import CONFIG
from reconciler.kinds.mounts import mounted
from reconciler.model import Blocker, Body, Lease, LiveState, Owned, Record, ServiceUser, Source
from reconciler.record.codec import Head, decode, decode_head, unpack
from reconciler.record.names import Name, head, parse

UNKNOWN_HOLDER = "a run whose record is damaged"


class Reading(NamedTuple):
    """A record that was read, and ``notes`` for people. The record's ``number`` is 0 if there is none yet."""

    record: Record
    notes: tuple[str, ...] = ()


class OtherStacks(Struct, frozen=True):
    """The objects that other stacks of the cluster own or are about to create; ``notes`` name unreadable records.

    ``stacks`` maps (kind, id), and (kind, live name) for kinds with unique names, to the stack. ``sources`` maps each
    stack to its sources and how many of its objects each declared. ``uses_by`` maps each stack to the objects that its
    services mount or mounted before, as (kind, live name), and those services. ``current`` maps (kind, logical name) to
    the current live name in each stack. ``records`` are their records, by stack. ``given`` are the objects, as (kind,
    live name), that they took over from this stack, even if this stack's record still has them.
    """

    stacks: Mapping[tuple[str, str], str]
    notes: tuple[str, ...] = ()
    sources: Mapping[str, Mapping[Source | None, int]] = field(default_factory=dict)
    uses_by: Mapping[str, Mapping[tuple[str, str], tuple[ServiceUser, ...]]] = field(default_factory=dict)
    current: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    records: Mapping[str, Record] = field(default_factory=dict)
    given: frozenset[tuple[str, str]] = frozenset()

    @property
    def uses(self) -> dict[tuple[str, str], tuple[ServiceUser, ...]]:
        """The objects that services of other stacks mount or mounted before, as (kind, live name), and those
        services."""
        found: dict[tuple[str, str], tuple[ServiceUser, ...]] = {}
        for uses in self.uses_by.values():
            for named, users in uses.items():
                found[named] = (*found.get(named, ()), *users)
        return found

    @property
    def mounts(self) -> dict[tuple[str, str], tuple[ServiceUser, ...]]:
        """The objects that services of other stacks mount or are about to mount, as (kind, live name), and those
        services. Objects that they mounted before are left out."""
        found: dict[tuple[str, str], tuple[ServiceUser, ...]] = {}
        for stack, read_of in self.records.items():
            for owned in _made(read_of):
                for mount in mounted(owned.applied) if owned.state != "rolled back" else ():
                    named = (mount.kind, mount.name)
                    found[named] = (*found.get(named, ()), ServiceUser(owned.live_name, stack))
        return found

    @property
    def worked_with(self) -> dict[tuple[str, str], tuple[Blocker, ...]]:
        """For other stacks' services that are not up by their records: the objects that they mounted when they were
        last verified, as (kind, live name), and those services."""
        found: dict[tuple[str, str], tuple[Blocker, ...]] = {}
        for stack, read_of in self.records.items():
            for owned in read_of.owned:
                for mount in mounted(owned.last_verified) if owned.state != "verified" and owned.wait else ():
                    named = (mount.kind, mount.name)
                    found[named] = (*found.get(named, ()), Blocker(owned.live_name, owned.state, stack))
        return found


def read(
    configs: Iterable[Body], stack: str, *, salt: str = "", conceal: Callable[[str], str] = str
) -> Reading:
    """The record of ``stack`` from a list of configs (API: Configs).

    ``conceal`` masks hidden values in the names of the lease holder and of those who applied: anyone with access to the
    API can write a record. ``salt`` is that of a first record, by default random.

    If the newest version cannot be read, the one before is used, with a lease of an unknown holder: a run that takes
    the lease then first waits and checks that no other run is writing.

    Raises DamagedRecord if no version can be read, and ReconcilerError if a newer version of reconciler wrote it.
    """
    bodies = list(configs)
    versions = heads(bodies, stack)
    if not versions:
        return Reading(Record(stack, salt=salt or os.urandom(SALT_BYTES).hex()))
    data = _data(bodies)
    damage: list[str] = []
    for number in versions:
        try:
            record = load(head(stack, number), data)
        except DamagedRecord as error:
            damage.append(f"{head(stack, number)}: {error}")
            continue
        if not damage:
            return Reading(concealed(record, conceal))
        note = (
            f"the record cannot be read ({damage[0]}); used instead: {head(stack, number)}. Objects that "
            "the newer record added may show as not managed"
        )
        return Reading(replace(record, number=versions[0], lease=Lease(UNKNOWN_HOLDER, "?", 0.0)), (note,))
    raise DamagedRecord(
        f"no version of the record of stack {stack} can be read ({'; '.join(damage)}). What the stack owns is "
        "unknown: delete these configs, then apply with --adopt"
    )


def concealed(record: Record, conceal: Callable[[str], str]) -> Record:
    """The record, with hidden values masked in the names of the lease holder and of those who applied."""
    return replace(
        record,
        lease=concealed_lease(record.lease, conceal),
        applies=tuple(applied._replace(who=conceal(applied.who)) for applied in record.applies),
    )


def concealed_lease(lease: Lease | None, conceal: Callable[[str], str]) -> Lease | None:
    """The lease, with hidden values masked in its holder's name."""
    return lease and lease._replace(holder=conceal(lease.holder))


def heads(configs: Iterable[Body], stack: str) -> list[int]:
    """The version numbers of a stack's record, newest first."""
    found = {name.number for name, _ in _named(configs) if name.is_head and name.stack == stack}
    return sorted(found, reverse=True)


def stacks(configs: Iterable[Body]) -> tuple[str, ...]:
    """The stacks that have a record in the cluster, sorted."""
    return tuple(sorted({name.stack for name, _ in _named(configs) if name.is_head}))


def others(configs: Iterable[Body], stack: str, *, own: Record | None = None) -> OtherStacks:
    """The objects of all other stacks of the cluster, which ``stack`` must not change or adopt.

    ``own`` is the record of ``stack``, if the caller has read it already. Raises nothing: records that cannot be read
    are named in ``OtherStacks.notes``.
    """
    bodies = list(configs)
    owners: dict[tuple[str, str], str] = {}
    notes: list[str] = []
    sources: dict[str, Mapping[Source | None, int]] = {}
    uses_by: dict[str, dict[tuple[str, str], tuple[ServiceUser, ...]]] = {}
    current: dict[tuple[str, str], dict[str, str]] = {}
    records: dict[str, Record] = {}
    for other in stacks(bodies):
        if other == stack and own is not None:
            records[other] = own
            continue
        try:
            reading = read(bodies, other, salt="00")
        except ReconcilerError as error:
            notes += [f"what stack {other} owns is not known: {error}"] if other != stack else []
            continue
        notes += reading.notes if other != stack else ()
        records[other] = reading.record
    taken = _taken(records.values())
    records.pop(stack, None)
    for other, read_of in list(records.items()):
        kept = [owned for owned in read_of.owned if (other, owned.kind, owned.live_name) not in taken]
        found = records[other] = replace(read_of, owned=tuple(kept))
        if declared := Counter(owned.source for owned in kept if not owned.retired):
            sources[other] = declared
        for owned in kept:
            if owned.kind in NAMED and not owned.retired:
                current.setdefault((owned.kind, owned.name), {})[other] = owned.live_name
        uses = uses_by.setdefault(other, {})
        for owned in _made(found):
            if owned.kind in NAMED:
                owners[owned.kind, owned.live_name] = other
            if owned.id:
                owners[owned.kind, owned.id] = other
            for named in used(owned):
                uses[named] = (*uses.get(named, ()), ServiceUser(owned.live_name, other))
    given = frozenset((kind, name) for giver, kind, name in taken if giver == stack)
    return OtherStacks(owners, tuple(notes), sources, uses_by, current, records, given)


def taken(configs: Iterable[Body]) -> frozenset[tuple[str, str, str]]:
    """The objects that stacks took over from others: the previous stack, the kind and the live name.

    They count as taken over even if the record of the previous stack still has them. Unreadable records are ignored.
    """
    bodies, records = list(configs), []
    for stack in stacks(bodies):
        with suppress(ReconcilerError):  # ``others`` and ``read`` report it
            records.append(read(bodies, stack, salt="00").record)
    return _taken(records)


def _taken(records: Iterable[Record]) -> frozenset[tuple[str, str, str]]:
    return frozenset(
        (owned.taken_from, owned.kind, owned.live_name) for record in records for owned in record.owned
    )


def _made(found: Record) -> Iterable[Owned]:
    """The objects of a stack, and those that it is about to create."""
    return (*found.owned, *(intent.owned for intent in found.pending if intent.action != "move"))


def used(owned: Owned) -> set[tuple[str, str]]:
    """The objects that a recorded service mounts or mounted before its last write, as (kind, live name).

    Empty for other kinds.
    """
    specs = (owned.applied, owned.last_verified)
    before = {(kind, name) for kind, _, name in (reference.partition("/") for reference in owned.previous)}
    return before | {(mount.kind, mount.name) for spec in specs for mount in mounted(spec)}


def configs_of(live: LiveState) -> tuple[Body, ...]:
    """All configs of a cluster, with the records, as in the API's answer."""
    return tuple(config.body for config in live.objects[CONFIG.name])


def load(name: str, data: Mapping[str, Any]) -> Record:
    """The record of the version with this config name. ``data`` has the data of the record's configs, by name.

    Raises DamagedRecord if it cannot be read, and ReconcilerError if a newer version of reconciler wrote it.
    """
    version = decode_head(_text(name, data))
    if parse(name) != Name(version.stack, version.number, is_head=True):
        raise DamagedRecord("it was written for another name")
    return decode(version, _body(version, data))


def _body(version: Head, data: Mapping[str, Any]) -> Any:
    if version.body is not None:
        return version.body
    return unpack([version.packed] if version.packed else [_text(part, data) for part in version.parts])


def _text(name: str, data: Mapping[str, Any]) -> str:
    text = data.get(name)
    if not isinstance(text, str):
        raise DamagedRecord(f"{name} is missing")
    return text


def _data(configs: Iterable[Body]) -> dict[str, Any]:
    return {body["name"]: body.get("data") for _, body in _named(configs)}


def _named(configs: Iterable[Body]) -> Iterable[tuple[Name, Body]]:
    for body in configs:
        name = parse(body["name"]) if isinstance(body.get("name"), str) else None
        if name is not None:
            yield name, body
