"""Changes of ownership between plan and lease stop only the affected changes; owners are applied first."""

from dataclasses import dataclass
from typing import Any, cast

import pytest
from msgspec.structs import replace

from reconciler.applying.context import ApplyContext
from reconciler.model import Change, External, Live, Owned, Pending, Plan, Record
from reconciler.pipeline.sharing import barred, coming, owners_first
from reconciler.record.codec import Head, encode, encode_head
from reconciler.record.names import head
from reconciler.render.holds import hold_text
from tests.changes import change_of
from tests.planning.build import declare, want

VOLUME = Live("volume", "data", "v1", {"service_usage": []}, {})
API = declare("service", "api", {"image": "a", "secrets": ["db"]})


@dataclass
class Read:
    """The secrets that were read under the lease, by name."""

    names: tuple[str, ...]

    def found(self, kind: str, name: str) -> Live | None:
        return Live(kind, name, name, {}, {}) if name in self.names else None


def under_lease(
    *changes: Change, record: Record, externals: tuple[External, ...] = (), live: Any = ()
) -> Any:
    plan = Plan("production", "cluster_1", "company_1", "default", changes, externals=externals)
    body = encode_head(Head(record.stack, 1, "n", None, encode(record)))
    found = barred(plan, [{"name": head(record.stack, 1), "data": body}], cast("ApplyContext", Read(live)))
    named = {change.address: change for change in changes}
    return {address.name: hold_text(hold, named[address]) for address, hold in found.items()}


@pytest.mark.parametrize("action", ["adopt", "delete", "update"])
@pytest.mark.parametrize("pending", [True, False])
def test_objects_that_another_stack_owns_or_adopts_are_not_touched(action, pending):
    theirs = Owned("volume", "data", "data", "v1")
    record = Record(
        "b",
        salt="00",
        pending=(Pending("adopt", theirs),) if pending else (),
        owned=() if pending else (theirs,),
    )
    mine = change_of(declare("volume", "data").address, action, live_name="data", live=VOLUME)

    assert under_lease(mine, record=record) == {
        "data": "changed since planned: the stack b owns the volume data now, or is about to take it over. Plan again "
        "to see what is to be done now."
    }


def test_an_object_that_another_stack_now_uses_is_not_deleted():
    using = Owned("service", "web", "web", "s1", applied={"secrets": [{"name": "db.v1"}]})
    gone = change_of(declare("secret", "db", "x").address, "delete", live_name="db.v1")

    found = under_lease(gone, record=Record("b", salt="00", owned=(using,)))

    assert "it is in use by service web of the stack b" in found["db"]


@pytest.mark.parametrize("pending", [True, False])
def test_a_delete_under_removed_waits_only_for_current_mounts_of_other_stacks(
    pending,
):
    now = Owned("service", "web", "web", "s1", applied={"secrets": [{"name": "db.v1"}]})
    before = Owned("service", "web", "web", "s1", previous=("secret/db.v1",))
    gone = change_of(declare("secret", "db", "x").address, "delete", live_name="db.v1", consented=True)

    def records(owned: Owned) -> Record:
        if pending:
            return Record("b", salt="00", pending=(Pending("update", owned),))
        return Record("b", salt="00", owned=(owned,))

    assert "it is in use by service web of the stack b" in under_lease(gone, record=records(now))["db"]
    assert under_lease(gone, record=records(before)) == {}


@pytest.mark.parametrize(
    "live, now",
    [(("db.v1",), ""), (("db.v1", "db.v2"), "db.v2"), (("db",), "db"), ((), "not there")],
)
def test_a_changed_external_object_stops_the_services_that_mount_it(live, now):
    current = "db.v2" if "db.v2" in live else "db.v1"
    record = Record("b", salt="00", owned=(Owned("secret", "db", current, "x"),))
    service = change_of(API.address, "create", live_name="api", desired=API)
    other = change_of(
        declare("service", "web").address, "create", live_name="web", desired=declare("service", "web")
    )
    external = External("secret", "db", "", "db.v1")

    found = under_lease(service, other, record=record, externals=(external,), live=live)

    assert list(found) == (["api"] if now else [])
    assert now in "".join(found.values())


def test_stacks_that_own_external_objects_are_applied_first():
    user = want(declare("config", "site", {"external": True}))
    (owner, third) = (want(declare("config", "site", "x")), want())
    named = [("user", user), ("third", third), ("owner", owner)]
    stacks = [replace(desired, stack=stack) for stack, desired in named]

    assert [desired.stack for desired in owners_first(stacks)] == ["owner", "user", "third"]


def test_objects_that_a_plan_creates_are_known_to_later_plans():
    change = change_of(declare("secret", "db", "x").address, "replace", live_name="db.v2")
    plan = Plan("production", "cluster_1", "company_1", "b", (change,))

    assert coming([plan], "production") == {("secret", "db"): {"b": "db.v2"}}
    assert coming([plan], "staging") == {}
