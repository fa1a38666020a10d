"""Secrets, configs and volumes that services use are kept, with the reason."""

import pytest
from msgspec.structs import replace

from reconciler.guard import guard
from reconciler.model import Blocker, Desired
from tests.planning.build import actions_of, declare, want
from tests.planning.platform import AppliedStack, applied_stack
from tests.words import in_words, notes_of

API, DATA = declare("service", "api", {"image": "a"}), declare("volume", "data")


def test_objects_of_deleted_services_are_deleted_after_them():
    db = declare("secret", "db", "1")
    app = declare("config", "app", "1")
    stack = applied_stack(db, app, DATA, declare("service", "api", {
        "image": "a", "secrets": ["db"], "configs": ["app"], "mounts": ["data:/data"]
    }))  # fmt: skip
    desired = want(removed=[("secret", "db"), ("config", "app"), ("volume", "data"), ("service", "api")])

    plan = stack.plan(desired)

    assert actions_of(plan) == [
        "delete service/api",
        "delete config/app",
        "delete secret/db",
        "delete volume/data",
    ]
    assert all(change.needs == (API.address,) for change in plan.changes[1:])
    assert in_words(guard(plan, desired, stack.state(), stack.record, adopt=False)) == ()
    stack.apply(plan)
    assert stack.record.owned == ()


@pytest.mark.parametrize("ours", [True, False])
def test_an_object_that_a_service_mounts_is_kept_and_noted(ours):
    db, api = declare("secret", "db", "1"), declare("service", "api", {"image": "a", "secrets": ["db"]})
    stack = applied_stack(db, api)
    if not ours:
        stack.record = replace(stack.record, owned=stack.record.owned[:1])
    keeping = want(API) if ours else want()

    plan = stack.plan(keeping)

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


def test_mounts_of_a_service_with_another_id_are_kept():
    db, api = declare("secret", "db", "1"), declare("service", "api", {"image": "a", "secrets": ["db"]})
    stack = applied_stack(db, api)
    stack.platform.all("service")[0]["id"] = "another"

    plan = stack.plan(want())

    assert plan.changes == ()
    assert "is kept: it is mounted by service api in its secrets." in notes_of(plan)[0]


def test_mounts_of_a_previous_spec_are_kept_until_the_service_changes_again():
    db, api = declare("secret", "db", "1"), declare("service", "api", {"image": "a", "secrets": ["db"]})
    stack = applied_stack(db, api)
    unmounted = want(declare("service", "api", {"image": "a", "secrets": []}))

    plan = stack.plan(unmounted)

    assert actions_of(plan) == ["update service/api"]
    (note,) = notes_of(plan)
    assert note == (
        "production/secret/db (db.v1) is no longer declared and is kept: the previous spec of service api mounts "
        "it, and the platform can roll back to that spec. It is deleted in a later apply, once service api has been "
        "changed again; to delete it now, name it under removed.secrets."
    )
    stack.apply(plan)
    assert actions_of(stack.plan(unmounted)) == []
    changed = want(declare("service", "api", {"image": "b", "secrets": []}))
    assert actions_of(stack.plan(changed)) == ["update service/api", "delete secret/db"]


def test_mounts_of_a_previous_spec_are_deleted_at_once_with_consent():
    db, api = declare("secret", "db", "1"), declare("service", "api", {"image": "a", "secrets": ["db"]})
    stack = applied_stack(db, api)

    plan = stack.plan(
        want(declare("service", "api", {"image": "a", "secrets": []}), removed=[("secret", "db")])
    )

    assert actions_of(plan) == ["update service/api", "delete secret/db"]


def test_mounts_of_a_released_services_previous_spec_are_kept():
    db, api = declare("secret", "db", "1"), declare("service", "api", {"image": "a", "secrets": ["db"]})
    stack = applied_stack(db, api)
    unmounted = declare("service", "api", {"image": "a", "secrets": []})
    for value in ("1", "2"):
        stack.apply(stack.plan(want(declare("secret", "db", value), unmounted)))
    releasing = want(declare("secret", "db", "3"), released=[("service", "api")])

    stack.apply(stack.plan(releasing))

    assert actions_of(stack.plan(releasing)) == []
    assert stack.platform.named("secret", "db.v1")


def test_mounted_old_versions_are_kept_without_a_note():
    stack = applied_stack(declare("secret", "db", "1"))
    mount = {"name": "db.v1", "file_name": "db", "uid": "0", "gid": "0", "mode": "292"}
    stack.platform.create("service", {"name": "cron", "image": "a", "secrets": [mount]})
    stack.apply(stack.plan(want(declare("secret", "db", "2"))))

    plan = stack.plan(want())

    assert actions_of(plan) == ["delete secret/db"]
    assert notes_of(plan) == ()


def broken(*, wait: bool = True) -> tuple[AppliedStack, Desired]:
    """A stack whose service failed after it no longer mounted a secret, and manifests that delete the secret by
    name.
    """
    db = declare("secret", "db", "1")
    without = declare("service", "api", {"image": "a", "secrets": []}, wait=wait)
    stack = applied_stack(db, declare("service", "api", {"image": "a", "secrets": ["db"]}))
    worked = {owned.name: owned.applied for owned in stack.record.owned}
    stack.apply(stack.plan(want(db, without)))
    stack.record = replace(stack.record, owned=tuple(
        replace(owned, state="failed", last_verified=worked[owned.name]) if owned.kind == "service" else owned
        for owned in stack.record.owned
    ))  # fmt: skip
    return stack, want(without, removed=[("secret", "db")])


def test_a_delete_under_removed_waits_for_a_service_that_is_down_and_worked_with_it_last():
    stack, desired = broken()

    plan = stack.plan(desired)

    assert actions_of(plan) == ["delete secret/db"]
    assert plan.changes[0].waits_for == (Blocker("api", "failed"),)
    (note,) = notes_of(plan)
    assert note == (
        "production/secret/db is named under removed and is not deleted yet: service/api (failed) worked with it last. "
        "It is deleted once every service that did is up, or has lifecycle: {wait: false}."
    )


def test_a_delete_under_removed_does_not_wait_for_a_service_that_nothing_is_to_wait_for():
    stack, desired = broken(wait=False)
    assert stack.plan(desired).changes[0].waits_for == ()


def test_a_delete_under_removed_waits_no_more_once_the_plan_writes_or_deletes_the_service():
    stack, _ = broken()
    changed = want(declare("service", "api", {"image": "b", "secrets": []}), removed=[("secret", "db")])
    gone = want(removed=[("secret", "db"), ("service", "api")])

    assert [change.waits_for for change in stack.plan(changed).changes] == [(), ()]
    service, secret = stack.plan(gone).changes
    assert (secret.waits_for, secret.needs) == ((), (service.address,))


def test_a_delete_under_removed_waits_for_a_service_of_another_stack_that_is_down_and_is_there():
    stack, desired = broken()
    stack.record = replace(
        stack.record, owned=tuple(owned for owned in stack.record.owned if owned.kind != "service")
    )
    others = {("secret", "db.v1"): (Blocker("api", "failed", "other"), Blocker("gone", "failed", "other"))}

    plan = stack.plan(replace(desired, manifests={}), foreign_worked=others)

    assert plan.changes[0].waits_for == (Blocker("api", "failed", "other"),)
    targeted = stack.plan(
        replace(desired, manifests={}), foreign_worked=others, targets=frozenset({("secret", "db")})
    )
    assert targeted.changes[0].waits_for == ()
