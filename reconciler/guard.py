"""Guards: the changes that are refused before anything is written. Pure.

``plan`` runs them too, so that a pull request shows what an apply would refuse.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from reconciler.kinds import KINDS, RUNNING, running
from reconciler.kinds.mounts import mounted
from reconciler.model import Address, Change, Desired, Live, LiveState, Plan, Record, Spec
from reconciler.model.refusal import (
    DataInUse,
    DeclaredElsewhere,
    ManyDeletes,
    ObjectFault,
    OtherCompany,
    Refusal,
    RefusedObject,
    ValueMissing,
)

MANY = 3
"""This many unconsented deletes or more are refused if they are also more than ``SHARE`` of the stack's objects."""
SHARE = 0.3


def guard(
    plan: Plan, desired: Desired, live: LiveState, record: Record, *, adopt: bool
) -> tuple[Refusal, ...]:
    """All reasons why ``plan`` must not be applied: those that planning found, then those of the guards.

    ``adopt``: the run may adopt objects that exist.
    """
    return (
        *plan.refusals,
        *_wrong_company(desired, live),
        *([] if adopt else _adopts(plan)),
        *_protected(plan, desired, record),
        *_volumes(plan, live),
        *_many_deletes(plan, record),
    )


def missing_values(
    plan: Plan, desired: Desired, targets: Collection[Address] = frozenset()
) -> tuple[ValueMissing, ...]:
    """The secrets whose missing values prevent an apply; ``plan`` only reports them as not checked.

    With ``targets``, a secret that is recorded and exists may stay unchecked, unless it is a target.
    """
    written = {change.address for change in plan.changes}
    needed = [
        address for address in plan.unchecked if not targets or address in targets or address in written
    ]
    manifests = [desired.manifests[address.kind, address.name] for address in needed]
    return tuple(
        ValueMissing(manifest.address, manifest.location, _variable(manifest.spec)) for manifest in manifests
    )


def _variable(spec: Spec) -> str:
    """The environment variable of a secret's value: its own variable, or the key that decrypts sealed values."""
    return str(spec.get("source", "").partition(":")[2] or "RECONCILER_AGE_IDENTITY")


def _wrong_company(desired: Desired, live: LiveState) -> Iterator[Refusal]:
    if desired.company is not None and desired.company not in (live.company_id, live.company_name):
        yield OtherCompany(desired.location, desired.company, live.company_name, live.company_id)


def _adopts(plan: Plan) -> Iterator[Refusal]:
    for change in plan.changes:
        if change.taken_from is not None:
            yield DeclaredElsewhere(change.address, change.taken_from)
        elif change.action == "adopt":
            yield RefusedObject(change.address, ObjectFault.NOT_MANAGED)


def _deletes(plan: Plan) -> Iterable[Change]:
    return (change for change in plan.changes if change.action == "delete")


def _protected(plan: Plan, desired: Desired, record: Record) -> Iterator[Refusal]:
    protected = {(owned.kind, owned.name) for owned in record.owned if owned.protected}
    for change in _deletes(plan):
        name = change.owned.name if change.owned else change.address.name
        key = (change.address.kind, name)
        former = change.owned is not None and change.owned.retired and key in desired.manifests
        if key in protected and key not in desired.removed and not former:
            yield RefusedObject(change.address, ObjectFault.PROTECTED, KINDS[change.address.kind].section)


class _ServiceMounts(NamedTuple):
    """The names of the volumes that a running service mounts: now, and once the plan is applied."""

    id: str
    name: str
    now: frozenset[str]
    afterwards: frozenset[str]


def _volumes(plan: Plan, live: LiveState) -> Iterator[Refusal]:
    with_data = (change for change in _deletes(plan) if KINDS[change.address.kind].has_data)
    deletes = [(change, change.live) for change in with_data if change.live is not None]
    services = _service_mounts(plan, live) if deletes else []
    for change, volume in deletes:
        if not change.consented:
            section = KINDS[change.address.kind].section
            yield RefusedObject(change.address, ObjectFault.DATA_DELETED, section)
        if users := _users_afterwards(volume, services):
            yield DataInUse(change.address, tuple(sorted(users)))


def _users_afterwards(volume: Live, services: Iterable[_ServiceMounts]) -> set[str]:
    """The services that still use a volume once the plan is applied: those that mount it then, and those that the
    platform lists as its users and that the plan does not take it from."""
    mounting = {service.name for service in services if volume.name in service.afterwards}
    leaving = [service for service in services if volume.name in service.now - service.afterwards]
    freed = {key for service in leaving for key in (service.id, service.name)}
    names = {service.id: service.name for service in services}
    listed = {names.get(user, user) for user in volume.spec["service_usage"] if user not in freed}
    return mounting | listed


def _service_mounts(plan: Plan, live: LiveState) -> list[_ServiceMounts]:
    changed = _mounted_afterwards(plan)
    mounts = [(service, _mounted(service.spec)) for service in running(live)]
    return [
        _ServiceMounts(service.id, service.name, now, changed.get(service.id, now)) for service, now in mounts
    ]


def _mounted(spec: Spec) -> frozenset[str]:
    return frozenset(mount.name for mount in mounted(spec) if KINDS[mount.kind].has_data)


def _mounted_afterwards(plan: Plan) -> dict[str, frozenset[str]]:
    """By id of each service that the plan deletes or changes: the volumes that it mounts once the plan is applied."""
    return {
        change.live.id: _mounted({} if change.action == "delete" else {**change.live.spec, **change.spec})
        for change in plan.changes
        if change.address.kind in RUNNING and change.live
    }


def _many_deletes(plan: Plan, record: Record) -> Iterator[Refusal]:
    current = sum(1 for owned in record.owned if not owned.retired)
    unconsented = [change for change in _deletes(plan) if not change.consented]
    count = len(unconsented)
    if not count:
        return
    if count >= current or (count >= MANY and count > SHARE * current):
        yield ManyDeletes(tuple(change.address for change in unconsented), current)
