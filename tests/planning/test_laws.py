"""Properties of every plan, for any manifests and any cluster with any history."""

from collections.abc import Iterable
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.guard import guard
from reconciler.kinds.service import is_platform_service
from reconciler.model import Change, Covered, Desired, Live, LiveState, Plan
from reconciler.planning import make_plan, resumed
from reconciler.render.reasons import reason_of
from tests.planning.build import actions_of, paths
from tests.planning.platform import KEY, AppliedStack
from tests.planning.worlds import LEAK, plan_to_apply, worlds
from tests.words import in_words, notes_of, refusals_of

laws = settings(
    max_examples=700, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@laws
@given(worlds)
def test_after_an_apply_there_is_nothing_left_to_do(world):
    stack, desired = world.stack, world.desired
    plan = plan_to_apply(stack, desired)
    event("refused" if plan is None else f"{min(len(plan.changes), 9)} changes")
    if plan is None:
        return

    stack.apply(plan)
    left = stack.plan(desired, prune=True)

    assert [
        (change.address, change.action, paths(change), reason_of(change)) for change in left.changes
    ] == []
    assert left.released == ()
    assert refusals_of(left) == ()
    assert left.unchanged == plan.unchanged + sum(
        is_of_a_manifest(change, desired) for change in plan.changes
    )


def is_of_a_manifest(change: Change, desired: Desired) -> bool:
    return change.action != "delete" and (change.address.kind, change.address.name) in desired.manifests


@laws
@given(worlds, st.integers(0, 30), st.booleans())
def test_an_apply_interrupted_anywhere_is_continued_to_the_same_end(world, stop_after, settled):
    whole, desired = world.stack, world.desired
    plan = plan_to_apply(whole, desired)
    if plan is None:
        return
    died = whole.copy()
    whole.apply(plan)

    died.apply(plan, stop_after=stop_after, settled=settled)
    died.record = resumed(died.record, died.state(), KEY)
    assert died.record.pending == ()
    died.apply(died.plan(desired, prune=True))

    assert actions_of(died.plan(desired, prune=True)) == []
    assert contents(died) == contents(whole)
    assert ownership(died) == ownership(whole)


def contents(stack: AppliedStack) -> list[tuple[str, str, list[Any]]]:
    """Every live object without its id, as far as a manifest describes it."""
    found = []
    for kind, objects in stack.platform.state().objects.items():
        for body in objects:
            spec: dict[str, Any] = dict(body.spec)
            for section in ("secrets", "configs", "mounts"):
                spec[section] = sorted(map(repr, spec.get(section, ())))
            if kind == "webhook":
                spec["url"] = body.spec["url"].reveal()
            spec["hosts"] = sorted(spec.get("hosts", ()))
            spec.pop("public_ip_address", "")
            found.append((kind, "" if kind == "node" else body.name, sorted(spec.items(), key=repr)))
    return sorted(found, key=repr)


def ownership(stack: AppliedStack) -> list[tuple[str, str, str, bool, bool]]:
    return sorted(
        (owned.kind, owned.name, owned.live_name, owned.retired, owned.protected)
        for owned in stack.record.owned
    )


@laws
@given(worlds)
def test_unmanaged_objects_are_not_touched(world):
    stack, plan = world.stack, world.stack.plan(world.desired, prune=True)
    ours = {(owned.kind, owned.id) for owned in stack.record.owned}
    ours |= {(old.kind, old.id) for change in plan.changes for old in change.retires}

    for change in plan.changes:
        if change.live is not None:
            named = (change.live.kind, change.live.name)
            assert named not in stack.others
            assert not is_platform_service(change.live.name, str(change.live.spec.get("image")))
            if change.action != "adopt" and change.live.kind != "node":
                assert (change.live.kind, change.live.id) in ours
        for old in change.retires:
            assert (old.kind, old.live_name) not in stack.others


@laws
@given(worlds)
def test_every_change_comes_after_what_it_needs_and_deletes_come_last(world):
    plan = world.stack.plan(world.desired, prune=True)
    place = {change.address: index for index, change in enumerate(plan.changes)}

    assert len(place) == len(plan.changes), "an address stands twice"
    if any("form a dependency cycle" in refusal for refusal in refusals_of(plan)):
        return
    needed = {need for change in plan.changes if change.action != "delete" for need in change.needs}
    last = max((place[planned.address] for planned in plan.changes if planned.action != "delete"), default=-1)
    for change in plan.changes:
        assert all(place[need] < place[change.address] for need in change.needs)
        if change.action == "delete" and change.address not in needed:
            assert place[change.address] > last
    for change in plan.changes:
        for host in taken(change):
            for other in plan.changes:
                if other.action == "delete" and other.live and host in hosts(other.live):
                    assert place[other.address] < place[change.address]


def hosts(live: Live) -> set[str]:
    return {host.lower() for host in live.spec.get("hosts", ())}


def taken(change: Change) -> set[str]:
    if change.action == "delete":
        return set()
    return set(change.spec.get("hosts", ())) - (hosts(change.live) if change.live else set())


@laws
@given(worlds, st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(world, chance):
    stack, desired = world.stack, world.desired

    def mixed(items: Iterable[Any]) -> list[Any]:
        listed = list(items)
        chance.shuffle(listed)
        return listed

    state = stack.state()
    other = LiveState(
        state.company_id,
        state.company_name,
        state.cluster_id,
        state.cluster_label,
        {kind: state.objects[kind] for kind in mixed(state.objects)},
        state.node_sizes,
    )
    shuffled = replace(
        desired,
        manifests=dict(mixed(desired.manifests.items())),
        removed=dict(mixed(desired.removed.items())),
        released=dict(mixed(desired.released.items())),
    )
    record = replace(stack.record, owned=tuple(mixed(stack.record.owned)))
    options = stack.options(desired)

    first = make_plan(desired, state, stack.record, options)
    second = make_plan(shuffled, other, record, options)

    assert replace(second, unmanaged=()) == replace(first, unmanaged=())
    assert sorted(second.unmanaged) == sorted(first.unmanaged)


@laws
@given(worlds)
def test_the_order_of_live_lists_does_not_matter(world):
    stack, desired = world.stack, world.desired
    options = stack.options(desired)

    first = make_plan(desired, stack.platform.state(1), stack.record, options)
    second = make_plan(desired, stack.platform.state(2), stack.record, options)

    assert [(change.address, change.fields) for change in first.changes] == [
        (change.address, change.fields) for change in second.changes
    ]


@laws
@given(worlds)
def test_no_sensitive_value_is_shown(world):
    stack, plan = world.stack, world.stack.plan(world.desired)
    refusals = in_words(guard(plan, world.desired, stack.state(), stack.record, adopt=False))
    reasons = [reason_of(change) for change in plan.changes]
    fields = [(field.path, field.before, field.after) for change in plan.changes for field in change.fields]

    assert LEAK not in repr((notes_of(plan), refusals, reasons, fields))
    for change in plan.changes:
        for field in change.fields:
            assert field.before != field.after
            if field.sensitive:
                assert all(
                    "(sensitive" in value for value in (field.before, field.after) if value is not None
                )


@laws
@given(worlds)
def test_objects_of_files_outside_the_run_are_deleted_only_with_consent(world):
    elsewhere = (Covered("github.com/clinic/other", ""),)

    plan = world.stack.plan(world.desired, covered=elsewhere)

    deleted = [
        change for change in plan.changes if change.action == "delete" and change.address.kind != "node"
    ]
    assert all(change.consented for change in deleted)


def kept(plan: Plan) -> set[Any]:
    return {change.address for change in plan.changes}


@laws
@given(worlds, st.data())
def test_a_plan_of_targets_is_part_of_the_whole_plan(world, data):
    stack, desired = world.stack, world.desired
    if not desired.manifests:
        return
    target = data.draw(st.sampled_from(sorted(desired.manifests)))

    whole = stack.plan(desired)
    part = stack.plan(desired, targets=frozenset({target}))

    assert kept(part) <= kept(whole)
    mine = {refusal for refusal in refusals_of(part) if "does not change that service" not in refusal}
    assert mine <= set(refusals_of(whole))
    assert set(part.unchecked) <= set(whole.unchecked)
    assert part.released == ()
    here = [change for change in whole.changes if (change.address.kind, change.address.name) == target]
    assert {change.address for change in here} <= kept(part)
