"""What the status of an object says of it."""

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


def test_a_service_that_failed_shows_why_even_at_a_moment_when_all_its_tasks_run():
    for running in (False, True):
        assert service("failed", running=running).causes == ("task: non-zero exit (1)",)


def test_an_error_from_before_is_not_shown_once_its_successor_runs_in_a_verified_service():
    assert service("verified", running=True).causes == ()
    assert service("verified", running=False).causes == ("task: non-zero exit (1)",)


def test_a_service_that_nobody_waits_for_shows_why_it_is_down_though_it_counts_as_recorded():
    failed = service("failed", running=False, wait=False)

    assert failed.is_as_recorded
    assert failed.causes == ("task: non-zero exit (1)",)


def test_an_object_without_tasks_has_no_causes():
    assert ObjectStatus(Owned("secret", "key", "key.v1", "k1"), True).causes == ()
