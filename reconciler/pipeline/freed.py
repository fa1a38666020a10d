"""What the stacks of a run free for each other: a secret that the last service of another stack stops mounting.

The stack that owns it deletes it in the same run, once the others are applied. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from reconciler.kinds import RUNNING, VERSIONED
from reconciler.kinds.mounts import mounted
from reconciler.model import Address, Change, Named, Owned
from reconciler.model.reason import AfterStacks
from reconciler.pipeline.planned import Planned
from reconciler.planning import Options
from reconciler.planning.uses import is_written
from reconciler.record import OtherStacks, used, user


def frees(others: Iterable[Planned], owner: Planned) -> bool:
    """Whether something that ``owner`` has is needed by services of the others, and by none once they are applied."""
    owned = {(one.kind, one.live_name) for one in owner.record.owned if one.kind in VERSIONED}
    before: set[Named] = set()
    after: set[Named] = set()
    for other in others:
        before |= {named for one in other.record.owned for named in used(one)}
        after |= needed_after(other).keys()
    return bool(owned & (before - after))


def needed_after(planned: Planned) -> Mapping[Named, tuple[str, ...]]:
    """What the services of a stack need once its plan is carried out, by kind and live name, with those services."""
    changes = {
        (one.address.kind, one.address.name): one
        for one in planned.plan.changes
        if one.address.kind in RUNNING
    }
    found: dict[Named, list[str]] = defaultdict(list)
    for owned in planned.record.owned:
        for named in _needed(owned, changes.get((owned.kind, owned.name))):
            found[named].append(user(planned.plan.stack, owned.live_name))
    for change in changes.values():
        for one in mounted(_after(change)):
            found[one.kind, one.name].append(user(planned.plan.stack, change.live_name))
    return {named: tuple(dict.fromkeys(some)) for named, some in found.items()}


def _needed(owned: Owned, change: Change | None) -> Iterator[Named]:
    """What a service needs that is there already: what it mounted before its last write is kept for a rollback."""
    if change is None or not (change.action == "delete" or is_written(change)):
        yield from used(owned)
    elif change.action != "delete" and change.live is not None:
        yield from ((one.kind, one.name) for one in mounted(change.live.spec))


def _after(change: Change) -> Mapping[str, object]:
    if change.action == "delete":
        return {}
    return {**(change.live.spec if change.live else {}), **change.spec}


def as_after(options: Options, others: OtherStacks, around: Sequence[Planned]) -> Options:
    """The options of a plan that is carried out once the plans ``around`` it, of the same cluster, were."""
    uses: dict[Named, list[str]] = defaultdict(list)
    planned = {one.plan.stack: one for one in around}
    for stack, found in others.uses_by.items():
        for named, users in (needed_after(planned[stack]) if stack in planned else found).items():
            uses[named] += users
    leaving = {
        change.live.id
        for one in around
        for change in one.plan.changes
        if change.action == "delete" and change.address.kind in RUNNING
    }
    after = {named: tuple(some) for named, some in uses.items()}
    return replace(options, foreign_uses=after, leaving=frozenset(leaving))


def with_deferred(first: Planned, whole: Planned, around: Sequence[Planned]) -> Planned:
    """``whole``, planned as after the plans ``around``, with the deletes that ``first`` did not have put off.

    ``first`` itself where there are none. Former versions of what is still declared, or of what the other stacks still
    use, are left to the next change of the stack, as they are where stacks are applied one by one.
    """
    at_once = {_deleted(one) for one in first.plan.changes}
    new = [one for one in whole.plan.changes if one.action == "delete" and _deleted(one) not in at_once]
    needed = {named for one in around for named in needed_after(one)}
    in_use = {(one.kind, one.name) for one in first.record.owned if (one.kind, one.live_name) in needed}
    stay = {
        one.address
        for one in new
        if one.owned is not None
        and one.owned.retired
        and (one.owned.kind, one.owned.name) in in_use | first.desired.manifests.keys()
    }
    why = AfterStacks(tuple(sorted(one.plan.stack for one in around)))
    put_off = frozenset(one.address for one in new if one.address not in stay)
    if not put_off:
        return first
    changes = [
        replace(one, reasons=(*one.reasons, why)) if one.address in put_off else one
        for one in whole.plan.changes
        if one.address not in stay
    ]
    return replace(_only(whole, changes), deferred=put_off)


def at_first(planned: Planned) -> Planned:
    """What is to be done before the other stacks of the cluster are applied."""
    return _only(planned, [one for one in planned.plan.changes if one.address not in planned.deferred])


def at_last(planned: Planned, now: Planned) -> Planned:
    """The deletes that were put off, as far as they are still to be done by a plan made ``now``."""
    due = {_deleted(one) for one in now.plan.changes}
    changes = [
        one for one in planned.plan.changes if one.address in planned.deferred and _deleted(one) in due
    ]
    plan = replace(now.plan, record_only=(), released=())
    return _only(replace(now, plan=plan), changes)


def _only(planned: Planned, changes: Sequence[Change]) -> Planned:
    return replace(planned, plan=replace(planned.plan, changes=tuple(changes)))


def _deleted(change: Change) -> tuple[Address, str] | None:
    return (change.address, change.live.id) if change.action == "delete" else None
