from reconciler.model import Address, Blocker, Owned
from reconciler.render.waits import described, way_out
from tests.changes import change_of

HELD = (Blocker("db", "rolled back"),)


def delete(kind, **more):
    return change_of(Address("production", kind, "old"), "delete", **more)


def test_a_service_that_is_waited_for_with_how_it_is():
    assert (
        described((*HELD, Blocker("api", "down"))) == "service/db (held after a rollback), service/api (down)"
    )


def test_a_service_of_another_stack_is_named_with_it():
    assert described((Blocker("web", "failed", "shop"),)) == "service/web of the stack shop (failed)"


def test_what_is_named_under_removed_is_deleted_once_the_service_is_left_out():
    assert way_out(delete("secret", consented=True), HELD) == (
        "to delete it anyway, set lifecycle: {wait: false} on that service"
    )


def test_a_delete_may_be_consented_to_by_name_or_the_service_left_out():
    assert way_out(delete("volume"), HELD) == (
        "to delete it anyway, name it under removed.volumes, or set lifecycle: {wait: false} on that service"
    )


def test_a_service_that_gets_another_name_is_consented_to_instead_of_moved():
    assert way_out(delete("service", replaced_by="new"), HELD).startswith(
        "to delete it anyway, name it under removed.services instead of moved, or set"
    )


def test_an_old_version_needs_no_consent_so_only_the_service_can_be_left_out():
    former = delete("config", owned=Owned("config", "old", "old.v1", "1", retired=True))

    assert way_out(former, (*HELD, *HELD)) == (
        "to delete it anyway, set lifecycle: {wait: false} on those services"
    )


def test_only_a_healthy_service_frees_a_write():
    assert way_out(change_of(Address("production", "service", "web"), "update"), HELD) == ""
