"""The record out of a cluster's list of configs, which carries their data: no request of its own. Pure but for
the salt that a first record gets.
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
from reconciler.model import Blocker, Body, Lease, LiveState, Owned, Record, Source
from reconciler.record.codec import Head, decode, decode_head, unpack
from reconciler.record.names import Name, head, parse

UNKNOWN_HOLDER = "a run whose record is damaged"


class Reading(NamedTuple):
    """What was read. ``notes`` are facts for people; ``number`` of the record is 0 where there is none yet."""

    record: Record
    notes: tuple[str, ...] = ()


class OtherStacks(Struct, frozen=True):
    """What other stacks of the cluster own or are about to make; ``notes`` name records that can't be read.

    ``stacks`` maps kind and live name (of what is unique by name), and kind and id, to the stack. ``sources``
    tells of each stack that owns anything which files declared how many of its objects. ``uses_by`` maps, for each
    stack, kind and live name of what its services mount, or mounted before, to those services. ``current`` maps kind
    and logical name to the live name that each stack has for it now. ``records``
    are theirs, by stack; ``given`` is what they took from this stack, by kind and live name, whatever its own says.
    """

    stacks: Mapping[tuple[str, str], str]
    notes: tuple[str, ...] = ()
    sources: Mapping[str, Mapping[Source | None, int]] = field(default_factory=dict)
    uses_by: Mapping[str, Mapping[tuple[str, str], tuple[str, ...]]] = field(default_factory=dict)
    current: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    records: Mapping[str, Record] = field(default_factory=dict)
    given: frozenset[tuple[str, str]] = frozenset()

    @property
    def uses(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """Kind and live name of what services of any of them mount, or mounted before, with those services."""
        found: dict[tuple[str, str], tuple[str, ...]] = {}
        for uses in self.uses_by.values():
            for named, users in uses.items():
                found[named] = (*found.get(named, ()), *users)
        return found

    @property
    def mounts(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """Kind and live name of what services of any of them mount, or are about to, with those services: not what they
        mounted before."""
        found: dict[tuple[str, str], tuple[str, ...]] = {}
        for stack, read_of in self.records.items():
            for owned in _made(read_of):
                for mount in mounted(owned.applied) if owned.state != "rolled back" else ():
                    named = (mount.kind, mount.name)
                    found[named] = (*found.get(named, ()), user(stack, owned.live_name))
        return found

    @property
    def worked_with(self) -> dict[tuple[str, str], tuple[Blocker, ...]]:
        """Kind and live name of what services of any of them that are not up by their records worked with last."""
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
    """The record of ``stack`` from the bodies of a list of configs.

    Anybody with access to the API can write a record: ``conceal`` masks, in who holds the lease and who applied, the
    values that must not be shown.

    A version that can't be read gives way to the one before, under a lease of an unknown holder: a taker then
    waits to see that nobody is writing. A first record gets ``salt``, by default a random one.

    Raises DamagedRecord if no version can be read, ReconcilerError if a newer reconciler wrote the newest.
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
    """The record with what must not be shown masked in who holds the lease and who applied."""
    return replace(
        record,
        lease=concealed_lease(record.lease, conceal),
        applies=tuple(applied._replace(who=conceal(applied.who)) for applied in record.applies),
    )


def concealed_lease(lease: Lease | None, conceal: Callable[[str], str]) -> Lease | None:
    """The lease with what must not be shown masked in its holder."""
    return lease and lease._replace(holder=conceal(lease.holder))


def heads(configs: Iterable[Body], stack: str) -> list[int]:
    """The numbers of the versions of a stack's record, newest first."""
    found = {name.number for name, _ in _named(configs) if name.is_head and name.stack == stack}
    return sorted(found, reverse=True)


def stacks(configs: Iterable[Body]) -> tuple[str, ...]:
    """The stacks that have a record in the cluster, sorted."""
    return tuple(sorted({name.stack for name, _ in _named(configs) if name.is_head}))


def others(configs: Iterable[Body], stack: str, *, own: Record | None = None) -> OtherStacks:
    """What belongs to the other stacks of the cluster: unmanaged to this one, and not to be adopted.

    ``own`` is the stack's record, where the caller has read it already.
    """
    bodies = list(configs)
    owners: dict[tuple[str, str], str] = {}
    notes: list[str] = []
    sources: dict[str, Mapping[Source | None, int]] = {}
    uses_by: dict[str, dict[tuple[str, str], tuple[str, ...]]] = {}
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
        mine = [owned for owned in read_of.owned if (other, owned.kind, owned.live_name) not in taken]
        found = records[other] = replace(read_of, owned=tuple(mine))
        if declared := Counter(owned.source for owned in mine if not owned.retired):
            sources[other] = declared
        for owned in mine:
            if owned.kind in NAMED and not owned.retired:
                current.setdefault((owned.kind, owned.name), {})[other] = owned.live_name
        uses = uses_by.setdefault(other, {})
        for owned in _made(found):
            if owned.kind in NAMED:
                owners[owned.kind, owned.live_name] = other
            if owned.id:
                owners[owned.kind, owned.id] = other
            for named in used(owned):
                uses[named] = (*uses.get(named, ()), user(other, owned.live_name))
    given = frozenset((kind, name) for giver, kind, name in taken if giver == stack)
    return OtherStacks(owners, tuple(notes), sources, uses_by, current, records, given)


def taken(configs: Iterable[Body]) -> frozenset[tuple[str, str, str]]:
    """What stacks took from others, whatever the records of those say: that stack, kind and live name."""
    bodies, records = list(configs), []
    for stack in stacks(bodies):
        with suppress(ReconcilerError):  # reported by whoever reads that record
            records.append(read(bodies, stack, salt="00").record)
    return _taken(records)


def _taken(records: Iterable[Record]) -> frozenset[tuple[str, str, str]]:
    return frozenset(
        (owned.taken_from, owned.kind, owned.live_name) for record in records for owned in record.owned
    )


def _made(found: Record) -> Iterable[Owned]:
    """What a stack has, and what it is about to make."""
    return (*found.owned, *(intent.owned for intent in found.pending if intent.action != "move"))


def user(stack: str, service: str) -> str:
    """A service of another stack, for people."""
    return f"service {service} of the stack {stack}"


def used(owned: Owned) -> set[tuple[str, str]]:
    """What a service mounts by its record, or mounted before its last write; other kinds mount nothing."""
    specs = (owned.applied, owned.last_verified)
    before = {(kind, name) for kind, _, name in (reference.partition("/") for reference in owned.previous)}
    return before | {(mount.kind, mount.name) for spec in specs for mount in mounted(spec)}


def configs_of(live: LiveState) -> tuple[Body, ...]:
    """The configs of a cluster, among which its records are, as the API answered them."""
    return tuple(config.body for config in live.objects[CONFIG.name])


def load(name: str, data: Mapping[str, Any]) -> Record:
    """One version, from the data of the record's configs by name. Raises as ``decode_head`` does."""
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
