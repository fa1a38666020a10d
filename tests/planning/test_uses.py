"""Secrets, configs and volumes that services need are kept, and why."""

import pytest
from msgspec.structs import replace

from reconciler.guard import guard
from reconciler.model import Blocker, Desired
from tests.planning.build import declare, told, want
from tests.planning.platform import Site, site_with
from tests.words import in_words, notes_of

API, DATA = declare("service", "api", {"image": "a"}), declare("volume", "data")


def test_what_only_services_that_go_mount_goes_with_them_and_after_them():
    db = declare("secret", "db", "1")
    app = declare("config", "app", "1")
    site = site_with(db, app, DATA, declare("service", "api", {
        "image": "a", "secrets": ["db"], "configs": ["app"], "mounts": ["data:/data"]
    }))  # fmt: skip
    desired = want(removed=[("secret", "db"), ("config", "app"), ("volume", "data"), ("service", "api")])

    plan = site.plan(desired)

    assert told(plan) == ["delete service/api", "delete config/app", "delete secret/db", "delete volume/data"]
    assert all(change.needs == (API.address,) for change in plan.changes[1:])
    assert in_words(guard(plan, desired, site.state(), site.record, adopt=False)) == ()
    site.apply(plan)
    assert site.record.owned == ()


@pytest.mark.parametrize("ours", [True, False])
def test_what_somebody_still_mounts_is_kept_and_said(ours):
    db, api = declare("secret", "db", "1"), declare("service", "api", {"image": "a", "secrets": ["db"]})
    site = site_with(db, api)
    if not ours:
        site.record = replace(site.record, owned=site.record.owned[:1])
    keeping = want(API) if ours else want()

    plan = site.plan(keeping)

    assert plan.changes == ()
    (note,) = notes_of(plan)
    assert note.startswith(
        "production/secret/db (db.v1) is no longer declared and is kept: it is mounted by service api in its "
        "secrets. To delete it, remove it from secrets of service api"
    )
    assert note.endswith(
        ": write the whole list without it ([] if it is empty)."
        if ours
        else ", not declared in these manifests."
    )


def test_what_a_service_of_another_identity_mounts_is_kept():
    db, api = declare("secret", "db", "1"), declare("service", "api", {"image": "a", "secrets": ["db"]})
    site = site_with(db, api)
    site.platform.all("service")[0]["id"] = "another"

    plan = site.plan(want())

    assert plan.changes == ()
    assert "is kept: it is mounted by service api in its secrets." in notes_of(plan)[0]


def test_what_a_previous_spec_mounts_is_kept_until_the_service_changes_again():
    db, api = declare("secret", "db", "1"), declare("service", "api", {"image": "a", "secrets": ["db"]})
    site = site_with(db, api)
    unmounted = want(declare("service", "api", {"image": "a", "secrets": []}))

    plan = site.plan(unmounted)

    assert told(plan) == ["update service/api"]
    (note,) = notes_of(plan)
    assert note == (
        "production/secret/db (db.v1) is no longer declared and is kept: the previous spec of service api mounts "
        "it, and the platform can roll back to that spec. It is deleted in a later apply, once service api has been "
        "changed again; to delete it now, name it under removed.secrets."
    )
    site.apply(plan)
    assert told(site.plan(unmounted)) == []
    changed = want(declare("service", "api", {"image": "b", "secrets": []}))
    assert told(site.plan(changed)) == ["update service/api", "delete secret/db"]


def test_what_a_previous_spec_mounts_is_deleted_at_once_with_consent():
    db, api = declare("secret", "db", "1"), declare("service", "api", {"image": "a", "secrets": ["db"]})
    site = site_with(db, api)

    plan = site.plan(
        want(declare("service", "api", {"image": "a", "secrets": []}), removed=[("secret", "db")])
    )

    assert told(plan) == ["update service/api", "delete secret/db"]


def test_what_the_previous_spec_of_a_released_service_mounts_is_kept_after_the_release_too():
    db, api = declare("secret", "db", "1"), declare("service", "api", {"image": "a", "secrets": ["db"]})
    site = site_with(db, api)
    unmounted = declare("service", "api", {"image": "a", "secrets": []})
    for value in ("1", "2"):
        site.apply(site.plan(want(declare("secret", "db", value), unmounted)))
    releasing = want(declare("secret", "db", "3"), released=[("service", "api")])

    site.apply(site.plan(releasing))

    assert told(site.plan(releasing)) == []
    assert site.platform.named("secret", "db.v1")


def test_old_versions_that_somebody_mounts_are_kept_without_a_note():
    site = site_with(declare("secret", "db", "1"))
    mount = {"name": "db.v1", "file_name": "db", "uid": "0", "gid": "0", "mode": "292"}
    site.platform.create("service", {"name": "cron", "image": "a", "secrets": [mount]})
    site.apply(site.plan(want(declare("secret", "db", "2"))))

    plan = site.plan(want())

    assert told(plan) == ["delete secret/db"]
    assert notes_of(plan) == ()


def broken(*, wait: bool = True) -> tuple[Site, Desired]:
    """A site whose service failed once it no longer mounted a secret, and what asks to delete that by name."""
    db = declare("secret", "db", "1")
    without = declare("service", "api", {"image": "a", "secrets": []}, wait=wait)
    site = site_with(db, declare("service", "api", {"image": "a", "secrets": ["db"]}))
    worked = {owned.name: owned.applied for owned in site.record.owned}
    site.apply(site.plan(want(db, without)))
    site.record = replace(site.record, owned=tuple(
        replace(owned, state="failed", last_verified=worked[owned.name]) if owned.kind == "service" else owned
        for owned in site.record.owned
    ))  # fmt: skip
    return site, want(without, removed=[("secret", "db")])


def test_a_delete_under_removed_waits_for_a_service_that_is_down_and_worked_with_it_last():
    site, desired = broken()

    plan = site.plan(desired)

    assert told(plan) == ["delete secret/db"]
    assert plan.changes[0].waits_for == (Blocker("api", "failed"),)
    (note,) = notes_of(plan)
    assert note == (
        "production/secret/db is named under removed and is not deleted yet: service/api (failed) worked with it last. "
        "It is deleted once every service that did is up, or has lifecycle: {wait: false}."
    )


def test_a_delete_under_removed_does_not_wait_for_a_service_that_nothing_is_to_wait_for():
    site, desired = broken(wait=False)
    assert site.plan(desired).changes[0].waits_for == ()


def test_a_delete_under_removed_waits_no_more_once_the_plan_writes_or_deletes_the_service():
    site, _ = broken()
    changed = want(declare("service", "api", {"image": "b", "secrets": []}), removed=[("secret", "db")])
    gone = want(removed=[("secret", "db"), ("service", "api")])

    assert [change.waits_for for change in site.plan(changed).changes] == [(), ()]
    service, secret = site.plan(gone).changes
    assert (secret.waits_for, secret.needs) == ((), (service.address,))


def test_a_delete_under_removed_waits_for_a_service_of_another_stack_that_is_down_and_is_there():
    site, desired = broken()
    site.record = replace(
        site.record, owned=tuple(owned for owned in site.record.owned if owned.kind != "service")
    )
    others = {("secret", "db.v1"): (Blocker("api", "failed", "other"), Blocker("gone", "failed", "other"))}

    plan = site.plan(replace(desired, manifests={}), foreign_worked=others)

    assert plan.changes[0].waits_for == (Blocker("api", "failed", "other"),)
    targeted = site.plan(
        replace(desired, manifests={}), foreign_worked=others, targets=frozenset({("secret", "db")})
    )
    assert targeted.changes[0].waits_for == ()
