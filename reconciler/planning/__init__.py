"""Plans the changes of a stack from desired state, live state and record. Pure: no I/O, no clock, no randomness.

Only the difference between desired and live decides what is done. The last applied spec only marks a difference as
drift.
"""

from collections import Counter
from collections.abc import Mapping

from msgspec.structs import replace

from reconciler.kinds import KINDS, NAMED, RUNNING, VERSIONED, running
from reconciler.kinds.config import is_of_a_record
from reconciler.kinds.mounts import mounted
from reconciler.model import Address, Change, Desired, Live, LiveState, Named, Plan, Record, Spec
from reconciler.model.note import HasToFollow, Note, OnlyTargets, StaysOnVersion
from reconciler.model.refusal import NeedEachOther, SeveralLive
from reconciler.order import Cycle, arrange, closure
from reconciler.planning.bookkeeping import plan_bookkeeping, plan_takeovers
from reconciler.planning.draft import Draft, Facts, Options
from reconciler.planning.hosts import plan_hosts
from reconciler.planning.kinds import PLANNERS
from reconciler.planning.needs import add_needs
from reconciler.planning.protection import plan_protection
from reconciler.planning.prune import ToLookUp, leaving, plan_prune, stale_consents, to_look_for, why_kept
from reconciler.planning.resume import resumed
from reconciler.planning.service_states import service_states, with_waits
from reconciler.planning.unread import leave_unread
from reconciler.planning.uses import uses_of, worked_with
from reconciler.planning.versions import hold_lone_sweep, plan_sweep

__all__ = ["Options", "make_plan", "resumed", "to_look_up"]


def to_look_up(desired: Desired, live: LiveState, record: Record, options: Options) -> ToLookUp:
    """The objects to search for in the other manifests of the repository before the plan is made."""
    return to_look_for(Facts(desired, live, record, options))


def make_plan(desired: Desired, live: LiveState, record: Record, options: Options | None = None) -> Plan:
    """The plan of one stack of one cluster.

    ``record`` must come from ``resumed``, so that the pending changes of an interrupted run are in it. The plan's
    ``refusals`` say why it must not be applied.
    """
    facts = Facts(desired, live, record, options or Options())
    draft = Draft()
    _refuse_ambiguous(facts, draft)
    for planner in PLANNERS.values():
        planner(facts, draft)
    plan_protection(facts, draft)
    plan_takeovers(facts, draft)
    going = _going(facts)
    uses = uses_of(facts, draft, going)
    plan_sweep(facts, draft, uses)
    released = plan_prune(facts, draft, uses)
    hold_lone_sweep(facts, draft)
    stale_consents(facts, draft)
    add_needs(facts, draft)
    plan_hosts(facts, draft)
    _say_who_restarts(facts, draft)
    _note_who_has_yet_to_follow(facts, draft)
    changes, unread = leave_unread(facts, draft, _ordered(draft, _targeted(facts, draft)))
    states = service_states(facts, draft, changes)
    changes = with_waits(facts, draft, changes, states, worked_with(facts, draft, going))
    return Plan(
        cluster=desired.cluster,
        cluster_id=live.cluster_id,
        company_id=live.company_id,
        stack=desired.stack,
        changes=changes,
        unchanged=len(draft.unchanged),
        unmanaged=_unmanaged(facts, changes),
        unchecked=tuple(draft.unchecked),
        verify=tuple(draft.verify),
        held=tuple(draft.held),
        unread=unread,
        released=released if not facts.options.targets else (),
        externals=tuple(draft.externals),
        kept=tuple(draft.kept) if not facts.options.targets else (),
        record_only=plan_bookkeeping(facts, draft),
        notes=(*_target_notes(facts), *draft.notes),
        refusals=tuple(draft.refusals),
        service_states=states,
        declared=draft.declared,
    )


def _refuse_ambiguous(facts: Facts, draft: Draft) -> None:
    """Refuse managed or declared objects whose name several live objects have: names must identify them."""
    counts = Counter((kind, live.name) for kind in NAMED for live in facts.live.objects.get(kind, ()))
    managed = {*facts.desired.manifests, *((owned.kind, owned.live_name) for owned in facts.owned)}
    for kind, name in sorted(named for named, count in counts.items() if count > 1 and named in managed):
        draft.refusals.append(SeveralLive(facts.address(kind, name), counts[kind, name]))


def _going(facts: Facts) -> frozenset[str]:
    """The ids of the live services that this stack deletes, or that other stacks delete earlier."""
    own = {
        live.id for owned, live in leaving(facts) if live.kind in RUNNING and why_kept(facts, owned) is None
    }
    return facts.options.leaving | own


def _say_who_restarts(facts: Facts, draft: Draft) -> None:
    """Set on each new version which services it restarts, and note services that no stack manages and that stay on
    the old version.
    """
    users: dict[Named, list[str]] = {}
    for write in draft.writes():
        if write.live:
            for mounted in _mounted(write.spec) - _mounted(write.live.spec):
                users.setdefault(mounted, []).append(write.address.name)
    for index, change in enumerate(draft.changes):
        kind = change.address.kind
        if kind in VERSIONED and change.action != "delete":
            restarts = tuple(sorted(users.get((kind, change.live_name), ())))
            if restarts:
                draft.changes[index] = replace(change, restarts=restarts)
            if change.live and change.live.name != change.live_name:
                _note_left_behind(facts, draft, change.live)


def _mounted(spec: Spec) -> frozenset[Named]:
    return frozenset((mount.kind, mount.name) for mount in mounted(spec))


def _note_left_behind(facts: Facts, draft: Draft, old: Live) -> None:
    for live in running(facts.live):
        if (
            (old.kind, old.name) in _mounted(live.spec)
            and (live.kind, live.name) not in facts.desired.manifests
            and live.id not in _going(facts)
            and not facts.owner(live)
        ):
            draft.notes.append(StaysOnVersion(facts.address(live.kind, live.name), old.name))


def _note_who_has_yet_to_follow(facts: Facts, draft: Draft) -> None:
    """Note the services of other stacks that still mount an old version of an object of this stack."""
    retired = [owned for owned in facts.owned if owned.retired]
    retired += [old for change in draft.changes for old in change.retires]
    former = {(owned.kind, owned.live_name): owned.name for owned in retired}
    for live in running(facts.live):
        stack = facts.owner(live)
        for kind, name in sorted(_mounted(live.spec) & former.keys()) if stack else ():
            note = HasToFollow(kind, name, former[kind, name], live.kind, live.name, stack)
            draft.notes.append(note)


def _targeted(facts: Facts, draft: Draft) -> list[Change]:
    targets = facts.options.targets
    if not targets:
        return draft.changes
    needs = {
        change.address: (
            *change.needs,
            *(facts.address(change.address.kind, taken.service) for taken in change.takes),
        )
        for change in draft.changes
    }
    named = [
        change.address for change in draft.changes if (change.address.kind, change.address.name) in targets
    ]
    wanted = closure(named, needs)
    return [change for change in draft.changes if change.address in wanted]


def _ordered(draft: Draft, changes: list[Change]) -> tuple[Change, ...]:
    """The changes in order: creates and updates, with the deletes that they need; then all other deletes, by kind
    in reverse order.
    """
    by_address = {change.address: change for change in changes}
    needs = {address: change.needs for address, change in by_address.items()}
    first = closure([change.address for change in changes if change.action != "delete"], needs)

    try:
        before = arrange({address: needs[address] for address in needs if address in first}, _rank)
        after = _deletes_in_reverse({address: needs[address] for address in needs if address not in first})
    except Cycle as cycle:
        draft.refusals.append(NeedEachOther(cycle.path))
        return tuple(changes)
    return tuple(by_address[address] for address in (*before, *after))


def _rank(address: Address) -> tuple[int, Address]:
    return KINDS[address.kind].level, address


def _deletes_in_reverse(needs: Mapping[Address, tuple[Address, ...]]) -> tuple[Address, ...]:
    levels = sorted({KINDS[address.kind].level for address in needs}, reverse=True)
    return tuple(
        address
        for level in levels
        for address in sorted(node for node in needs if KINDS[node.kind].level == level)
    )  # fmt: skip


def _unmanaged(facts: Facts, changes: tuple[Change, ...]) -> tuple[Address, ...]:
    """Live objects that no stack manages. Nodes are left out, since they are counted and not owned."""
    taken = {(change.live.kind, change.live.id) for change in changes if change.live}
    taken |= {(old.kind, old.id) for change in changes for old in change.retires}
    return tuple(
        facts.address(kind, live.name)
        for kind, objects in facts.live.objects.items()
        if not KINDS[kind].capacity
        for live in objects
        if (kind, live.id) not in taken
        and not facts.is_ours(live)
        and not facts.owner(live)
        and not is_of_a_record(live)
        and live.spec.get("cluster_id", facts.live.cluster_id) == facts.live.cluster_id
    )


def _target_notes(facts: Facts) -> tuple[Note, ...]:
    """The note that only some objects were planned."""
    if not facts.options.targets:
        return ()
    return (OnlyTargets(tuple(sorted(facts.options.targets))),)
