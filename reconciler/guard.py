"""What is refused before anything is written. Pure; each refusal says what, why, and how to consent.

``plan`` runs these too, so that a pull request shows what an apply would refuse.
"""

from collections.abc import Collection, Iterable, Iterator

from reconciler.kinds import KINDS, RUNNING, running
from reconciler.kinds.mounts import mounted
from reconciler.model import Address, Change, Desired, LiveState, Plan, Record, Spec

MANY = 3
"""Unconsented deletes of this many or more are refused where they are over ``SHARE`` of the stack's objects."""
SHARE = 0.3
NAMED = 50
"""So many of them a refusal names: more are no easier to read."""


def guard(plan: Plan, desired: Desired, live: LiveState, record: Record, *, adopt: bool) -> tuple[str, ...]:
    """Every reason not to carry out ``plan``, those that planning itself found first."""
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
) -> tuple[str, ...]:
    """Why an apply can't start: secrets whose value is not at hand. A plan only shows them as not checked.

    In a run of ``targets``, what is recorded and there stays unchecked, unless it is a target itself.
    """
    written = {one.address for one in plan.changes}
    needed = [one for one in plan.unchecked if not targets or one in targets or one in written]
    manifests = [desired.manifests[address.kind, address.name] for address in needed]
    return tuple(
        f"{one.location}: {one.address} has no value at hand: set the environment variable "
        f"{one.spec.get('source', '').partition(':')[2] or 'RECONCILER_AGE_IDENTITY'}."
        for one in manifests
    )


def _wrong_company(desired: Desired, live: LiveState) -> Iterator[str]:
    if desired.company is not None and desired.company not in (live.company_id, live.company_name):
        yield (
            f"{desired.location}: the manifest is for the company {desired.company}, but the token belongs to "
            f"{live.company_name} ({live.company_id}). Use that company's token, or correct the manifest."
        )


def _adopts(plan: Plan) -> Iterator[str]:
    for change in plan.changes:
        if change.taken_from is not None:
            yield (
                f"{change.address} was last declared by another repository, {change.taken_from}. Take it over with "
                f"--adopt, or for all of that repository with moved: {{source: {change.taken_from.repository}}}."
            )
        elif change.action == "adopt":
            yield (
                f"{change.address} exists and is not managed. Take it over with --adopt, or remove it from the "
                "manifests."
            )


def _deletes(plan: Plan) -> Iterable[Change]:
    return (change for change in plan.changes if change.action == "delete")


def _protected(plan: Plan, desired: Desired, record: Record) -> Iterator[str]:
    protected = {(one.kind, one.name) for one in record.owned if one.protected}
    for change in _deletes(plan):
        name = change.owned.name if change.owned else change.address.name
        key = (change.address.kind, name)
        former = change.owned is not None and change.owned.retired and key in desired.manifests
        if key in protected and key not in desired.removed and not former:
            yield (
                f"{change.address} is protected by prevent_destroy, also after its block was removed. To delete it, "
                f"name it under removed.{KINDS[change.address.kind].section}; to lift the protection, declare it with "
                "prevent_destroy: false and apply."
            )


def _volumes(plan: Plan, live: LiveState) -> Iterator[str]:
    now = {one.id: _mounted(one.spec) for one in running(live)}
    afterwards = {**now, **_mounted_afterwards(plan)}
    names = {one.id: one.name for one in running(live)}
    for change in _deletes(plan):
        kind = KINDS[change.address.kind]
        if not kind.has_data or change.live is None:
            continue
        if not change.consented:
            yield (
                f"{change.address} would be deleted with its data. If that is meant, name it under "
                f"removed.{kind.section}."
            )
        volume = change.live.name
        mounts = {names[one] for one, has in afterwards.items() if one in names and volume in has}
        let_go = {one for one, has in now.items() if volume in has and volume not in afterwards[one]}
        let_go |= {names[one] for one in let_go}
        usage = {names.get(one, one) for one in change.live.spec["service_usage"] if one not in let_go}
        if users := sorted({*usage, *mounts}):
            yield f"{change.address} is in use by {', '.join(users)}, so it is not deleted. Remove it from them first."


def _mounted(spec: Spec) -> frozenset[str]:
    return frozenset(one.name for one in mounted(spec) if KINDS[one.kind].has_data)


def _mounted_afterwards(plan: Plan) -> dict[str, frozenset[str]]:
    """What the services that the plan deletes or changes mount once it is done, by id."""
    return {
        change.live.id: _mounted({} if change.action == "delete" else {**change.live.spec, **change.spec})
        for change in plan.changes
        if change.address.kind in RUNNING and change.live
    }


def _many_deletes(plan: Plan, record: Record) -> Iterator[str]:
    mine = sum(1 for one in record.owned if not one.retired)
    unconsented = [change for change in _deletes(plan) if not change.consented]
    count = len(unconsented)
    if not count:
        return
    everything = count >= mine
    if everything or (count >= MANY and count > SHARE * mine):
        names = ", ".join(str(change.address) for change in unconsented[:NAMED])
        if count > NAMED:
            names += f" and {count - NAMED:,} more, which the plan lists"
        yield (
            f"{count} of the {mine} objects of this stack would be deleted"
            f"{', which is all of them' if everything else ''}: {names}. If that is meant, name them under removed; if "
            "not, is this the right repository, PATH and stack?"
        )
