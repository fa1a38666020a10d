"""All commands agree on what runs and whether it is as declared, whichever run wrote it."""

import json
from typing import Any

from tests.e2e.conftest import Bench, Ended
from tests.e2e.test_across_runs import apply, lose_tasks_of, manifest, service
from tests.pipeline.outside import Outside

ROLLS_BACK = "replicas: 2, update_failure_action: rollback"


def summary(ended: Ended) -> dict[str, int]:
    found: dict[str, int] = json.loads(ended.out)["summary"]
    return {name: found[name] for name in ("pending", "drift", "held", "unverified")}


def standing(bench: Bench, name: str) -> dict[str, Any]:
    clusters = json.loads(bench.run("status", "--format", "json").out)["clusters"]
    return next(
        item
        for cluster in clusters
        for stack in cluster["stacks"]
        for item in stack["objects"]
        if item["name"] == name
    )


class TestRolledBack:
    def rolled_back(self, bench: Bench) -> None:
        bench.write(manifest(service("api", "api:1", ROLLS_BACK)))
        assert apply(bench).code == 0
        bench.write(manifest(service("api", "api:crash", ROLLS_BACK)))
        assert apply(bench).code == 1

    def test_no_command_reports_a_service_that_is_down_as_up_to_date(self, bench: Bench) -> None:
        self.rolled_back(bench)

        planned = bench.run("plan", "--detailed-exitcode", "--format", "json")
        drifted = bench.run("drift", "--format", "json")

        assert (planned.code, drifted.code, bench.run("status").code) == (2, 2, 2)
        assert summary(planned) == summary(drifted) == {"pending": 0, "drift": 0, "held": 1, "unverified": 0}
        assert "But live state differs from the manifests: 1 held after a rollback." in bench.run("drift").out

    def test_a_manifest_that_returns_to_what_runs_is_applied_at_once(self, bench: Bench) -> None:
        self.rolled_back(bench)
        bench.write(manifest(service("api", "api:1", ROLLS_BACK)))

        ended = apply(bench)

        assert ended.code == 0, ended.text
        assert bench.run("plan", "--detailed-exitcode").code == 0
        assert bench.run("status").code == 0


class TestDown:
    def test_every_run_and_status_show_the_cause(self, bench: Bench) -> None:
        nowhere = 'placement_constraints: ["node.hostname == nowhere"]'
        bench.write(manifest(service("crash", "app:crash"), service("picky", "app:1", nowhere)))
        texts = [apply(bench).text, apply(bench).text, bench.run("status").out]

        assert all("task: non-zero exit (1)" in text for text in texts)
        assert all("no suitable node" in text for text in texts)
        assert all("0 of 1 running" in text for text in texts)

    def test_tasks_of_the_old_version_are_distinguished_everywhere(self, bench: Bench) -> None:
        three = "replicas: 3, update_failure_action: pause"
        bench.write(manifest(service("api", "api:1", three)))
        assert apply(bench).code == 0
        bench.write(manifest(service("api", "api:missing", three)))
        texts = [apply(bench).text, apply(bench).text, bench.run("status").out]

        assert all("2 of 3 running, of the previous version" in text for text in texts)

    def test_status_names_image_and_age_and_ends_with_2(self, bench: Bench) -> None:
        bench.write(manifest(service("api", "nginx:1.27")))
        assert apply(bench).code == 0
        fine = bench.run("status")
        found = standing(bench, "api")
        lose_tasks_of(bench, "api")

        assert fine.code == 0
        assert "1 of 1 running, nginx:1.27, for " in fine.out
        assert found["age_seconds"] >= 0
        assert bench.run("status").code == 2
        assert bench.run("plan", "--detailed-exitcode").code == 0  # this run asks for no tasks

    def test_an_apply_without_changes_reports_it_too(self, bench: Bench) -> None:
        bench.write(manifest(service("api", "nginx:1.27")))
        assert apply(bench).code == 0
        lose_tasks_of(bench, "api")

        ended = apply(bench)

        assert ended.code == 1
        assert "production/service/api is not up: 0 of 1 running" in ended.out
        assert bench.run("plan", "--detailed-exitcode").code == 2  # now the record shows it


def test_pending_changes_are_not_drift_but_exit_2(bench: Bench) -> None:
    bench.write(manifest(service("api", "nginx:1.27")))
    assert apply(bench).code == 0
    bench.write(manifest(service("api", "nginx:1.28")))

    drifted = bench.run("drift", "--format", "json")

    assert drifted.code == 2
    assert summary(drifted) == {"pending": 1, "drift": 0, "held": 0, "unverified": 0}
    assert json.loads(drifted.out)["changes"] == []


def test_drift_plan_and_apply_draw_the_arrow_from_live_to_declared(bench: Bench) -> None:
    bench.write(manifest(service("api", "nginx:1.27", "replicas: 2")))
    assert apply(bench).code == 0
    with Outside(bench.server) as outside:
        outside.change("api", replicas=5)

    for arguments in (["drift"], ["plan"], ["apply", "--yes"]):
        assert "replicas: 5 → 2" in bench.run(*arguments).text


SECRET = "cluster: production\nsecrets: {key: {env: K}}\nvolumes: {data: {}}\n"


def test_a_missing_value_is_an_error_even_without_other_changes(bench: Bench) -> None:
    bench.write(SECRET)
    assert apply_with(bench).code == 0

    ended = apply(bench)
    planned = bench.run("plan", "--detailed-exitcode")

    assert ended.code == 1
    assert "has no value" in ended.err
    assert planned.code == 0
    assert "not checked" in planned.out


def test_a_run_of_another_target_does_not_need_the_value(bench: Bench) -> None:
    bench.write(SECRET)
    assert apply_with(bench).code == 0

    assert bench.run("apply", "--yes", "--target", "production/volume/data").code == 0
    assert bench.run("apply", "--yes", "--target", "production/secret/key").code == 1


def apply_with(bench: Bench) -> Ended:
    return bench.run("apply", "--yes", env={"RECONCILER_SECRET_K": "correct-horse"})


def test_a_timeout_shorter_than_the_policy_is_refused_in_the_plan(bench: Bench) -> None:
    slow = "replicas: 4, update_parallelism: 2, update_delay: 10"
    bench.write(manifest(service("api", "nginx:1", slow)))
    assert apply(bench).code == 0
    bench.write(manifest(service("api", "nginx:2", slow)))

    ended = bench.run("apply", "--yes", "--timeout", "10")

    assert ended.code == 3
    assert "--timeout 10 is shorter than its rollout takes by its update policy, 11 s" in ended.err


def test_a_list_of_tasks_without_running_ones_is_recorded_as_shown(bench: Bench) -> None:
    bench.write(manifest(service("api", "nginx:crash"), service("old", "nginx:crash")))
    assert apply(bench).code == 1
    bench.write(manifest(service("api", "nginx:1"), service("old", "nginx:1")))
    with Outside(bench.server) as outside:
        match = {"method": "GET", "path_regex": "/tasks$"}
        outside.ask("POST", "/_emulator/faults", [{"kind": "401", "match": match}])

        ended = apply(bench)

    assert ended.code == 1
    assert "this cluster has shown tasks before, and shows none now" in ended.out


def test_without_task_lists_a_write_is_accepted_and_not_verified(bench: Bench) -> None:
    bench.write(manifest(service("api", "nginx:1"), service("old", "nginx:1")))
    with Outside(bench.server) as outside:
        match = {"method": "GET", "path_regex": "/tasks$"}
        outside.ask("POST", "/_emulator/faults", [{"kind": "401", "match": match}])
        first = apply(bench)
        bench.write(manifest(service("api", "nginx:1")))
        second = apply(bench)

    assert (first.code, second.code) == (0, 0), first.text + second.text
    assert "accepted, not verified: this platform shows no tasks" in first.err
    assert "service/old: deleted" in second.err


class TestNobodyWaits:
    def test_setting_wait_to_false_changes_only_the_record(self, bench: Bench) -> None:
        bench.write(manifest(service("api", "nginx:crash"), service("web", "nginx:1")))
        assert apply(bench).code == 1
        bench.write(
            manifest(service("api", "nginx:crash", "lifecycle: {wait: false}"), service("web", "nginx:1"))
        )

        planned = bench.run("plan", "--detailed-exitcode")
        applied = apply(bench)

        assert planned.code == 0, planned.text
        assert "record only: service/api: lifecycle.wait: true → false" in planned.out
        assert applied.code == 0, applied.text
        assert bench.run("status").code == 0
        assert "record only" not in bench.run("plan").out

    def test_setting_wait_to_true_takes_effect_at_once(self, bench: Bench) -> None:
        bench.write(
            manifest(service("api", "nginx:crash", "lifecycle: {wait: false}"), service("web", "nginx:1"))
        )
        assert apply(bench).code == 0
        bench.write(manifest(service("api", "nginx:crash"), service("web", "nginx:1")))

        assert bench.run("plan", "--detailed-exitcode").code == 2
        assert apply(bench).code == 1
        assert bench.run("status").code == 2


def test_if_tasks_are_no_longer_shown_deletes_wait_unless_no_tasks_is_given(bench: Bench) -> None:
    bench.write(manifest(service("api", "nginx:1"), service("old", "nginx:1"), service("keep", "nginx:1")))
    assert apply(bench).code == 0
    bench.write(manifest(service("api", "nginx:1"), service("keep", "nginx:1")))
    with Outside(bench.server) as outside:
        match = {"method": "GET", "path_regex": "/tasks$"}
        outside.ask("POST", "/_emulator/faults", [{"kind": "401", "match": match}])

        waiting = apply(bench)
        ended = apply(bench, "--no-tasks")
        outside.ask("DELETE", "/_emulator/faults")

    assert waiting.code == 1
    assert "this cluster has shown tasks before, and shows none now" in waiting.out
    assert "waits for service/api (not verified), service/keep (not verified)" in waiting.out
    assert ended.code == 0, ended.text
    shown = bench.run("status").out  # by its tasks again: the verified ones are still known
    assert shown.count("verified") == shown.count("1 of 1 running, nginx:1") == 2, shown
