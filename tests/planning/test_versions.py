"""A new value is a new version; old versions are kept while they may be needed."""

import pytest
from msgspec.structs import replace

from reconciler.guard import guard
from reconciler.model import Address, Owned, ServiceUser
from reconciler.render.reasons import reason_of
from tests.planning.build import CLUSTER, PLACE, actions_of, change, declare, empty, paths, want
from tests.planning.platform import AppliedStack, FakePlatform, applied_stack
from tests.planning.versions import api, db, hand_made, names, rotated
from tests.words import in_words, notes_of, refusals_of


@pytest.mark.parametrize("kind", ["secret", "config"])
def test_the_first_value_is_version_1(kind):
    (only,) = AppliedStack(FakePlatform(), empty()).plan(want(declare(kind, "db", "one"))).changes

    assert only.location == PLACE
    assert (only.action, only.live_name, reason_of(only), only.restarts, only.retires) == (
        "create",
        "db.v1",
        "",
        (),
        (),
    )
    (field,) = only.fields
    assert (field.path, field.before, field.drift) == ("data", None, False)
    assert field.after == ("(sensitive #1)" if kind == "secret" else "one")
    assert field.sensitive is (kind == "secret")


@pytest.mark.parametrize("kind", ["secret", "config"])
def test_a_new_value_is_a_new_version_that_services_mount(kind):
    stack = AppliedStack(FakePlatform(), empty())
    rotated(stack, "one", kind=kind)
    wanted = want(declare(kind, "db", "two"), declare("service", "api", {"image": "a", f"{kind}s": ["db"]}))

    plan = stack.plan(wanted)

    assert actions_of(plan) == [f"replace {kind}/db", "update service/api"]
    new, service = plan.changes
    assert (new.live_name, reason_of(new)) == (
        "db.v2",
        "its value changed; new version db.v2; kept: db.v1 (in the previous spec of service api)",
    )
    assert new.restarts == ("api",)
    assert [former.live_name for former in new.retires] == ["db.v1"]
    assert all(former.retired for former in new.retires)
    file = {"secret": "db", "config": "/db"}[kind]
    assert paths(service) == {f"{kind}s.{file}.name": ("db.v1", "db.v2")}
    assert service.needs == (new.address,)
    before, after = paths(new)["data"]
    assert (before, after) == (("(sensitive)", "(sensitive #1)") if kind == "secret" else ("one", "two"))


@pytest.mark.parametrize("kind", ["secret", "config"])
def test_the_current_and_previous_version_are_kept_and_older_ones_deleted(kind):
    stack = AppliedStack(FakePlatform(), empty())
    rotated(stack, "1", "2", kind=kind)
    assert names(stack, kind) == ["db.v1", "db.v2"]
    wanted = want(declare(kind, "db", "3"), declare("service", "api", {"image": "a", f"{kind}s": ["db"]}))

    plan = stack.plan(wanted)

    assert actions_of(plan) == [f"replace {kind}/db", "update service/api", f"delete {kind}/db.v1"]
    sweep = plan.changes[-1]
    assert (sweep.consented, reason_of(sweep)) == (True, "old version, no longer used")
    assert sweep.owned in stack.record.owned
    assert sweep.live
    assert in_words(guard(plan, wanted, stack.state(), stack.record, adopt=False)) == ()
    stack.apply(plan)
    assert names(stack, kind) == ["db.v2", "db.v3"]
    assert actions_of(stack.plan(wanted)) == []


def test_a_mounted_old_version_is_kept_and_its_services_named():
    stack = AppliedStack(FakePlatform(), empty())
    rotated(stack, "1")
    mount = {"name": "db.v1", "file_name": "db", "uid": "0", "gid": "0", "mode": "292"}
    stack.platform.create("service", {"name": "cron", "image": "a", "secrets": [mount]})

    plan = stack.plan(want(db("2"), api("db")))

    assert notes_of(plan) == ("production/service/cron is not managed and stays on db.v1.",)
    assert change(plan, "secret", "db").restarts == ("api",)
    rotated(stack, "2", "3", "4")
    assert names(stack) == ["db.v1", "db.v3", "db.v4"]
    stack.platform.all("service").pop()
    rotated(stack, "4")
    assert names(stack) == ["db.v3", "db.v4"]


def test_mounts_of_a_service_of_another_file_are_kept():
    stack = applied_stack(db(), api("db"))
    owned = [
        replace(entry, source=None) if entry.kind == "service" else entry for entry in stack.record.owned
    ]
    stack.record = replace(stack.record, owned=tuple(owned))
    for value in ("2", "3", "4"):
        stack.apply(stack.plan(want(db(value))))

    assert names(stack) == ["db.v1", "db.v3", "db.v4"]


def test_a_deleted_service_is_not_named_as_staying_on_the_old_version():
    stack = applied_stack(db(), api("db"), declare("service", "web", {"image": "a", "secrets": ["db"]}))

    plan = stack.plan(want(db("two"), api("db"), removed=[("service", "web")]))

    assert notes_of(plan) == ()
    assert actions_of(plan) == ["replace secret/db", "update service/api", "delete service/web"]


def test_only_services_that_mount_the_new_version_restart():
    stack = applied_stack(db(), api("db"), declare("service", "web", {"image": "a"}))

    plan = stack.plan(
        want(
            db("two"),
            declare("service", "api", {"image": "b", "secrets": ["db"]}, ignore=["secrets"]),
            declare("service", "web", {"image": "a", "secrets": ["db"]}),
            declare("service", "new", {"image": "a", "secrets": ["db"]}),
        )
    )

    assert change(plan, "secret", "db").restarts == ("web",)
    assert change(plan, "service", "api").restarts == ("api",)


def test_the_next_number_is_above_every_live_version():
    stack = applied_stack(db(), others={("secret", "db.v7"): "other"})
    hand_made(stack, "db.v7")
    hand_made(stack, "db.x")

    (only,) = stack.plan(want(db("two"))).changes

    assert only.live_name == "db.v8"


def test_the_next_number_is_above_recorded_versions_too():
    stack = applied_stack(db())
    gone = Owned("secret", "db", "db.v5", "gone", retired=True)
    stack.record = replace(stack.record, owned=(*stack.record.owned, gone))
    assert change(stack.plan(want(db("two"))), "secret", "db").live_name == "db.v6"

    stack.record = replace(stack.record, owned=(replace(stack.record.owned[0], live_name="db.v8"),))
    assert change(stack.plan(want(db("two"))), "secret", "db").live_name == "db.v9"


@pytest.mark.parametrize("kind", ["secret", "config"])
def test_a_version_deleted_outside_git_is_created_with_the_next_number(kind):
    stack = applied_stack(declare(kind, "db", "one"))
    stack.platform.all(kind).clear()

    (only,) = stack.plan(want(declare(kind, "db", "one"))).changes

    assert (only.action, only.live_name) == ("create", "db.v2")
    assert reason_of(only) == "it was deleted outside git; new version db.v2"
    assert only.fields[0].drift
    assert only.retires == ()
    stack.apply(stack.plan(want(declare(kind, "db", "one"))))
    assert [owned.live_name for owned in stack.record.owned] == ["db.v2"]


def test_another_object_under_the_recorded_name_is_not_managed():
    stack = applied_stack(db())
    stack.platform.all("secret")[0]["id"] = "another"

    (only,) = stack.plan(want(db())).changes

    assert (only.action, only.live_name) == ("create", "db.v2")


@pytest.mark.parametrize("kind", ["secret", "config"])
def test_an_external_object_must_exist_and_is_never_written(kind):
    stack = AppliedStack(FakePlatform(), empty())
    wanted = want(
        declare(kind, "db", {"external": True}), declare("service", "api", {"image": "a", f"{kind}s": ["db"]})
    )

    refused = stack.plan(wanted)
    (reason,) = refusals_of(refused)
    assert reason.startswith(
        f"production/{kind}/db is external: true, but the cluster has no {kind} of that name, and no record of "
        "another stack has one. "
    )
    assert reason.endswith("Create it in the cluster, or give its value here.")

    hand_made(stack, "db", kind)
    plan = stack.plan(wanted)
    assert (actions_of(plan), refusals_of(plan)) == (["create service/api"], ())
    assert change(plan, "service", "api").spec[f"{kind}s"][0]["name"] == "db"
    stack.apply(plan)
    assert actions_of(stack.plan(wanted)) == []


def test_old_versions_of_a_now_external_object_are_not_swept():
    stack = AppliedStack(FakePlatform(), empty())
    for value in ("1", "2"):
        stack.apply(stack.plan(want(declare("secret", "db", value), declare("secret", "token", value))))
    for name in ("db", "token"):
        hand_made(stack, name)

    plan = stack.plan(want(declare("secret", "db", {"external": True}), declare("secret", "token", "3")))

    assert actions_of(plan) == [
        "replace secret/token",
        "delete secret/db",
        "delete secret/db.v1",
        "delete secret/token.v1",
    ]


def test_versions_of_a_now_external_object_are_deleted_once_unmounted():
    stack = applied_stack(db(), api("db"))
    rotated(stack, "2")
    hand_made(stack, "db")
    wanted = want(declare("secret", "db", {"external": True}), api("db"))

    plan = stack.plan(wanted)

    assert actions_of(plan) == ["update service/api", "delete secret/db.v1"]
    assert "(db.v2) is no longer declared and is kept: the previous spec of service api" in notes_of(plan)[0]
    stack.apply(plan)
    assert names(stack) == ["db", "db.v2"]
    assert actions_of(stack.plan(wanted)) == []
    changed = want(declare("secret", "db", {"external": True}), api("db", replicas=2))
    assert actions_of(stack.plan(changed)) == ["update service/api", "delete secret/db"]


def test_an_adopted_object_that_becomes_external_is_not_touched():
    stack = AppliedStack(FakePlatform(), empty())
    hand_made(stack, "db")
    stack.apply(stack.plan(want(db())))
    assert [owned.live_name for owned in stack.record.owned] == ["db"]

    assert actions_of(stack.plan(want(declare("secret", "db", {"external": True})))) == []


def test_after_a_lost_record_the_newest_version_is_adopted_without_restarts():
    stack = AppliedStack(FakePlatform(), empty())
    rotated(stack, "1", "2")
    stack.record = empty()
    wanted = want(db("2"), api("db"))

    plan = stack.plan(wanted)

    assert actions_of(plan) == ["adopt secret/db", "adopt service/api"]
    secret, service = plan.changes
    assert (secret.live_name, reason_of(secret), secret.restarts) == (
        "db.v2",
        "it exists as db.v2 and is not managed; kept: db.v1 (the previous version)",
        (),
    )
    assert [former.live_name for former in secret.retires] == ["db.v1"]
    assert (secret.location, secret.desired) == (PLACE, wanted.manifests["secret", "db"])
    assert service.fields == ()
    assert "the declared value is assumed to be the live one" in notes_of(plan)[0]
    assert plan.unmanaged == ()
    assert in_words(guard(plan, wanted, stack.state(), stack.record, adopt=False))
    stack.apply(plan)
    assert actions_of(stack.plan(wanted)) == []
    rotated(stack, "3")
    assert names(stack) == ["db.v2", "db.v3"]


def test_an_adoption_of_several_versions_keeps_only_the_previous_one():
    stack = AppliedStack(FakePlatform(), empty())
    for name in ("db", "db.v2", "db.v10", "db.v9"):
        hand_made(stack, name)

    plan = stack.plan(want(db()))

    assert actions_of(plan) == ["adopt secret/db", "delete secret/db.v2"]
    assert plan.changes[0].live_name == "db.v10"
    assert [former.live_name for former in plan.changes[0].retires] == ["db.v2", "db.v9"]
    assert plan.unmanaged == (Address("production", "secret", "db"),)
    stack.apply(plan)
    assert names(stack) == ["db", "db.v10", "db.v9"]
    assert actions_of(stack.plan(want(db()))) == []


def test_an_adopted_object_without_a_number_has_its_own_address_when_deleted():
    stack = AppliedStack(FakePlatform(), empty())
    hand_made(stack, "db")
    rotated(stack, "1", "2")
    assert names(stack) == ["db", "db.v1"]

    plan = stack.plan(want(db("3"), api("db")))

    assert actions_of(plan) == ["replace secret/db", "update service/api", "delete secret/db.v0"]
    assert plan.changes[-1].live_name == "db"
    stack.apply(plan)
    assert names(stack) == ["db.v1", "db.v2"]


def test_all_versions_of_an_undeclared_object_are_deleted_with_own_addresses():
    stack = AppliedStack(FakePlatform(), empty())
    hand_made(stack, "db")
    rotated(stack, "1", "2")
    stack.apply(stack.plan(want(db("2"), removed=[("service", "api")])))

    plan = stack.plan(want(removed=[("secret", "db")]))

    assert sorted(actions_of(plan)) == ["delete secret/db", "delete secret/db.v0"]
    assert [planned.live_name for planned in plan.changes] == ["db.v1", "db"]
    assert [reason_of(planned) for planned in plan.changes] == [
        "no longer in the manifests",
        "an old version of an object that is no longer in the manifests",
    ]


def test_a_version_of_another_stack_is_not_adopted():
    stack = AppliedStack(FakePlatform(), empty(), {("secret", "db.v4"): "other"})
    hand_made(stack, "db.v4")

    (only,) = stack.plan(want(db())).changes

    assert (only.action, only.live_name) == ("create", "db.v5")


def test_names_that_differ_only_in_case_are_equal():
    stack = AppliedStack(FakePlatform(), empty())
    hand_made(stack, "DB.v3")

    (adopted,) = stack.plan(want(db())).changes
    assert (adopted.action, adopted.live_name) == ("adopt", "DB.v3")

    stack.apply(stack.plan(want(db())))
    (new,) = stack.plan(want(db("two"))).changes
    assert new.live_name == "db.v4"


def test_a_name_in_another_case_does_not_adopt_the_stacks_own_version():
    stack = applied_stack(declare("secret", "DB", "one"))

    plan = stack.plan(want(db(), removed=[("secret", "DB")]))

    assert actions_of(plan) == ["create secret/db", "delete secret/DB"]
    assert plan.changes[0].live_name == "db.v2"


def test_a_kept_old_version_is_not_adopted_when_its_name_is_declared_again():
    stack = AppliedStack(FakePlatform(), empty())
    rotated(stack, "1")
    stack.record = replace(
        stack.record,
        owned=tuple(replace(owned, retired=owned.kind == "secret") for owned in stack.record.owned),
    )

    plan = stack.plan(want(db("1"), api("db")))

    assert actions_of(plan) == ["create secret/db", "update service/api"]
    assert plan.changes[0].live_name == "db.v2"


def test_addresses_use_the_clusters_name_in_the_manifest():
    plan = AppliedStack(FakePlatform(), empty()).plan(want(db()))

    assert plan.cluster == CLUSTER
    assert (plan.cluster_id, plan.company_id, plan.stack) == ("cluster_1", "company_1", "default")


def rolled_back(stack: AppliedStack, value: str) -> None:
    """Apply a new value whose service fails: the platform rolls it back."""
    former = dict(stack.platform.all("service")[0])
    stack.apply(stack.plan(want(db(value), api("db"))))
    stack.platform.all("service")[0].clear()
    stack.platform.all("service")[0].update(former)
    stack.record = replace(
        stack.record,
        owned=tuple(
            replace(owned, state="rolled back") if owned.kind == "service" else owned
            for owned in stack.record.owned
        ),
    )


def test_after_a_rollback_the_working_version_is_kept_and_the_failed_one_deleted():
    stack = applied_stack(db("1"), api("db"))
    rolled_back(stack, "2")

    plan = stack.plan(want(db("3"), api("db")))

    assert actions_of(plan) == ["replace secret/db", "update service/api", "delete secret/db.v2"]
    assert reason_of(plan.changes[0]) == (
        "its value changed; new version db.v3; kept: db.v1 (in the previous spec of service api)"
    )
    stack.apply(plan)
    assert names(stack) == ["db.v1", "db.v3"]
    assert actions_of(stack.plan(want(db("3"), api("db")))) == []


def test_after_several_rollbacks_only_the_working_old_version_is_kept():
    stack = applied_stack(db("1"), api("db"))
    rolled_back(stack, "2")
    rolled_back(stack, "3")

    stack.apply(stack.plan(want(db("4"), api("db"))))

    assert names(stack) == ["db.v1", "db.v4"]


def test_a_working_version_is_kept_beside_a_failed_one_without_rollback():
    stack = applied_stack(db("1"), api("db"))
    stack.apply(stack.plan(want(db("2"), api("db"))))
    stack.record = replace(
        stack.record,
        owned=tuple(
            replace(owned, state="failed") if owned.kind == "service" else owned
            for owned in stack.record.owned
        ),
    )

    stack.apply(stack.plan(want(db("3"), api("db"))))

    assert names(stack) == ["db.v1", "db.v2", "db.v3"]
    stack.apply(stack.plan(want(db("3"), api("db", replicas=2))))
    assert actions_of(stack.plan(want(db("3"), api("db", replicas=2)))) == []
    stack.apply(stack.plan(want(db("4"), api("db", replicas=2))))
    assert names(stack) == ["db.v3", "db.v4"]


def test_versions_in_the_previous_spec_of_an_unwritten_service_are_kept():
    stack = applied_stack(db("1"), api("db"))
    rotated(stack, "2")  # api's previous spec mounts db.v1
    ignoring = declare("service", "api", {"image": "a", "secrets": ["db"]}, ignore=["secrets"])

    for value in ("3", "4", "5"):
        stack.apply(stack.plan(want(db(value), ignoring)))

    assert names(stack) == ["db.v1", "db.v2", "db.v4", "db.v5"]


def test_a_version_in_another_stacks_record_is_kept():
    stack = applied_stack(db("1"), api("db"))
    uses = {("secret", "db.v1"): (ServiceUser("web", "b"),)}

    for value in ("2", "3", "4"):
        stack.apply(stack.plan(want(db(value), api("db")), foreign_uses=uses))
    plan = stack.plan(want(db("5"), api("db")), foreign_uses=uses)

    assert names(stack) == ["db.v1", "db.v3", "db.v4"]
    assert reason_of(plan.changes[0]).endswith("db.v1 (in use by service web of the stack b)")


def test_an_old_version_freed_by_another_stack_is_deleted_with_the_next_change():
    stack = applied_stack(db("1"))
    for value in ("2", "3"):
        stack.apply(
            stack.plan(want(db(value)), foreign_uses={("secret", "db.v1"): (ServiceUser("web", "b"),)})
        )
    uses = {("secret", "db.v3"): (ServiceUser("web", "b"),)}

    alone = stack.plan(want(db("3")), foreign_uses=uses)
    with_another = stack.plan(want(db("3"), api("db")), foreign_uses=uses)
    of_nobody_else = stack.plan(want(db("3")))

    assert [planned.action for planned in alone.changes] == []
    assert any(note.startswith("No longer used: db.v1.") for note in notes_of(alone))
    for plan in (with_another, of_nobody_else):
        assert ("secret", "db.v1") in [(planned.address.kind, planned.live_name) for planned in plan.changes]


def test_the_number_of_kept_versions_is_limited():
    stack = applied_stack(db("1"), api("db"), declare("service", "web", {"image": "a", "secrets": ["db"]}))
    web = declare("service", "web", {"image": "a", "secrets": ["db"]}, ignore=["secrets"])

    for value in range(2, 20):
        stack.apply(stack.plan(want(db(str(value)), api("db"), web)))

    assert names(stack) == ["db.v1", "db.v18", "db.v19"]
