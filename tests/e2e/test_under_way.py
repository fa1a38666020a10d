"""Nothing is written during a rollout that is in progress or paused, except a change that repairs it."""

from tests.e2e.conftest import Bench
from tests.e2e.test_across_runs import apply, manifest, service


def paused(bench: Bench) -> None:
    bench.write(manifest(service("api", "api:1", "replicas: 2, update_failure_action: pause")))
    assert apply(bench).code == 0
    bench.write(manifest(service("api", "api:crash", "replicas: 2, update_failure_action: pause")))
    assert apply(bench).code == 1


def test_a_write_that_starts_no_new_tasks_waits_while_the_rollout_is_paused(bench: Bench) -> None:
    paused(bench)
    bench.write(manifest(service("api", "api:crash", "replicas: 3, update_failure_action: pause")))

    ended = apply(bench)

    assert ended.code == 1
    assert "held: its last rollout failed, and a write that starts no new tasks could resume it" in ended.out


def test_another_image_repairs_a_failed_rollout(bench: Bench) -> None:
    paused(bench)
    bench.write(manifest(service("api", "api:2", "replicas: 3, update_failure_action: pause")))

    ended = apply(bench)

    assert ended.code == 0, ended.text


def test_the_previous_spec_is_restored_even_if_the_update_had_set_scalars(bench: Bench) -> None:
    bench.write(manifest(service("api", "api:1")))
    assert apply(bench).code == 0
    more = (
        "port: 8080, protocol: http, command: run, healthcheck_path: /up, lifecycle: {on_failure: rollback}"
    )
    bench.write(manifest(service("api", "api:crash", more)))

    ended = apply(bench)

    assert ended.code == 1
    assert "its previous spec was restored" in ended.out
    assert "could not be restored" not in ended.out


def test_a_service_that_never_ran_is_corrected_without_waiting_for_it(bench: Bench) -> None:
    nowhere = "placement_constraints: ['node.labels.disk == fast']"
    bench.write(manifest(service("api", "api:1", nowhere)))
    assert bench.run("apply", "--yes", "-q", "--timeout", "1").code == 1
    begun = len(bench.requests())
    bench.write(manifest(service("api", "api:1", "placement_constraints: []")))

    ended = apply(bench)

    assert ended.code == 0, ended.text
    asked = bench.requests()[begun:]
    before = asked[: [request["method"] for request in asked].index("PUT")]
    assert sum(request["path"].endswith("/tasks") for request in before) < 4
