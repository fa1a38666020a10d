"""Nodes are counted by size, created if there are too few, and deleted only by name."""

from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.model import Address, LiveState, NodeSize, Plan
from reconciler.planning import make_plan
from reconciler.render.reasons import reason_of
from tests.planning.build import PLACE, actions_of, change, declare, empty, paths, want
from tests.planning.platform import AppliedStack, FakePlatform
from tests.words import notes_of, refusals_of

SMALL, BIG = "size_small", "size_big"


def stack_with_nodes(*nodes: tuple[str, str]) -> AppliedStack:
    """Nodes given as (size, status); the first is the manager. Their addresses are 192.0.2.1, .2 etc."""
    stack = AppliedStack(FakePlatform(), empty())
    for size, status in nodes:
        stack.platform.create("node", {"size_id": size})
        stack.platform.all("node")[-1] |= {"id": f"node_{stack.platform.made}", "status": status}
    return stack


def ready(*sizes: str) -> AppliedStack:
    return stack_with_nodes(*[(size, "Ready") for size in sizes])


def counts(**by_size: int) -> list[Any]:
    return [declare("node", size, count) for size, count in by_size.items()]


def removed(*names: str) -> Any:
    return [("node", name) for name in names]


def test_the_declared_number_of_nodes_is_no_change():
    plan = ready(SMALL, SMALL, BIG).plan(want(*counts(size_small=2)))

    assert (actions_of(plan), refusals_of(plan), plan.unchanged) == ([], (), 1)


@pytest.mark.parametrize("status", ["Creating", "Updating"])
def test_a_counted_node_that_is_not_ready_is_waited_for(status: str):
    plan = stack_with_nodes((SMALL, "Ready"), (SMALL, status)).plan(want(*counts(size_small=2)))

    assert (actions_of(plan), refusals_of(plan), plan.unchanged) == ([], (), 1)
    assert [(owned.kind, owned.name, owned.live_name, owned.known) for owned in plan.verify] == [
        ("node", SMALL, SMALL, ("node_2",))
    ]
    assert f"production/node/{SMALL} counts nodes that are not Ready: node_2 ({status})." in notes_of(plan)


@pytest.mark.parametrize("status", ["Ready", "ready", "", "Deleting"])
def test_a_ready_or_uncounted_node_or_one_without_status_is_not_waited_for(status: str):
    assert stack_with_nodes((SMALL, "Ready"), (SMALL, status)).plan(want(*counts(size_small=2))).verify == ()


def test_a_removed_node_or_one_of_an_undeclared_size_is_not_waited_for():
    stack = stack_with_nodes((SMALL, "Ready"), (SMALL, "Creating"), (BIG, "Creating"))

    assert stack.plan(want(*counts(size_small=1), removed=removed("node_2"))).verify == ()


def test_existing_nodes_are_waited_for_while_others_are_created():
    plan = stack_with_nodes((SMALL, "Ready"), (SMALL, "Creating")).plan(want(*counts(size_small=3)))

    assert actions_of(plan) == [f"create node/{SMALL}"]
    assert [owned.known for owned in plan.verify] == [("node_2",)]


def test_missing_nodes_are_created():
    plan = ready(SMALL).plan(want(*counts(size_small=3)))

    (only,) = plan.changes
    assert only.action == "create"
    assert (only.action, only.live_name, only.spec, only.location) == ("create", SMALL, {"count": 2}, PLACE)
    assert only.desired
    assert only.desired.address.name == "size_small"
    assert paths(only) == {"count": (1, 3)}
    assert reason_of(only) == "2 more of this size"


def test_a_size_can_be_named_by_its_title():
    plan = ready(SMALL).plan(want(*counts(Small=2)))

    assert actions_of(plan) == ["create node/Small"]
    assert plan.changes[0].live_name == SMALL


def test_live_nodes_that_give_their_size_as_a_title_are_counted():
    plan = ready("Small", SMALL).plan(want(*counts(size_small=2)))

    assert (actions_of(plan), refusals_of(plan)) == ([], ())


@pytest.mark.parametrize("status", ["Deleting", "deleted", "REMOVED"])
def test_a_node_that_is_being_deleted_does_not_count(status):
    assert actions_of(
        stack_with_nodes((SMALL, "Ready"), (SMALL, status)).plan(want(*counts(size_small=2)))
    ) == ["create node/size_small"]


@pytest.mark.parametrize("status", ["Creating", "Updating", "Ready", ""])
def test_every_other_node_counts(status):
    assert (
        actions_of(stack_with_nodes((SMALL, "Ready"), (SMALL, status)).plan(want(*counts(size_small=2))))
        == []
    )


def test_a_lower_count_without_a_named_node_is_refused_and_lists_the_candidates():
    plan = ready(SMALL, SMALL, SMALL).plan(want(*counts(size_small=1)))

    assert plan.changes == ()
    (reason,) = refusals_of(plan)
    assert reason == (
        "production/node/size_small is 1, but 3 would remain. Name 2 more to delete under "
        "removed.nodes. Candidates: node_2 (192.0.2.2), node_3 (192.0.2.3)."
    )


def test_with_one_node_named_the_others_must_still_be_named():
    plan = ready(SMALL, SMALL, SMALL).plan(want(*counts(size_small=1), removed=removed("node_2")))

    (reason,) = refusals_of(plan)
    assert reason == (
        "production/node/size_small is 1, but 2 would remain. Name 1 more to delete under "
        "removed.nodes. Candidates: node_3 (192.0.2.3)."
    )


def test_the_manager_is_not_a_candidate_for_deletion():
    (reason,) = refusals_of(ready(SMALL).plan(want(*counts(size_small=0))))

    assert reason.endswith("Candidates: none.")


@pytest.mark.parametrize("names", [("node_2",), ("192.0.2.2",), ("node_2", "192.0.2.2")])
def test_a_node_named_by_id_or_address_is_deleted_once(names):
    plan = ready(SMALL, SMALL).plan(want(*counts(size_small=1), removed=removed(*names)))

    assert refusals_of(plan) == ()
    assert actions_of(plan) == ["delete node/node_2"]
    only = plan.changes[0]
    assert (only.consented, only.live_name, only.location) == (True, "node_2", PLACE)
    assert only.live
    assert only.live.id == "node_2"
    assert reason_of(only) == "named under removed.nodes; 192.0.2.2, of size size_small"


def test_a_removed_node_is_replaced_if_the_count_requires_it():
    plan = ready(SMALL, SMALL).plan(want(*counts(size_small=2), removed=removed("node_2")))

    assert actions_of(plan) == ["create node/size_small", "delete node/node_2"]
    assert paths(plan.changes[0]) == {"count": (2, 3)}
    assert change(plan, "node", "size_small").spec == {"count": 1}
    assert plan.unchanged == 0


def test_the_manager_is_never_deleted():
    plan = ready(SMALL, SMALL).plan(want(*counts(size_small=1), removed=removed("node_1")))

    assert refusals_of(plan)[0] == "removed.nodes: node_1 is the swarm manager, which is never deleted."
    assert plan.changes == ()


def test_a_removed_name_that_matches_nothing_is_noted_and_not_refused():
    plan = stack_with_nodes((SMALL, "Ready"), (SMALL, "Deleting")).plan(
        want(*counts(size_small=1), removed=removed("node_2", "node_9"))
    )

    assert refusals_of(plan) == ()
    assert notes_of(plan) == (
        "removed.nodes: node_2 matches no node of this cluster; remove this line.",
        "removed.nodes: node_9 matches no node of this cluster; remove this line.",
    )


def test_a_name_that_matches_several_nodes_is_refused():
    stack = ready(SMALL, SMALL)
    for node in stack.platform.all("node"):
        node["public_ip_address"] = "192.0.2.9"

    (reason,) = refusals_of(stack.plan(want(*counts(size_small=2), removed=removed("192.0.2.9"))))

    assert reason == "removed.nodes: 192.0.2.9 matches several nodes; use the id."


def test_a_removed_node_of_a_size_that_is_not_declared_is_not_managed():
    plan = ready(SMALL, BIG).plan(want(*counts(size_small=1), removed=removed("node_2")))

    (reason,) = refusals_of(plan)
    assert reason == (
        "removed.nodes: node_2 is of size size_big, which is not declared, so it is not managed. "
        "Declare how many nodes of that size to keep."
    )
    assert plan.changes == ()


def test_a_node_of_an_unknown_size_is_refused():
    for size, shown in (("huge", "huge"), ("", "(none)")):
        plan = ready(SMALL, size).plan(want(*counts(size_small=1)))

        (reason,) = refusals_of(plan)
        assert reason == (
            f"node node_2 is of size {shown}, which matches none of the cluster's node sizes, "
            "so nodes cannot be counted."
        )


def test_counting_continues_after_deleted_nodes_and_unknown_sizes():
    stack = stack_with_nodes((SMALL, "Ready"), (SMALL, "Deleting"), ("huge", "Ready"), (SMALL, "Ready"))

    plan = stack.plan(want(*counts(size_small=2)))

    assert actions_of(plan) == []
    assert len(refusals_of(plan)) == 1
    assert (
        actions_of(stack_with_nodes((SMALL, "Deleting"), (SMALL, "Ready")).plan(want(*counts(size_small=1))))
        == []
    )


def test_a_removed_node_of_an_unknown_size_is_refused_once():
    plan = ready(SMALL, "huge").plan(want(*counts(size_small=1), removed=removed("node_2")))

    assert len(refusals_of(plan)) == 1


def test_a_missing_list_of_nodes_means_no_nodes():
    live = replace(sized(ready(), *TWINS), objects={})

    plan = planned(live, *counts(a=1), gone=("node_1",))

    assert actions_of(plan) == ["create node/a"]
    assert notes_of(plan) == ("removed.nodes: node_1 matches no node of this cluster; remove this line.",)


def sized(stack: AppliedStack, *sizes: NodeSize, missing: dict[str, int] | None = None) -> LiveState:
    return replace(stack.state(), node_sizes=sizes, missing=missing or {})


def planned(live: LiveState, *manifests: Any, gone: tuple[str, ...] = ()) -> Plan:
    stack = AppliedStack(FakePlatform(), empty())
    desired = want(*manifests, removed=removed(*gone))
    return make_plan(desired, live, stack.record, stack.options(desired))


TWINS = (NodeSize("a", "Twin"), NodeSize("b", "Twin"))


def test_a_title_of_several_sizes_is_ambiguous_declared_or_live():
    declared = planned(sized(ready(), *TWINS), *counts(Twin=1))
    live = planned(sized(ready("Twin"), *TWINS), *counts(a=1))

    assert refusals_of(declared) == (
        "production/node/Twin is the title of several node sizes; use the id. Known: a (Twin), b (Twin).",
    )
    assert "is of size Twin, which matches several of" in refusals_of(live)[0]


def test_an_unknown_size_is_refused_with_the_existing_ones():
    (reason,) = refusals_of(ready().plan(want(*counts(huge=1))))

    assert reason == (
        "production/node/huge is not a node size of this cluster. Known: size_small (Small), size_big (Big)."
    )


def test_a_size_declared_by_id_and_title_is_refused():
    plan = ready(SMALL).plan(want(*counts(size_small=1, Small=1)))

    assert refusals_of(plan) == (
        "production/node/size_small and production/node/Small are the same node size, size_small.",
    )


@pytest.mark.parametrize("collection", ["nodes", "node-sizes"])
@pytest.mark.parametrize("declared", [True, False])
def test_without_the_preview_feature_declared_nodes_are_refused_once(collection, declared):
    live = sized(ready(SMALL), missing={collection: 403})

    plan = planned(live, *(counts(size_small=1) if declared else ()), gone=() if declared else ("node_1",))

    (reason,) = refusals_of(plan)
    assert reason.startswith(f"nodes are declared, but the API answers 403 for {collection}: ")


def test_without_the_preview_feature_stacks_without_nodes_are_not_refused():
    assert refusals_of(planned(sized(ready("huge"), missing={"nodes": 403}))) == ()


def test_a_run_of_other_targets_does_not_plan_nodes():
    stack = ready(SMALL, SMALL)
    desired = want(declare("volume", "data"), *counts(size_small=1), removed=removed("node_2"))

    assert actions_of(stack.plan(desired, targets=frozenset({("volume", "data")}))) == ["create volume/data"]


def test_nodes_are_created_first_and_deleted_last_and_services_wait_for_new_ones():
    stack = ready(SMALL, SMALL, BIG, BIG)
    desired = want(
        *counts(size_small=3, size_big=1),
        declare("service", "api", {"image": "a"}),
        removed=removed("node_4"),
    )

    plan = stack.plan(desired)

    assert actions_of(plan) == ["create node/size_small", "create service/api", "delete node/node_4"]
    assert plan.changes[1].needs == (Address("production", "node", "size_small"),)
    assert make_plan(desired, stack.state(), empty(), stack.options(desired)).unmanaged == ()
