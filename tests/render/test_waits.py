from reconciler.model import Address, Blocker, Owned
from reconciler.render.waits import described, way_out
from tests.changes import change_of

HELD = (Blocker("db", "rolled back"),)


def delete(kind, **more):
    return change_of(Address("production", kind, "old"), "delete", **more)


def test_a_blocking_service_is_shown_with_its_state():
    assert (
        described((*HELD, Blocker("api", "down"))) == "service/db (held after a rollback), service/api (down)"
    )


def test_a_service_of_another_stack_is_named_with_its_stack():
    assert described((Blocker("web", "failed", "shop"),)) == "service/web of the stack shop (failed)"


def test_a_delete_under_removed_advises_to_remove_the_service():
    assert way_out(delete("secret", consented=True), HELD) == (
        "to delete it anyway, set lifecycle: {wait: false} on that service"
    )


def test_a_delete_advises_consent_or_removal_of_the_service():
    assert way_out(delete("volume"), HELD) == (
        "to delete it anyway, name it under removed.volumes, or set lifecycle: {wait: false} on that service"
    )


def test_a_renamed_service_advises_consent():
    assert way_out(delete("service", replaced_by="new"), HELD).startswith(
        "to delete it anyway, name it under removed.services instead of moved, or set"
    )


def test_an_old_version_advises_only_removal_of_the_service():
    former = delete("config", owned=Owned("config", "old", "old.v1", "1", retired=True))

    assert way_out(former, (*HELD, *HELD)) == (
        "to delete it anyway, set lifecycle: {wait: false} on those services"
    )


def test_a_write_advises_only_to_repair_the_service():
    assert way_out(change_of(Address("production", "service", "web"), "update"), HELD) == ""
