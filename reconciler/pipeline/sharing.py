"""What the stacks of a cluster have to do with each other: who is applied first, and what changed hands meanwhile."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler import record
from reconciler.applying.context import ApplyContext
from reconciler.kinds import KINDS
from reconciler.model import Address, Body, Change, Desired, External, Named, Plan
from reconciler.model.hold import ExternalChanged, Hold, OwnedMeanwhile, UsedMeanwhile
from reconciler.model.refusal import UnresolvedExternal
from reconciler.planning.draft import mentions
from reconciler.planning.external import is_external, resolve
from reconciler.record import OtherStacks


def owners_first(wanted: Sequence[Desired]) -> list[Desired]:
    """The stacks in their order, but each after those of its cluster that declare what is external to it, or that it
    takes something from by ``moved``."""
    stacks = {(one.cluster, one.stack): one for one in wanted}
    makers: dict[tuple[str, str, str], list[Desired]] = defaultdict(list)
    for one in wanted:
        for (kind, name), manifest in one.manifests.items():
            if not is_external(manifest):
                makers[one.cluster, kind, name].append(one)
    ordered: list[Desired] = []
    seen: set[tuple[str, str]] = set()

    def add(one: Desired) -> None:
        if (one.cluster, one.stack) in seen:
            return
        seen.add((one.cluster, one.stack))
        for (kind, name), manifest in one.manifests.items():
            for maker in makers[one.cluster, kind, name] if is_external(manifest) else ():
                add(maker)
        for move in one.moved:
            if giver := stacks.get((one.cluster, move.stack)):
                add(giver)
        ordered.append(one)

    for one in wanted:
        add(one)
    return ordered


def coming(plans: Iterable[Plan], cluster: str) -> dict[Named, dict[str, str]]:
    """By kind and logical name: the live names that these plans make in a cluster, by their stacks."""
    found: dict[Named, dict[str, str]] = defaultdict(dict)
    for plan in plans:
        for change in plan.changes if plan.cluster == cluster else ():
            if change.action in ("create", "replace", "adopt"):
                found[change.address.kind, change.address.name][plan.stack] = change.live_name
    return found


def barred(plan: Plan, configs: Sequence[Body], context: ApplyContext) -> Mapping[Address, Hold]:
    """Why changes may not be carried out any more, by what other stacks own or need once the lease is held.

    ``configs`` are listed after this run wrote down what it intends: of two runs that want the same object, at
    least the later one sees the other.
    """
    others = record.others(configs, plan.stack)
    moved, uses = _resolved_otherwise(plan.externals, others, context), others.uses
    return {
        change.address: hold for change in plan.changes if (hold := _why_not(change, others, uses, moved))
    }


def _why_not(
    change: Change,
    others: OtherStacks,
    uses: Mapping[Named, tuple[str, ...]],
    moved: Mapping[Named, Hold],
) -> Hold | None:
    kind = change.address.kind
    named = [(kind, change.live_name)] if KINDS[kind].named else []
    named += [(kind, change.live.id)] if change.live else []
    for one in named:
        if stack := others.stacks.get(one):
            return OwnedMeanwhile(kind, change.live_name, stack)
    if change.action == "delete" and (users := uses.get((kind, change.live_name))):
        return UsedMeanwhile(users)
    if change.action != "delete" and change.desired:
        return next((moved[named] for named in mentions(change.desired) if named in moved), None)
    return None


def _resolved_otherwise(
    externals: Iterable[External], others: OtherStacks, context: ApplyContext
) -> Mapping[Named, Hold]:
    """The external objects that stand for another live object than planned, or for none, each with what is so."""
    return {(one.kind, one.name): hold for one in externals for hold in _otherwise(one, others, context)}


def _otherwise(one: External, others: OtherStacks, context: ApplyContext) -> Iterator[Hold]:
    def exists(live_name: str) -> bool:
        return context.found(one.kind, live_name) is not None

    found = resolve(
        one.kind,
        one.name,
        one.stack,
        exists=exists,
        shared=others.current,
        coming={},
        owner=lambda live_name: others.stacks.get((one.kind, live_name), ""),
    )
    if isinstance(found, UnresolvedExternal):
        yield ExternalChanged(one.kind, one.name, one.live_name, "")
    elif found != one.live_name:
        yield ExternalChanged(one.kind, one.name, one.live_name, found)
