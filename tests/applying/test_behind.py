"""A platform whose lists lag behind its answers: a written object appears later, and is waited for."""

from typing import Any

import pytest

from reconciler.api.client import ClusterRef
from reconciler.applying.context import ApplyContext, Waits
from reconciler.applying.kinds import node as nodes
from reconciler.applying.verify import Watching, Written, as_listed, verify_written
from reconciler.errors import Ambiguous, ReconcilerError
from reconciler.model import Address, LiveState, Owned
from reconciler.render.services import written_text
from tests.changes import change_of

BEHIND = 2.0


class SlowPlatform:
    """Nodes and services that are listed ``behind`` seconds after their creation, and a clock that only pauses move."""

    def __init__(self, behind: float = BEHIND) -> None:
        self.time, self.behind, self.asked = 0.0, behind, 0
        self.made: list[tuple[float, dict[str, Any]]] = []
        self.lost: set[int] = set()
        self.status = "Ready"

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def make(self, body: dict[str, Any]) -> dict[str, Any]:
        self.made.append((self.time, body))
        return body

    def create_node(self, _at: ClusterRef, body: dict[str, Any]) -> dict[str, Any]:
        self.asked += 1
        node = self.make({"id": f"node_{self.asked}", "size": body["size_id"], "status": self.status})
        if self.asked in self.lost:
            raise Ambiguous("no answer")
        return node

    def nodes(self, _at: ClusterRef) -> list[dict[str, Any]]:
        return [body for when, body in self.made if self.time - when >= self.behind]

    services = nodes

    def tasks(self, _at: ClusterRef) -> list[dict[str, Any]]:
        return []


def context(platform: SlowPlatform) -> ApplyContext:
    return ApplyContext(
        writer=platform,  # type: ignore[arg-type]  # it has what is asked of it here
        at=ClusterRef("company_1", "cluster_1"),
        live=LiveState("company_1", "Clinic", "cluster_1", "production", {}),
        stop=lambda: False,
        now=platform.now,
        sleep=platform.sleep,
        sleep_through=platform.sleep,
        tell=lambda _: None,
        waits=Waits(machine=90.0),
    )


def two_more() -> Any:
    return change_of(Address("production", "node", "Small"), "create", live_name="size_1", spec={"count": 2})


def test_a_new_node_that_is_not_listed_yet_does_not_count_as_deleted():
    platform = SlowPlatform()
    assert nodes.create(context(platform), two_more()) == "node_1 node_2"


def test_after_a_lost_answer_an_earlier_node_is_not_mistaken_for_the_new_one():
    platform = SlowPlatform()
    platform.lost = {2}
    assert nodes.create(context(platform), two_more()) == "node_1 node_2"
    assert platform.asked == 2


def test_a_new_node_that_is_no_longer_listed_counts_as_deleted():
    class Fickle(SlowPlatform):
        def nodes(self, _at: ClusterRef) -> list[dict[str, Any]]:
            return super().nodes(_at) if self.time < 5 else []

    platform = Fickle()
    platform.status = "Creating"
    with pytest.raises(ReconcilerError, match="node_1 disappeared before it was Ready"):
        nodes.create(context(platform), two_more())


def test_a_new_node_that_is_never_listed_counts_as_deleted_after_a_while():
    with pytest.raises(ReconcilerError, match="node_1 disappeared before it was Ready"):
        nodes.create(context(SlowPlatform(behind=1e9)), two_more())


def ending_of(platform: SlowPlatform, body: dict[str, Any]) -> tuple[str, str]:
    address, spec = Address("production", "service", "api"), {"image": "api:2"}
    change = change_of(address, "create", live_name="api", spec=spec)
    platform.make({"id": "s1", "name": "api", **body})
    written = Written(change, Owned("service", "api", "api", "s1"))
    listed = as_listed(context(platform), [written])
    result = verify_written(context(platform), listed, prior=frozenset(), watching=Watching(wait=False))[
        address
    ]
    return result.status, written_text(result)


def test_a_service_that_is_not_listed_yet_is_waited_for():
    assert ending_of(SlowPlatform(), {"image": "api:2"}) == (
        "applied",
        "accepted; its rollout was not watched",
    )


def test_a_service_that_is_never_listed_counts_as_missing():
    assert ending_of(SlowPlatform(behind=1e9), {"image": "api:2"}) == (
        "failed",
        "missing after the write",
    )


def test_a_service_that_keeps_its_old_fields_did_not_take_the_change():
    platform = SlowPlatform(behind=0.0)
    assert ending_of(platform, {"image": "api:1"}) == (
        "failed",
        "fields unchanged after the write: image",
    )
    assert platform.time >= Waits().show
