"""How the stacks of a cluster depend on each other: which is applied first, and which objects other runs changed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler import record
from reconciler.applying.context import ApplyContext
from reconciler.kinds import KINDS
from reconciler.model import Address, Body, Change, Desired, External, Named, Plan, ServiceUser
from reconciler.model.hold import ExternalChanged, Hold, OwnedMeanwhile, UsedMeanwhile
from reconciler.model.refusal import UnresolvedExternal
from reconciler.planning.draft import mentions
from reconciler.planning.external import is_external, resolve
from reconciler.record import OtherStacks
from reconciler.waits import is_consented_by_name


def owners_first(declared_stacks: Sequence[Desired]) -> list[Desired]:
    """The stacks in their order, but each after those of its cluster that declare objects external to it, or from which
    it takes objects by ``moved``."""
    stacks = {(desired.cluster, desired.stack): desired for desired in declared_stacks}
    makers: dict[tuple[str, str, str], list[Desired]] = defaultdict(list)
    for desired in declared_stacks:
        for (kind, name), manifest in desired.manifests.items():
            if not is_external(manifest):
                makers[desired.cluster, kind, name].append(desired)
    ordered: list[Desired] = []
    seen: set[tuple[str, str]] = set()

    def add(desired: Desired) -> None:
        if (desired.cluster, desired.stack) in seen:
            return
        seen.add((desired.cluster, desired.stack))
        for (kind, name), manifest in desired.manifests.items():
            for maker in makers[desired.cluster, kind, name] if is_external(manifest) else ():
                add(maker)
        for move in desired.moved:
            if giver := stacks.get((desired.cluster, move.stack)):
                add(giver)
        ordered.append(desired)

    for desired in declared_stacks:
        add(desired)
    return ordered


def coming(plans: Iterable[Plan], cluster: str) -> dict[Named, dict[str, str]]:
    """The live names that these plans create in a cluster, by kind and logical name, then by stack."""
    found: dict[Named, dict[str, str]] = defaultdict(dict)
    for plan in plans:
        for change in plan.changes if plan.cluster == cluster else ():
            if change.action in ("create", "replace", "adopt"):
                found[change.address.kind, change.address.name][plan.stack] = change.live_name
    return found


def barred(plan: Plan, configs: Sequence[Body], context: ApplyContext) -> Mapping[Address, Hold]:
    """Why changes must not be made any more, because of objects that other stacks own or need when the lease is held.

    ``configs`` are listed after this run wrote its intended changes: if two runs want the same object, at least the
    later one sees the other.
    """
    others = record.others(configs, plan.stack)
    moved, uses, mounts = _resolved_otherwise(plan.externals, others, context), others.uses, others.mounts
    return {
        change.address: hold
        for change in plan.changes
        if (hold := _why_not(change, others, mounts if is_consented_by_name(change) else uses, moved))
    }


def _why_not(
    change: Change,
    others: OtherStacks,
    uses: Mapping[Named, tuple[ServiceUser, ...]],
    moved: Mapping[Named, Hold],
) -> Hold | None:
    kind = change.address.kind
    named = [(kind, change.live_name)] if KINDS[kind].named else []
    named += [(kind, change.live.id)] if change.live else []
    for name in named:
        if stack := others.stacks.get(name):
            return OwnedMeanwhile(kind, change.live_name, stack)
    if change.action == "delete" and (users := uses.get((kind, change.live_name))):
        return UsedMeanwhile(users)
    if change.action != "delete" and change.desired:
        return next((moved[named] for named in mentions(change.desired) if named in moved), None)
    return None


def _resolved_otherwise(
    externals: Iterable[External], others: OtherStacks, context: ApplyContext
) -> Mapping[Named, Hold]:
    """The external objects that are now another live object than planned, or do not exist, each with its state."""
    return {
        (external.kind, external.name): hold
        for external in externals
        for hold in _otherwise(external, others, context)
    }


def _otherwise(external: External, others: OtherStacks, context: ApplyContext) -> Iterator[Hold]:
    def exists(live_name: str) -> bool:
        return context.found(external.kind, live_name) is not None

    found = resolve(
        external.kind,
        external.name,
        external.stack,
        exists=exists,
        shared=others.current,
        coming={},
        owner=lambda live_name: others.stacks.get((external.kind, live_name), ""),
    )
    if isinstance(found, UnresolvedExternal):
        yield ExternalChanged(external.kind, external.name, external.live_name, "")
    elif found != external.live_name:
        yield ExternalChanged(external.kind, external.name, external.live_name, found)
