"""Configs whose data the platform changes are detected on create; objects in use are not deleted."""

from collections.abc import Mapping
from typing import Any

import pytest

from reconciler.api.client import ClusterRef, Writer
from reconciler.api.operations import Operation
from reconciler.api.redact import HiddenValues
from reconciler.applying.context import ApplyContext
from reconciler.applying.kinds import WRITES
from reconciler.applying.named import QUIET
from reconciler.errors import KeptByPlatform, ReconcilerError, Rejected, Unauthorized
from reconciler.model import Address, Live, LiveState
from tests.changes import change_of


class ConfigPlatform:
    """Stores configs with LF line ends, and returns as much of each as ``answers`` says."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.kept = answers, dict[str, dict[str, Any]]()

    def call(self, operation: Operation, _shape: Any, ids: Any, body: Any = None, **_: Any) -> Any:
        if operation.method == "DELETE":
            return self.kept.pop(ids["id"])
        made = {**body, "id": f"id-{len(self.kept)}", "data": body["data"].reveal().replace("\r\n", "\n")}
        self.kept[made["id"]] = made
        return {field: made[field] for field in self.answers}


def context(platform: Any, waited: list[float], objects: Mapping[str, tuple[Live, ...]]) -> ApplyContext:
    return ApplyContext(
        writer=Writer(platform),
        at=ClusterRef("company_1", "cluster_1"),
        live=LiveState("company_1", "Clinic", "cluster_1", "production", objects),
        stop=lambda: False,
        now=lambda: 0.0,
        sleep=waited.append,
        tell=lambda _: None,
    )


def create(platform: ConfigPlatform, data: str) -> str:
    address = Address("production", "config", "conf")
    change = change_of(address, "create", live_name="conf.v1", spec={"data": data})
    return WRITES["config"].create(context(platform, [], {}), change)


def test_data_that_is_returned_changed_is_a_failure_and_the_object_is_deleted():
    platform = ConfigPlatform("id", "data")
    with pytest.raises(ReconcilerError, match="stores its data differently from what was sent"):
        create(platform, "a\r\n")
    assert platform.kept == {}


@pytest.mark.parametrize("answers", [("id", "data"), ("id",)])
def test_data_that_is_returned_as_sent_or_not_returned_is_no_failure(answers):
    platform = ConfigPlatform(*answers)
    assert create(platform, "a\n") == "id-0"
    assert platform.kept["id-0"]["name"] == "conf.v1"


class Volumes:
    """A volume that containers use, and the tasks of its cluster at each look."""

    def __init__(self, *looks: list[dict[str, Any]] | None) -> None:
        self.looks, self.tries = list(looks), 0

    def call(self, operation: Operation, _shape: Any, _ids: Any, _body: Any = None, **_: Any) -> Any:
        if operation.method == "DELETE":
            self.tries += 1
            raise Rejected(
                "409 Conflict: volume is in use", status=409, method="DELETE", path="/volumes/data"
            )
        if operation.path.endswith("/volumes"):
            return [{"id": "data", "name": "data"}]
        found = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        if found is None:
            raise Unauthorized("tasks are not shown", status=403, method="GET", path="/tasks")
        return found

    sought = HiddenValues()


RUNS = {"id": "1", "status": {"state": "running"}, "desired_state": "running"}
STOPS = {"id": "2", "status": {"state": "running"}, "desired_state": "shutdown"}
STOPPED = {"id": "2", "status": {"state": "shutdown"}, "desired_state": "shutdown"}


@pytest.mark.parametrize(
    "looks,tries",
    [
        ([[RUNS, STOPPED]], QUIET),
        ([[RUNS, STOPS], [RUNS, STOPS], [RUNS, STOPPED]], QUIET + 2),
        ([[RUNS, STOPS]], 9),
        ([[]], 9),
        ([None], 9),
    ],
    ids=["stopped", "stopping at first", "stopping", "no tasks of a deleted service", "not shown"],
)
def test_deleting_a_volume_is_retried_while_containers_may_stop_and_then_it_is_kept(looks, tries):
    platform, waited = Volumes(*looks), list[float]()
    volume = Live("volume", "data", "data", {}, {})
    change = change_of(Address("production", "volume", "data"), "delete", live_name="data", live=volume)
    with pytest.raises(KeptByPlatform, match="containers that have stopped still hold it"):
        WRITES["volume"].delete(context(platform, waited, {"volume": (volume,)}), change)
    assert platform.tries == tries
    assert len(waited) == tries - 1
