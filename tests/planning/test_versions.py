"""A new value is a new version; former ones stay while they may be needed."""

import pytest
from msgspec.structs import replace

from reconciler.guard import guard
from reconciler.model import Address, Owned
from reconciler.render.reasons import reason_of
from tests.planning.build import CLUSTER, PLACE, change, declare, empty, paths, told, want
from tests.planning.platform import Platform, Site, site_with
from tests.planning.versions import api, db, hand_made, names, rotated
from tests.words import in_words, notes_of, refusals_of


@pytest.mark.parametrize("kind", ["secret", "config"])
def test_the_first_value_is_version_1(kind):
    (only,) = Site(Platform(), empty()).plan(want(declare(kind, "db", "one"))).changes

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
def test_a_new_value_is_a_new_version_that_moves_services_on(kind):
    site = Site(Platform(), empty())
    rotated(site, "one", kind=kind)
    wanted = want(declare(kind, "db", "two"), declare("service", "api", {"image": "a", f"{kind}s": ["db"]}))

    plan = site.plan(wanted)

    assert told(plan) == [f"replace {kind}/db", "update service/api"]
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
def test_the_current_and_the_one_before_are_kept_and_the_rest_swept_in_the_same_run(kind):
    site = Site(Platform(), empty())
    rotated(site, "1", "2", kind=kind)
    assert names(site, kind) == ["db.v1", "db.v2"]
    wanted = want(declare(kind, "db", "3"), declare("service", "api", {"image": "a", f"{kind}s": ["db"]}))

    plan = site.plan(wanted)

    assert told(plan) == [f"replace {kind}/db", "update service/api", f"delete {kind}/db.v1"]
    sweep = plan.changes[-1]
    assert (sweep.consented, reason_of(sweep)) == (True, "old version, no longer used")
    assert sweep.owned in site.record.owned
    assert sweep.live
    assert in_words(guard(plan, wanted, site.state(), site.record, adopt=False)) == ()
    site.apply(plan)
    assert names(site, kind) == ["db.v2", "db.v3"]
    assert told(site.plan(wanted)) == []


def test_an_old_version_that_somebody_mounts_is_kept_and_they_are_named():
    site = Site(Platform(), empty())
    rotated(site, "1")
    mount = {"name": "db.v1", "file_name": "db", "uid": "0", "gid": "0", "mode": "292"}
    site.platform.create("service", {"name": "cron", "image": "a", "secrets": [mount]})

    plan = site.plan(want(db("2"), api("db")))

    assert notes_of(plan) == ("production/service/cron is not managed and stays on db.v1.",)
    assert change(plan, "secret", "db").restarts == ("api",)
    rotated(site, "2", "3", "4")
    assert names(site) == ["db.v1", "db.v3", "db.v4"]
    site.platform.all("service").pop()
    rotated(site, "4")
    assert names(site) == ["db.v3", "db.v4"]


def test_what_a_service_mounts_that_another_file_declares_is_kept():
    site = site_with(db(), api("db"))
    owned = [replace(entry, source=None) if entry.kind == "service" else entry for entry in site.record.owned]
    site.record = replace(site.record, owned=tuple(owned))
    for value in ("2", "3", "4"):
        site.apply(site.plan(want(db(value))))

    assert names(site) == ["db.v1", "db.v3", "db.v4"]


def test_a_service_of_ours_that_goes_is_not_named_as_one_that_stays():
    site = site_with(db(), api("db"), declare("service", "web", {"image": "a", "secrets": ["db"]}))

    plan = site.plan(want(db("two"), api("db"), removed=[("service", "web")]))

    assert notes_of(plan) == ()
    assert told(plan) == ["replace secret/db", "update service/api", "delete service/web"]


def test_only_services_that_start_to_mount_the_new_version_restart_through_it():
    site = site_with(db(), api("db"), declare("service", "web", {"image": "a"}))

    plan = site.plan(
        want(
            db("two"),
            declare("service", "api", {"image": "b", "secrets": ["db"]}, ignore=["secrets"]),
            declare("service", "web", {"image": "a", "secrets": ["db"]}),
            declare("service", "new", {"image": "a", "secrets": ["db"]}),
        )
    )

    assert change(plan, "secret", "db").restarts == ("web",)
    assert change(plan, "service", "api").restarts == ("api",)


def test_the_next_number_is_above_any_whoever_owns_it():
    site = site_with(db(), others={("secret", "db.v7"): "other"})
    hand_made(site, "db.v7")
    hand_made(site, "db.x")

    (only,) = site.plan(want(db("two"))).changes

    assert only.live_name == "db.v8"


def test_the_next_number_is_above_those_recorded_too():
    site = site_with(db())
    gone = Owned("secret", "db", "db.v5", "gone", retired=True)
    site.record = replace(site.record, owned=(*site.record.owned, gone))
    assert change(site.plan(want(db("two"))), "secret", "db").live_name == "db.v6"

    site.record = replace(site.record, owned=(replace(site.record.owned[0], live_name="db.v8"),))
    assert change(site.plan(want(db("two"))), "secret", "db").live_name == "db.v9"


@pytest.mark.parametrize("kind", ["secret", "config"])
def test_what_was_deleted_outside_git_comes_under_the_next_number(kind):
    site = site_with(declare(kind, "db", "one"))
    site.platform.all(kind).clear()

    (only,) = site.plan(want(declare(kind, "db", "one"))).changes

    assert (only.action, only.live_name) == ("create", "db.v2")
    assert reason_of(only) == "it was deleted outside git; new version db.v2"
    assert only.fields[0].drift
    assert only.retires == ()
    site.apply(site.plan(want(declare(kind, "db", "one"))))
    assert [owned.live_name for owned in site.record.owned] == ["db.v2"]


def test_another_object_under_the_recorded_name_is_not_managed():
    site = site_with(db())
    site.platform.all("secret")[0]["id"] = "another"

    (only,) = site.plan(want(db())).changes

    assert (only.action, only.live_name) == ("create", "db.v2")


@pytest.mark.parametrize("kind", ["secret", "config"])
def test_what_is_external_must_be_there_and_is_never_written(kind):
    site = Site(Platform(), empty())
    wanted = want(
        declare(kind, "db", {"external": True}), declare("service", "api", {"image": "a", f"{kind}s": ["db"]})
    )

    refused = site.plan(wanted)
    (reason,) = refusals_of(refused)
    assert reason.startswith(
        f"production/{kind}/db is external: true, but the cluster has no {kind} of that name, and no record of "
        "another stack has one. "
    )
    assert reason.endswith("Create it in the cluster, or give its value here.")

    hand_made(site, "db", kind)
    plan = site.plan(wanted)
    assert (told(plan), refusals_of(plan)) == (["create service/api"], ())
    assert change(plan, "service", "api").spec[f"{kind}s"][0]["name"] == "db"
    site.apply(plan)
    assert told(site.plan(wanted)) == []


def test_old_versions_of_what_became_external_are_no_sweep_and_do_not_end_it():
    site = Site(Platform(), empty())
    for value in ("1", "2"):
        site.apply(site.plan(want(declare("secret", "db", value), declare("secret", "token", value))))
    for name in ("db", "token"):
        hand_made(site, name)

    plan = site.plan(want(declare("secret", "db", {"external": True}), declare("secret", "token", "3")))

    assert told(plan) == [
        "replace secret/token",
        "delete secret/db",
        "delete secret/db.v1",
        "delete secret/token.v1",
    ]


def test_versions_of_what_became_external_leave_once_nothing_mounts_them():
    site = site_with(db(), api("db"))
    rotated(site, "2")
    hand_made(site, "db")
    wanted = want(declare("secret", "db", {"external": True}), api("db"))

    plan = site.plan(wanted)

    assert told(plan) == ["update service/api", "delete secret/db.v1"]
    assert "(db.v2) is no longer declared and is kept: the previous spec of service api" in notes_of(plan)[0]
    site.apply(plan)
    assert names(site) == ["db", "db.v2"]
    assert told(site.plan(wanted)) == []
    changed = want(declare("secret", "db", {"external": True}), api("db", replicas=2))
    assert told(site.plan(changed)) == ["update service/api", "delete secret/db"]


def test_what_was_adopted_and_is_declared_external_now_is_left_alone():
    site = Site(Platform(), empty())
    hand_made(site, "db")
    site.apply(site.plan(want(db())))
    assert [owned.live_name for owned in site.record.owned] == ["db"]

    assert told(site.plan(want(declare("secret", "db", {"external": True})))) == []


def test_after_a_lost_record_the_newest_is_adopted_and_services_are_not_restarted():
    site = Site(Platform(), empty())
    rotated(site, "1", "2")
    site.record = empty()
    wanted = want(db("2"), api("db"))

    plan = site.plan(wanted)

    assert told(plan) == ["adopt secret/db", "adopt service/api"]
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
    assert in_words(guard(plan, wanted, site.state(), site.record, adopt=False))
    site.apply(plan)
    assert told(site.plan(wanted)) == []
    rotated(site, "3")
    assert names(site) == ["db.v2", "db.v3"]


def test_an_adoption_of_several_versions_sweeps_all_but_the_one_before():
    site = Site(Platform(), empty())
    for name in ("db", "db.v2", "db.v10", "db.v9"):
        hand_made(site, name)

    plan = site.plan(want(db()))

    assert told(plan) == ["adopt secret/db", "delete secret/db.v2"]
    assert plan.changes[0].live_name == "db.v10"
    assert [former.live_name for former in plan.changes[0].retires] == ["db.v2", "db.v9"]
    assert plan.unmanaged == (Address("production", "secret", "db"),)
    site.apply(plan)
    assert names(site) == ["db", "db.v10", "db.v9"]
    assert told(site.plan(want(db()))) == []


def test_a_version_adopted_without_a_number_is_swept_under_an_address_of_its_own():
    site = Site(Platform(), empty())
    hand_made(site, "db")
    rotated(site, "1", "2")
    assert names(site) == ["db", "db.v1"]

    plan = site.plan(want(db("3"), api("db")))

    assert told(plan) == ["replace secret/db", "update service/api", "delete secret/db.v0"]
    assert plan.changes[-1].live_name == "db"
    site.apply(plan)
    assert names(site) == ["db.v1", "db.v2"]


def test_with_all_its_versions_it_leaves_under_addresses_of_their_own():
    site = Site(Platform(), empty())
    hand_made(site, "db")
    rotated(site, "1", "2")
    site.apply(site.plan(want(db("2"), removed=[("service", "api")])))

    plan = site.plan(want(removed=[("secret", "db")]))

    assert sorted(told(plan)) == ["delete secret/db", "delete secret/db.v0"]
    assert [planned.live_name for planned in plan.changes] == ["db.v1", "db"]
    assert [reason_of(planned) for planned in plan.changes] == [
        "no longer in the manifests",
        "an old version of an object that is no longer in the manifests",
    ]


def test_a_version_of_another_stack_is_not_adopted():
    site = Site(Platform(), empty(), {("secret", "db.v4"): "other"})
    hand_made(site, "db.v4")

    (only,) = site.plan(want(db())).changes

    assert (only.action, only.live_name) == ("create", "db.v5")


def test_names_that_differ_in_case_are_one_name():
    site = Site(Platform(), empty())
    hand_made(site, "DB.v3")

    (adopted,) = site.plan(want(db())).changes
    assert (adopted.action, adopted.live_name) == ("adopt", "DB.v3")

    site.apply(site.plan(want(db())))
    (new,) = site.plan(want(db("two"))).changes
    assert new.live_name == "db.v4"


def test_a_name_written_in_another_case_from_now_on_does_not_adopt_our_own():
    site = site_with(declare("secret", "DB", "one"))

    plan = site.plan(want(db(), removed=[("secret", "DB")]))

    assert told(plan) == ["create secret/db", "delete secret/DB"]
    assert plan.changes[0].live_name == "db.v2"


def test_an_old_version_kept_for_somebody_is_not_adopted_when_its_name_comes_back():
    site = Site(Platform(), empty())
    rotated(site, "1")
    site.record = replace(
        site.record,
        owned=tuple(replace(owned, retired=owned.kind == "secret") for owned in site.record.owned),
    )

    plan = site.plan(want(db("1"), api("db")))

    assert told(plan) == ["create secret/db", "update service/api"]
    assert plan.changes[0].live_name == "db.v2"


def test_a_cluster_that_is_called_otherwise_is_addressed_so():
    plan = Site(Platform(), empty()).plan(want(db()))

    assert plan.cluster == CLUSTER
    assert (plan.cluster_id, plan.company_id, plan.stack) == ("cluster_1", "company_1", "default")


def rolled_back(site: Site, value: str) -> None:
    """An apply of a new value whose service fails: the platform puts its previous spec back."""
    former = dict(site.platform.all("service")[0])
    site.apply(site.plan(want(db(value), api("db"))))
    site.platform.all("service")[0].clear()
    site.platform.all("service")[0].update(former)
    site.record = replace(
        site.record,
        owned=tuple(
            replace(owned, state="rolled back") if owned.kind == "service" else owned
            for owned in site.record.owned
        ),
    )


def test_after_a_rollback_the_version_that_worked_is_kept_and_the_one_that_never_did_goes():
    site = site_with(db("1"), api("db"))
    rolled_back(site, "2")

    plan = site.plan(want(db("3"), api("db")))

    assert told(plan) == ["replace secret/db", "update service/api", "delete secret/db.v2"]
    assert reason_of(plan.changes[0]) == (
        "its value changed; new version db.v3; kept: db.v1 (in the previous spec of service api)"
    )
    site.apply(plan)
    assert names(site) == ["db.v1", "db.v3"]
    assert told(site.plan(want(db("3"), api("db")))) == []


def test_after_several_rollbacks_the_version_that_worked_is_the_only_former_one_that_is_kept():
    site = site_with(db("1"), api("db"))
    rolled_back(site, "2")
    rolled_back(site, "3")

    site.apply(site.plan(want(db("4"), api("db"))))

    assert names(site) == ["db.v1", "db.v4"]


def test_what_worked_is_kept_beside_what_failed_and_was_not_rolled_back():
    site = site_with(db("1"), api("db"))
    site.apply(site.plan(want(db("2"), api("db"))))
    site.record = replace(
        site.record,
        owned=tuple(
            replace(owned, state="failed") if owned.kind == "service" else owned
            for owned in site.record.owned
        ),
    )

    site.apply(site.plan(want(db("3"), api("db"))))

    assert names(site) == ["db.v1", "db.v2", "db.v3"]
    site.apply(site.plan(want(db("3"), api("db", replicas=2))))
    assert told(site.plan(want(db("3"), api("db", replicas=2)))) == []
    site.apply(site.plan(want(db("4"), api("db", replicas=2))))
    assert names(site) == ["db.v3", "db.v4"]


def test_the_previous_spec_of_a_service_that_this_run_does_not_write_keeps_its_version():
    site = site_with(db("1"), api("db"))
    rotated(site, "2")  # api's previous spec mounts db.v1
    ignoring = declare("service", "api", {"image": "a", "secrets": ["db"]}, ignore=["secrets"])

    for value in ("3", "4", "5"):
        site.apply(site.plan(want(db(value), ignoring)))

    assert names(site) == ["db.v1", "db.v2", "db.v4", "db.v5"]


def test_a_version_that_another_stacks_record_names_is_kept():
    site = site_with(db("1"), api("db"))
    uses = {("secret", "db.v1"): ("service web of the stack b",)}

    for value in ("2", "3", "4"):
        site.apply(site.plan(want(db(value), api("db")), foreign_uses=uses))
    plan = site.plan(want(db("5"), api("db")), foreign_uses=uses)

    assert names(site) == ["db.v1", "db.v3", "db.v4"]
    assert reason_of(plan.changes[0]).endswith("db.v1 (in use by service web of the stack b)")


def test_an_old_version_that_another_stack_left_goes_with_the_next_change():
    site = site_with(db("1"))
    for value in ("2", "3"):
        site.apply(site.plan(want(db(value)), foreign_uses={("secret", "db.v1"): ("service web of b",)}))
    uses = {("secret", "db.v3"): ("service web of the stack b",)}

    alone = site.plan(want(db("3")), foreign_uses=uses)
    with_another = site.plan(want(db("3"), api("db")), foreign_uses=uses)
    of_nobody_else = site.plan(want(db("3")))

    assert [planned.action for planned in alone.changes] == []
    assert any(note.startswith("No longer used: db.v1.") for note in notes_of(alone))
    for plan in (with_another, of_nobody_else):
        assert ("secret", "db.v1") in [(planned.address.kind, planned.live_name) for planned in plan.changes]


def test_the_number_of_versions_kept_is_bounded_however_often_a_value_changes():
    site = site_with(db("1"), api("db"), declare("service", "web", {"image": "a", "secrets": ["db"]}))
    web = declare("service", "web", {"image": "a", "secrets": ["db"]}, ignore=["secrets"])

    for value in range(2, 20):
        site.apply(site.plan(want(db(str(value)), api("db"), web)))

    assert names(site) == ["db.v1", "db.v18", "db.v19"]
