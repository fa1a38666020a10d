"""Nodes are created one at a time and waited for, never created twice, and deleted by id."""

from typing import Any

import pytest

from reconciler.applying.context import ApplyContext
from reconciler.applying.kinds.node import BLIND, create, delete, see_ready
from reconciler.errors import ChangedSincePlanned, Interrupted, ReconcilerError, Rejected, UnknownOutcome
from reconciler.kinds.node import decode
from reconciler.model import Address, Live, Owned
from reconciler.model.failure import Failure
from tests.applying.kinds.platform import KindPlatform, lost, refused
from tests.changes import change_of

NODE = {"id": "node_1", "size": "size_1", "status": "Ready", "swarm_manager": False}


def more(count: int = 1) -> Any:
    return change_of(
        Address("production", "node", "Small"), "create", live_name="size_1", spec={"count": count}
    )


def gone(body: dict[str, Any] = NODE) -> Any:
    live = Live("node", "node_1", "node_1", decode(body), body)
    return change_of(Address("production", "node", "node_1"), "delete", live_name="node_1", live=live)


def making(status: str = "Creating", **more: Any) -> KindPlatform:
    return KindPlatform(after_create={"status": status}, **more)


def ready(platform: KindPlatform) -> None:
    for node in platform.objects.values():
        node["status"] = "Ready"


# Existing nodes.

THERE = Owned("node", "Small", "size_1", "", state="unverified", known=("node_1",))


def there(status: str) -> KindPlatform:
    return KindPlatform(objects={"node_1": {**NODE, "status": status}})


def in_production(platform: KindPlatform) -> ApplyContext:
    context = platform.context()
    context.cluster = "production"
    return context


def test_an_existing_node_that_is_not_ready_is_waited_for():
    platform = there("Creating")
    platform.later.append((40.0, lambda: ready(platform)))

    assert see_ready(in_production(platform), THERE, 60.0) is None

    assert platform.time >= 40.0
    assert platform.written == []


@pytest.mark.parametrize("within, waited", [(30.0, "30 s"), (600.0, "10 minutes")])
def test_an_existing_node_that_is_not_ready_in_time_is_reported(within: float, waited: str):
    why = see_ready(in_production(there("Updating")), THERE, within)

    assert why == Failure("timed out", f"waited {waited} for node_1 to be Ready, and it may still happen")


def test_an_existing_node_that_disappears_is_reported():
    platform = there("Creating")
    platform.later.append((5.0, platform.objects.clear))

    assert see_ready(in_production(platform), THERE, 60.0) == Failure(
        "other", "the node node_1 disappeared before it was Ready"
    )


def test_an_interrupt_ends_the_wait_for_an_existing_node():
    platform = there("Creating")
    platform.stopped = True

    why = see_ready(in_production(platform), THERE, 60.0)
    assert why is not None
    assert "the run was interrupted" in why.message


# Created nodes.


def test_a_new_node_is_waited_for_until_it_is_ready():
    platform = making()
    platform.later.append((40.0, lambda: ready(platform)))

    assert create(platform.context(), more()) == "new_1"

    assert platform.bodies == [{"size_id": "size_1"}]
    assert platform.time >= 40.0


def test_several_nodes_are_created_one_after_the_other():
    platform = making("Ready")
    assert create(platform.context(), more(3)) == "new_1 new_2 new_3"
    assert platform.written == ["POST"] * 3


def test_a_node_whose_answer_was_lost_is_found_as_the_new_one_in_the_list():
    platform = making("Ready", objects={"node_1": dict(NODE)}, troubles=[(lost(), True)])
    assert create(platform.context(), more()) == "new_1"
    assert platform.written == ["POST"]


def test_a_node_that_is_never_listed_is_unknown_and_not_created_again():
    platform = making(troubles=[(lost(), False)])
    with pytest.raises(
        ReconcilerError, match="no new node showed within 60 s, and the request is not repeated"
    ):
        create(platform.context(), more())
    assert platform.written == ["POST"]


def test_failing_lists_do_not_end_the_search():
    platform = making("Ready", troubles=[(lost(), True)])
    platform.meanwhile[2] = lambda: setattr(platform, "blind", True)
    platform.later.append((10.0, lambda: setattr(platform, "blind", False)))
    assert create(platform.context(), more()) == "new_1"


def test_a_refused_create_is_retried_once_and_then_reported():
    platform = making("Ready", troubles=[(refused(), False)])
    assert create(platform.context(), more()) == "new_2"

    platform = making(troubles=[(refused(), False), (refused(), False)])
    with pytest.raises(Rejected):
        create(platform.context(), more())


def test_if_only_some_nodes_could_be_requested_the_error_says_which():
    platform = making("Ready", troubles=[None, (refused(), False), (refused(), False)])
    with pytest.raises(UnknownOutcome, match=r"only 1 of 2 nodes were requested \(new_1\)"):
        create(platform.context(), more(2))


def test_no_create_starts_after_the_run_is_interrupted():
    platform = making(stopped=True)
    with pytest.raises(Interrupted):
        create(platform.context(), more())
    assert platform.written == []


def test_a_node_that_disappears_before_it_is_ready_is_a_failure():
    platform = making()
    platform.later.append((5.0, platform.objects.clear))
    with pytest.raises(ReconcilerError, match="the node new_1 disappeared before it was Ready"):
        create(platform.context(), more())


def test_a_node_that_is_being_deleted_before_it_is_ready_is_a_failure():
    platform = making("Deleting")
    with pytest.raises(ReconcilerError, match="disappeared before it was Ready"):
        create(platform.context(), more())


def test_a_node_that_is_not_ready_in_time_is_unknown():
    with pytest.raises(UnknownOutcome, match=r"waited 2 minutes for .* and it may still happen"):
        create(making().context(), more())


def test_many_failing_lists_end_the_wait_and_a_few_do_not():
    platform = making()
    platform.meanwhile[2] = lambda: setattr(platform, "blind", True)
    with pytest.raises(UnknownOutcome, match=r"this happened while waiting for .*: 503"):
        create(platform.context(), more())
    assert platform.reads == 1 + BLIND

    platform = making("Ready")
    platform.meanwhile[2] = lambda: setattr(platform, "blind", True)
    platform.later.append((0.5, lambda: setattr(platform, "blind", False)))
    assert create(platform.context(), more()) == "new_1"


def test_after_an_interrupt_the_requested_node_is_unknown():
    platform = making()
    platform.later.append((5.0, lambda: setattr(platform, "stopped", True)))
    with pytest.raises(UnknownOutcome, match="requested; this happened while waiting for"):
        create(platform.context(), more())


# Deleted nodes.


def test_a_deleted_node_is_waited_for_until_it_is_gone():
    platform = KindPlatform({"node_1": dict(NODE)})
    assert delete(platform.context(), gone()) == "node_1"
    assert (platform.written, platform.objects) == (["DELETE node_1"], {})
    assert platform.time >= 10.0


def test_deleting_a_node_that_is_gone_is_done():
    platform = KindPlatform()
    assert delete(platform.context(), gone()) == "node_1"
    assert platform.written == []


def test_a_node_that_is_already_being_deleted_is_only_waited_for():
    platform = KindPlatform({"node_1": {**NODE, "status": "Deleting"}})
    platform.later.append((3.0, platform.objects.clear))
    delete(platform.context(), gone())
    assert platform.written == []


@pytest.mark.parametrize(
    "now, why",
    [
        ({"swarm_manager": True}, "it is the swarm manager now"),
        ({"size": "size_2"}, "it is of another size now"),
    ],
)
def test_a_node_that_changed_since_the_plan_is_not_deleted(now, why):
    platform = KindPlatform({"node_1": {**NODE, **now}})
    with pytest.raises(ChangedSincePlanned, match=why):
        delete(platform.context(), gone())
    assert platform.written == []


@pytest.mark.parametrize("done", [True, False])
def test_a_delete_with_a_lost_answer_is_settled_by_reading(done):
    platform = KindPlatform({"node_1": dict(NODE)}, [(lost(), done)])
    delete(platform.context(), gone())
    assert platform.written == ["DELETE node_1"] * (1 if done else 2)
    assert platform.objects == {}


def test_a_node_that_is_not_gone_in_time_is_unknown():
    platform = KindPlatform({"node_1": {**NODE, "status": "Deleting"}})
    with pytest.raises(UnknownOutcome, match="to be gone, and it may still happen"):
        delete(platform.context(), gone())
