"""Continuing an interrupted run: only pending objects that exist as intended become managed."""

from typing import Any

import pytest
from msgspec.structs import replace

from reconciler import digest
from reconciler.kinds import KINDS
from reconciler.model import Action, Live, LiveState, Owned, Pending, Record, Sensitive
from reconciler.planning import resumed
from tests.planning.build import actions_of, declare, empty, want
from tests.planning.platform import KEY, AppliedStack, FakePlatform

SPEC = {"image": "a:1", "replicas": 2, "environment_variables": {"A": "1"}, "hosts": ["a.example"]}


def live(kind: str, name: str, object_id: str, **body: Any) -> Live:
    whole = {"id": object_id, "name": name, **body}
    return Live(kind, name, object_id, KINDS[kind].decode(whole), whole)


def state(*objects: Live) -> LiveState:
    by_kind: dict[str, tuple[Live, ...]] = {}
    for live_object in objects:
        by_kind[live_object.kind] = (*by_kind.get(live_object.kind, ()), live_object)
    return LiveState("company_1", "Clinic", "cluster_1", "production", by_kind)


def after(record: Record, *objects: Live) -> tuple[Owned, ...]:
    return resumed(record, state(*objects), KEY).owned


def died(pending: Pending, *owned: Owned) -> Record:
    return Record("default", owned=owned, pending=(pending,))


def api(object_id: str = "", spec: Any = SPEC, **more: Any) -> Owned:
    return Owned("service", "api", "api", object_id, applied=digest.masked("service", spec, key=KEY), **more)


LIVE_API = live(
    "service", "api", "1",
    image="a:1@sha256:ab", replicas=2, hosts=["A.example"], environment_variables=[{"key": "A", "value": "1"}],
    command="x",
)  # fmt: skip


def test_a_record_without_pending_changes_is_unchanged():
    record = Record("default", owned=(api("1"),))

    assert resumed(record, state(), KEY) is record


@pytest.mark.parametrize("action", ["create", "update", "adopt", "replace"])
def test_a_completed_write_is_managed_and_unverified(action: Action):
    record = died(Pending(action, api("1" if action in ("update", "adopt") else "")))

    (owned,) = after(record, LIVE_API)

    assert owned == replace(api("1"), state="unverified")
    assert resumed(record, state(LIVE_API), KEY).pending == ()


def test_an_object_that_was_not_written_keeps_its_entry():
    former = api("1", {**SPEC, "image": "a:0"})

    assert after(
        died(Pending("update", api("1")), former), replace(LIVE_API, spec={**LIVE_API.spec, "image": "a:0"})
    ) == (former,)
    assert after(died(Pending("create", api()))) == ()


@pytest.mark.parametrize(
    "field, value", [("image", "a:2"), ("replicas", 3), ("environment_variables", {"A": "2"}), ("hosts", [])]
)
def test_an_object_that_differs_from_the_intent_is_not_managed(field, value):
    other = replace(LIVE_API, spec={**LIVE_API.spec, field: value})

    assert after(died(Pending("create", api())), other) == ()


def test_a_set_field_does_not_match_an_intent_to_clear_it_or_the_reverse():
    intended = api(spec={"image": "a:1", "environment_variables": {}})
    bare = replace(LIVE_API, spec={**LIVE_API.spec, "environment_variables": {}})

    assert after(died(Pending("create", intended)), LIVE_API) == ()
    assert after(died(Pending("create", api())), bare) == ()


@pytest.mark.parametrize("value", [{}, None])
def test_an_unset_field_matches_an_intent_to_clear_it(value):
    intended = api(spec={"image": "a:1", "environment_variables": {}})
    spec = {"image": "a:1"} if value is None else {"image": "a:1", "environment_variables": value}

    assert len(after(died(Pending("create", intended)), replace(LIVE_API, spec=spec))) == 1


def test_a_digest_under_another_key_does_not_match():
    intended = replace(api(), applied=digest.masked("service", SPEC, key=b"another key of enough bytes"))

    assert after(died(Pending("create", intended)), LIVE_API) == ()


def test_an_object_with_another_id_is_not_the_changed_one():
    former = api("0")

    assert after(died(Pending("update", api("0")), former), LIVE_API) == (former,)


def test_an_encrypted_secret_is_identified_by_its_name():
    intended = Owned("secret", "db", "db.v1", "", applied=digest.masked("secret", {"sealed": "age"}, key=KEY))

    assert intended.applied
    assert len(after(died(Pending("create", intended)), live("secret", "db.v1", "7"))) == 1


@pytest.mark.parametrize("kind", ["secret", "volume"])
def test_secrets_and_volumes_are_identified_by_their_names(kind):
    (owned,) = after(died(Pending("create", Owned(kind, "db", "db.v1", ""))), live(kind, "db.v1", "7"))

    assert owned == Owned(kind, "db", "db.v1", "7")


@pytest.mark.parametrize("data, ours", [("one", True), ("two", False)])
def test_configs_are_identified_by_their_data(data, ours):
    intended = Owned("config", "db", "db.v1", "", applied=digest.masked("config", {"data": "one"}, key=KEY))

    assert bool(after(died(Pending("create", intended)), live("config", "db.v1", "7", data=data))) is ours


def test_an_empty_config_matches_its_intent():
    intended = Owned("config", "db", "db.v1", "", applied={"data": ""})

    assert len(after(died(Pending("create", intended)), live("config", "db.v1", "7", data=""))) == 1


@pytest.mark.parametrize(
    "there, kept",
    [([], False), ([live("secret", "db.v1", "7")], True), ([live("secret", "db.v1", "8")], False)],
)
def test_a_deleted_object_is_forgotten(there, kept):
    owned = Owned("secret", "db", "db.v1", "7")

    assert after(died(Pending("delete", owned), owned), *there) == ((owned,) if kept else ())


def test_a_delete_of_an_unrecorded_object_is_done():
    assert after(died(Pending("delete", Owned("secret", "db", "db.v1", "7")))) == ()


def db(number: int, **more: Any) -> Owned:
    return Owned("secret", "db", f"db.v{number}", more.pop("id", str(number)), **more)


def test_a_new_version_retires_the_one_before():
    record = died(Pending("replace", db(10, id="")), db(9), db(2, retired=True))

    owned = after(record, *[live("secret", f"db.v{number}", str(number)) for number in (2, 9, 10)])

    assert sorted((entry.live_name, entry.retired) for entry in owned) == [
        ("db.v10", False),
        ("db.v2", True),
        ("db.v9", True),
    ]


@pytest.mark.parametrize("left", [[], [live("secret", "db.v1", "another")]])
def test_a_replaced_version_that_is_gone_is_dropped(left):
    owned = after(died(Pending("create", db(2, id="")), db(1)), live("secret", "db.v2", "2"), *left)

    assert [entry.live_name for entry in owned] == ["db.v2"]


def test_a_version_without_a_known_id_is_identified_by_its_name():
    owned = after(
        died(Pending("replace", db(2, id="")), db(1, id="")),
        live("secret", "db.v2", "2"),
        live("secret", "db.v1", "1"),
    )

    assert sorted((entry.live_name, entry.retired) for entry in owned) == [("db.v1", True), ("db.v2", False)]


def test_an_adoption_includes_old_versions():
    pending = Pending("adopt", db(3), known=("1", "2", "9"))
    there = [live("secret", f"db.v{number}", str(number)) for number in (1, 2, 3)]

    owned = after(died(pending, db(2, protected=True, retired=True)), *there)

    assert sorted(owned, key=lambda entry: entry.live_name) == [
        db(1, retired=True),
        db(2, retired=True, protected=True),
        db(3),
    ]
    assert after(died(pending._replace(owned=db(3, id="another"))), *there) == ()


def hook(
    object_id: str, label: str = "ops", cluster: str = "cluster_1", url: str = "https://h.example/1"
) -> Live:
    body = {"id": object_id, "label": label, "cluster_id": cluster, "url": url}
    return Live("webhook", label, object_id, KINDS["webhook"].decode(body), body)


def ops(object_id: str = "", cluster: str = "cluster_1") -> Owned:
    spec = {"url": Sensitive("https://h.example/1"), "cluster_id": cluster}
    return Owned("webhook", "ops", "ops", object_id, applied=digest.masked("webhook", spec, key=KEY))


def test_a_created_webhook_is_one_that_was_not_listed_before():
    pending = Pending("create", ops(), known=("1", "2"))

    (owned,) = after(died(pending), hook("1"), hook("2", label="dev"), hook("3"))

    assert owned == ops("3")


@pytest.mark.parametrize(
    "other",
    [hook("1"), hook("3", label="dev"), hook("3", cluster="cluster_2"), hook("3", url="https://h.example/2")],
)
def test_a_webhook_that_was_listed_before_is_not_the_created_one(other):
    assert after(died(Pending("create", ops(), known=("1",))), other) == ()


def test_a_webhook_of_the_company_has_no_cluster():
    assert len(after(died(Pending("create", ops(cluster=""))), hook("3", cluster=""))) == 1
    assert after(died(Pending("create", ops(cluster=""))), hook("3")) == ()


def test_a_webhook_that_was_changed_is_identified_by_its_id():
    pending = Pending("update", ops("3"), known=("1", "3"))

    owned = after(
        died(pending, Owned("webhook", "ops", "ops", "3")), hook("1", label="dev"), hook("3", label="former")
    )

    assert owned == (ops("3"),)


def test_nodes_are_never_owned():
    pending = Pending("create", Owned("node", "small", "size_small", ""), known=("node_1",))

    assert after(died(pending), live("node", "node_2", "node_2", size="size_small")) == ()


def test_a_run_interrupted_in_a_rotation_continues_without_a_second_version():
    stack = AppliedStack(FakePlatform(), empty())
    api = declare("service", "api", {"image": "a", "secrets": ["db"]})
    stack.apply(stack.plan(want(declare("secret", "db", "1"), api)))
    wanted = want(declare("secret", "db", "2"), api)

    stack.apply(stack.plan(wanted), stop_after=1)
    stack.record = resumed(stack.record, stack.state(), KEY)

    assert actions_of(stack.plan(wanted)) == ["update service/api"]


def test_a_value_that_changed_again_gets_another_version():
    stack = AppliedStack(FakePlatform(), empty())
    stack.apply(stack.plan(want(declare("secret", "db", "1"))), stop_after=1)
    stack.record = resumed(stack.record, stack.state(), KEY)

    plan = stack.plan(want(declare("secret", "db", "2")))

    assert actions_of(plan) == ["replace secret/db"]
    assert plan.changes[0].live_name == "db.v2"


def test_an_adoption_that_was_not_made_adds_no_old_versions():
    intended = Owned("config", "app", "app.v2", "", applied=digest.masked("config", {"data": "new"}, key=KEY))
    there = live("config", "app.v1", "1", data="old"), live("config", "app.v2", "2", data="other")

    assert after(died(Pending("adopt", intended, known=("1",))), *there) == ()


def test_a_service_whose_delete_was_not_made_keeps_its_entry():
    assert after(died(Pending("delete", api("1")), api("1")), LIVE_API) == (api("1"),)


def test_an_object_whose_list_can_not_be_read_does_not_count_as_gone():
    hook = Owned("webhook", "deploys", "deploys", "hook_1")
    unread = replace(state(), missing={"webhooks": 403})

    assert resumed(died(Pending("delete", hook), hook), unread, KEY).owned == (hook,)
    assert resumed(died(Pending("delete", hook), hook), state(), KEY).owned == ()
