"""The status of an object."""

from reconciler.model import Owned, RecordedState
from reconciler.model.rollout import Health
from reconciler.overview import ObjectStatus


def service(state: RecordedState, *, running: bool, wait: bool = True) -> ObjectStatus:
    health = Health(
        replicas=1,
        running=frozenset("b" if running else ""),
        failed=frozenset("a"),
        errors=("task: non-zero exit (1)",),
    )
    return ObjectStatus(Owned("service", "api", "api", "s1", state=state, wait=wait), True, health=health)


def test_a_failed_service_shows_why_even_if_all_its_tasks_run_now():
    for running in (False, True):
        assert service("failed", running=running).causes == ("task: non-zero exit (1)",)


def test_an_old_error_is_not_shown_for_a_verified_service():
    assert service("verified", running=True).causes == ()
    assert service("verified", running=False).causes == ("task: non-zero exit (1)",)


def test_a_service_with_wait_false_shows_why_it_is_down():
    failed = service("failed", running=False, wait=False)

    assert failed.is_as_recorded
    assert failed.causes == ("task: non-zero exit (1)",)


def test_an_object_without_tasks_has_no_causes():
    assert ObjectStatus(Owned("secret", "key", "key.v1", "k1"), True).causes == ()
