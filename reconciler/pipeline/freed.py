"""Deletes that other stacks of the run make possible, such as a secret that the last service of another stack stops
mounting.

The stack that owns it deletes it in the same run, after the others are applied. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from reconciler.kinds import RUNNING, VERSIONED
from reconciler.kinds.mounts import mounted
from reconciler.model import Address, Change, Named, Owned, ServiceUser
from reconciler.model.reason import AfterStacks
from reconciler.pipeline.planned import Planned
from reconciler.planning import Options
from reconciler.planning.uses import is_written
from reconciler.record import OtherStacks, used


def frees(others: Sequence[Planned], owner: Planned) -> bool:
    """Whether services of other stacks need an object of ``owner`` now, and none does after those stacks are applied.
    Also true if those services are down now and mounted it when they were last up."""
    if any(_waits_for_stacks(change, others) for change in owner.plan.changes):
        return True
    owned = {(entry.kind, entry.live_name) for entry in owner.record.owned if entry.kind in VERSIONED}
    before: set[Named] = set()
    after: set[Named] = set()
    for other in others:
        before |= {named for entry in other.record.owned for named in used(entry)}
        after |= needed_after(other).keys()
    return bool(owned & (before - after))


def needed_after(planned: Planned) -> Mapping[Named, tuple[ServiceUser, ...]]:
    """The objects that a stack's services need after its plan is applied, as (kind, live name), and those services."""
    changes = {
        (change.address.kind, change.address.name): change
        for change in planned.plan.changes
        if change.address.kind in RUNNING
    }
    found: dict[Named, list[ServiceUser]] = defaultdict(list)
    for owned in planned.record.owned:
        for named in _needed(owned, changes.get((owned.kind, owned.name))):
            found[named].append(ServiceUser(owned.live_name, planned.plan.stack))
    for change in changes.values():
        for mount in mounted(_after(change)):
            found[mount.kind, mount.name].append(ServiceUser(change.live_name, planned.plan.stack))
    return {named: tuple(dict.fromkeys(users)) for named, users in found.items()}


def _needed(owned: Owned, change: Change | None) -> Iterator[Named]:
    """The existing objects that a service needs. Those that it mounted before its last write are kept for a
    rollback."""
    if change is None or not (change.action == "delete" or is_written(change)):
        yield from used(owned)
    elif change.action != "delete" and change.live is not None:
        yield from ((mount.kind, mount.name) for mount in mounted(change.live.spec))


def _after(change: Change) -> Mapping[str, object]:
    if change.action == "delete":
        return {}
    return {**(change.live.spec if change.live else {}), **change.spec}


def as_after(options: Options, others: OtherStacks, around: Sequence[Planned]) -> Options:
    """The planning options of a stack that is applied after the plans ``around`` it in the same cluster."""
    uses: dict[Named, list[ServiceUser]] = defaultdict(list)
    planned = {other.plan.stack: other for other in around}
    for stack, found in others.uses_by.items():
        for named, users in (needed_after(planned[stack]) if stack in planned else found).items():
            uses[named] += users
    leaving = {
        change.live.id
        for other in around
        for change in other.plan.changes
        if change.action == "delete" and change.address.kind in RUNNING
    }
    after = {named: tuple(users) for named, users in uses.items()}
    worked = {
        named: tuple(service for service in services if service.stack not in planned)
        for named, services in options.foreign_worked.items()
    }
    return replace(options, foreign_uses=after, foreign_worked=worked, leaving=frozenset(leaving))


def with_deferred(first: Planned, whole: Planned, around: Sequence[Planned]) -> Planned:
    """``whole`` (planned as if the plans ``around`` were applied), with the deletes that ``first`` does not have
    deferred.

    It is ``first`` itself if there are no such deletes. Old versions of objects that are still declared, or that other
    stacks still use, are left to the next change of the stack, as if stacks were applied one by one.
    """
    planned = {_deleted(change) for change in first.plan.changes}
    waiting = {_deleted(change) for change in first.plan.changes if _waits_for_stacks(change, around)}
    deletes = [change for change in whole.plan.changes if change.action == "delete"]
    new = [change for change in deletes if _deleted(change) not in planned]
    needed = {named for other in around for named in needed_after(other)}
    in_use = {
        (owned.kind, owned.name) for owned in first.record.owned if (owned.kind, owned.live_name) in needed
    }
    stay = {
        change.address
        for change in new
        if change.owned is not None
        and change.owned.retired
        and (change.owned.kind, change.owned.name) in in_use | first.desired.manifests.keys()
    }
    why = AfterStacks(tuple(sorted(other.plan.stack for other in around)))
    put_off = frozenset(
        change.address
        for change in deletes
        if change.address not in stay and (change in new or _deleted(change) in waiting)
    )
    if not put_off:
        return first
    changes = [
        replace(change, reasons=(*change.reasons, why)) if change.address in put_off else change
        for change in whole.plan.changes
        if change.address not in stay
    ]
    return replace(_only(whole, changes), deferred=put_off)


def at_first(planned: Planned) -> Planned:
    """The changes of a plan without its deferred deletes: those made before the cluster's other stacks are applied."""
    return _only(
        planned, [change for change in planned.plan.changes if change.address not in planned.deferred]
    )


def at_last(planned: Planned, now: Planned) -> Planned:
    """The deferred deletes that a new plan, made ``now``, still has."""
    due = {_deleted(change) for change in now.plan.changes if not change.waits_for}
    changes = [
        change
        for change in planned.plan.changes
        if change.address in planned.deferred and _deleted(change) in due
    ]
    plan = replace(now.plan, record_only=(), released=())
    return _only(replace(now, plan=plan), changes)


def _only(planned: Planned, changes: Sequence[Change]) -> Planned:
    return replace(planned, plan=replace(planned.plan, changes=tuple(changes)))


def _waits_for_stacks(change: Change, others: Iterable[Planned]) -> bool:
    """Whether a delete waits for services of another stack that mounted the object when they were last up."""
    stacks = {other.plan.stack for other in others}
    return any(service.stack in stacks for service in change.waits_for)


def _deleted(change: Change) -> tuple[Address, str] | None:
    return (change.address, change.live.id) if change.action == "delete" else None
