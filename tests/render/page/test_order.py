"""The column of each change in the graph, and which changes share a box."""

from typing import Any

from msgspec.structs import replace

from reconciler.model import Address
from reconciler.render.page import graph
from reconciler.render.page.order import steps
from tests.changes import change_of


def change(name: str, *needs: str, action: Any = "update") -> Any:
    def at(service: str) -> Address:
        kind, _, rest = service.partition("/")
        return Address("production", kind, rest)

    return change_of(at(name), action, needs=tuple(map(at, needs)))


def test_a_change_is_right_of_everything_it_waits_for():
    found = steps(
        [change("config/a"), change("service/b", "config/a"), change("service/c", "config/a", "service/b")]
    )

    assert [(step.column, step.needs) for step in found] == [(0, ()), (1, (0,)), (2, (0, 1))]


def test_deletes_are_last_unless_another_change_waits_for_them():
    found = steps(
        [
            change("service/old", action="delete"),
            change("service/taker", "service/first"),
            change("service/first", action="delete"),
            change("volume/data", "service/old", action="delete"),
        ]
    )

    assert [step.column for step in found] == [2, 1, 0, 3]


def test_a_plan_of_deletes_alone_begins_on_the_left():
    found = steps([change("service/a", action="delete"), change("volume/b", "service/a", action="delete")])

    assert [(step.column, step.needs) for step in found] == [(0, ()), (1, (0,))]


def test_changes_in_a_cycle_or_with_missing_needs_are_drawn_too():
    found = steps(
        [change("service/a", "service/b"), change("service/b", "service/a"), change("service/c", "config/x")]
    )

    assert len(found) == 3
    assert graph.wide(found) is not None


def test_similar_changes_share_a_box_that_keeps_their_needs():
    configs = [change(f"config/{number}") for number in range(50)]
    services = [change(f"service/{number}", f"config/{number}") for number in range(50)]

    found = steps([*configs, *services])

    assert [(len(step.members), step.needs) for step in found] == [(50, ()), (50, (0,))]


def test_boxes_do_not_overlap_and_curves_cross_no_box():
    found = steps(
        [
            change("config/a"),
            change("service/b", "config/a"),
            change("service/c", "config/a", "service/b"),
            change("volume/d"),
        ]
    )
    drawn = graph.wide(found)
    assert drawn is not None

    for box in drawn.boxes:
        assert box.x >= 0
        assert box.x + box.width <= drawn.width
        assert box.y + box.height <= drawn.height
        for other in drawn.boxes:
            if box.step < other.step and box.x == other.x:
                assert abs(box.y - other.y) >= box.height
    (past,) = [curve.path for curve in drawn.curves if (curve.before, curve.after) == (0, 2)]
    middle = int(past.split("H")[0].split()[-1])
    (between,) = [box for box in drawn.boxes if box.step == 1]
    assert not between.y <= middle <= between.y + between.height


def test_on_a_narrow_page_each_cluster_has_its_own_graph():
    chain = [change("config/a"), change("service/b", "config/a"), change("volume/c", action="delete")]
    elsewhere = [
        replace(
            each,
            address=each.address._replace(cluster="staging"),
            needs=tuple(need._replace(cluster="staging") for need in each.needs),
        )
        for each in chain
    ]
    found = steps([*chain, *elsewhere])
    drawn = graph.narrow(found)
    assert drawn is not None

    assert [step.column for step in found] == [0, 1, 2, 0, 1, 2]
    assert [box.step for box in sorted(drawn.boxes, key=lambda box: box.y)] == [0, 1, 2, 3, 4, 5]
