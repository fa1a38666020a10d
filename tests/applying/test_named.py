"""Configs whose data the platform changes are found out when they are made, before anything mounts them."""

from typing import Any

import pytest

from reconciler.api.client import ClusterRef, Writer
from reconciler.api.operations import Operation
from reconciler.applying.context import ApplyContext
from reconciler.applying.kinds import WRITES
from reconciler.errors import ReconcilerError
from reconciler.model import Address, Change, LiveState


class Platform:
    """Keeps configs with their line ends as LF, and answers with as much of one as ``answers`` says."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.kept = answers, dict[str, dict[str, Any]]()

    def call(self, operation: Operation, _shape: Any, ids: Any, body: Any = None, **_: Any) -> Any:
        if operation.method == "DELETE":
            return self.kept.pop(ids["id"])
        made = {**body, "id": f"id-{len(self.kept)}", "data": body["data"].reveal().replace("\r\n", "\n")}
        self.kept[made["id"]] = made
        return {field: made[field] for field in self.answers}


def create(platform: Platform, data: str) -> str:
    context = ApplyContext(
        writer=Writer(platform),  # type: ignore[arg-type]  # it calls, and no more is asked of it
        at=ClusterRef("company_1", "cluster_1"),
        live=LiveState("company_1", "Clinic", "cluster_1", "production", {}),
        stop=lambda: False,
        now=lambda: 0.0,
        sleep=lambda _: None,
        tell=lambda _: None,
    )
    address = Address("production", "config", "conf")
    return WRITES["config"].create(
        context, Change(address, "create", live_name="conf.v1", spec={"data": data})
    )


def test_data_that_comes_back_otherwise_is_a_failure_that_leaves_nothing():
    platform = Platform("id", "data")
    with pytest.raises(ReconcilerError, match="stores its data differently from what was sent"):
        create(platform, "a\r\n")
    assert platform.kept == {}


@pytest.mark.parametrize("answers", [("id", "data"), ("id",)])
def test_data_that_comes_back_as_sent_or_not_at_all_is_none(answers):
    platform = Platform(*answers)
    assert create(platform, "a\n") == "id-0"
    assert platform.kept["id-0"]["name"] == "conf.v1"
