"""Rules that hold across several applies: a service that is down holds back deletes and its dependents."""

import json

from tests.e2e.conftest import Bench, Ended

QUICK = "update_monitor: 1"


def manifest(*services: str, rest: str = "") -> str:
    return "cluster: production\nservices:\n" + "".join(f"  {entry}\n" for entry in services) + rest


def service(name: str, image: str, more: str = "") -> str:
    return f"{name}: {{image: '{image}', {QUICK}{', ' if more else ''}{more}}}"


def apply(bench: Bench, *arguments: str) -> Ended:
    return bench.run("apply", "--yes", "--timeout", "10", *arguments)


def live(bench: Bench) -> dict[str, str]:
    """The image of each service, by the record's status."""
    found = json.loads(bench.run("status", "--cluster", "production", "--format", "json").out)
    return {
        item["name"]: item["state"]
        for cluster in found["clusters"]
        for stack in cluster["stacks"]
        for item in stack["objects"]
        if item["kind"] == "service" and item["present"]
    }


class TestDeletes:
    def replaced_by_one_that_crashes(self, bench: Bench, removed: str = "") -> Ended:
        bench.write(manifest(service("keep", "nginx:1"), service("old", "nginx:1")))
        assert apply(bench).code == 0
        new = manifest(service("keep", "nginx:1"), service("new", "nginx:crash"), rest=removed)
        bench.write(new)
        ended = apply(bench)
        assert ended.code == 1
        assert "old" in live(bench)
        return ended

    def test_a_repeated_apply_deletes_nothing_either(self, bench: Bench) -> None:
        self.replaced_by_one_that_crashes(bench)

        ended = apply(bench)

        assert ended.code == 1
        assert "old" in live(bench)
        assert "waits for service/new (failed)" in ended.text
        assert "Apply NOT complete" in ended.out

    def test_the_plan_names_what_a_delete_waits_for_and_both_solutions(self, bench: Bench) -> None:
        self.replaced_by_one_that_crashes(bench)

        ended = bench.run("plan")
        (change,) = bench.plan()["changes"]

        assert "waits for service/new (failed); to delete it anyway, name it under" in (ended.out)
        assert "removed.services, or set lifecycle: {wait: false} on that service" in ended.out
        assert change["waits_for"] == [{"service": "new", "condition": "failed"}]

    def test_a_delete_under_removed_waits_only_for_the_runs_writes(self, bench: Bench) -> None:
        first = self.replaced_by_one_that_crashes(bench, "removed: {services: [old]}\n")
        assert "old" in live(bench)
        assert (
            "named under removed: the next apply waits only for services that it writes itself" in first.out
        )
        planned = bench.run("plan", ".")
        assert "service/old does not wait for service/new (failed): it is named under removed" in planned.out

        ended = apply(bench)

        assert ended.code == 1  # new is still down
        assert "old" not in live(bench)

    def test_a_service_with_wait_false_holds_no_delete(self, bench: Bench) -> None:
        bench.write(manifest(service("keep", "nginx:1"), service("old", "nginx:1")))
        assert apply(bench).code == 0
        careless = service("new", "nginx:crash", "lifecycle: {wait: false}")
        bench.write(manifest(service("keep", "nginx:1"), careless))

        ended = apply(bench)

        assert ended.code == 0, ended.text
        assert "old" not in live(bench)

    def test_with_no_wait_nothing_is_deleted(self, bench: Bench) -> None:
        bench.write(
            manifest(service("keep", "nginx:1"), service("old", "nginx:1"), service("more", "nginx:1"))
        )
        assert apply(bench).code == 0
        bench.write(
            manifest(
                service("keep", "nginx:1"), service("more", "nginx:1"), rest="removed: {services: [old]}\n"
            )
        )

        ended = apply(bench, "--no-wait")

        assert "old" in live(bench)
        assert ended.code == 1
        assert "--no-wait deletes nothing" in ended.out
        assert "To continue: reconciler apply --timeout 10 ." in ended.out
        assert apply(bench).code == 0

    def test_a_service_that_went_down_by_itself_holds_deletes(self, bench: Bench) -> None:
        picky = service("picky", "nginx:1", 'placement_constraints: ["node.role == manager"]')
        bench.write(manifest(picky, service("keep", "nginx:1"), service("old", "nginx:1")))
        assert apply(bench).code == 0
        lose_tasks_of(bench, "picky")
        bench.write(manifest(picky, service("keep", "nginx:1")))

        ended = apply(bench)

        assert ended.code == 1
        assert "old" in live(bench)
        assert "waits for service/picky (down)" in ended.text
        assert "service/picky is not up: 0 of 1 running" in ended.text

    def test_a_target_waits_only_for_targets(self, bench: Bench) -> None:
        bench.write(
            manifest(service("keep", "nginx:1"), service("down", "nginx:crash"), rest="volumes: {v: {}}\n")
        )
        assert apply(bench).code == 1
        bench.write(
            manifest(
                service("keep", "nginx:1"), service("down", "nginx:crash"), rest="removed: {volumes: [v]}\n"
            )
        )

        ended = apply(bench, "--target", "production/volume/v")

        assert ended.code == 0, ended.text


class TestTakeovers:
    def taking(self, db: str) -> str:
        host = "port: 80, hosts: [a.example.com]"
        return manifest(
            service("keep", "nginx:1"),
            service("db", db),
            service("new", "nginx:1", f"{host}, depends_on: [db]"),
            rest="removed: {services: [old]}\n",
        )

    def test_a_service_whose_host_moves_is_deleted_after_all_others_are_up(self, bench: Bench) -> None:
        old = service("old", "nginx:1", "port: 80, hosts: [a.example.com]")
        bench.write(manifest(service("keep", "nginx:1"), old))
        assert apply(bench).code == 0

        bench.write(self.taking("db:crash"))
        failed = apply(bench)
        after_failure = live(bench)
        bench.write(self.taking("db:1"))
        unwatched = apply(bench, "--no-wait")
        after_unwatched = live(bench)
        done = apply(bench)

        assert (failed.code, unwatched.code, done.code) == (1, 1, 0), done.text
        assert "old" in after_failure
        assert "old" in after_unwatched
        assert "deletes wait until everything else is done and up; not yet: service/db" in failed.out
        assert set(live(bench)) == {"keep", "db", "new"}


class TestDependents:
    def rolled_back(self, bench: Bench) -> None:
        bench.write(self.two("api:1", "worker:1"))
        assert apply(bench).code == 0
        bench.write(self.two("api:crash", "worker:2"))
        ended = apply(bench)
        assert ended.code == 1
        assert "it needs production/service/api, which was not done" in ended.text

    def two(self, api: str, worker: str, more: str = "replicas: 2") -> str:
        return manifest(
            service("api", api, "update_failure_action: rollback"),
            service("worker", worker, f"depends_on: [api], {more}"),
        )

    def test_a_repeated_apply_does_not_write_dependents_of_a_rolled_back_service(self, bench: Bench) -> None:
        self.rolled_back(bench)

        ended = apply(bench)

        assert ended.code == 1
        assert "it needs service/api (held after a rollback)" in ended.text
        assert "waits for service/api (held after a rollback)" in ended.text

    def test_a_write_that_only_lowers_replicas_does_not_wait(self, bench: Bench) -> None:
        self.rolled_back(bench)
        bench.write(self.two("api:crash", "worker:1", "replicas: 1"))

        ended = apply(bench)

        assert (
            "worker is written though service/api is held after a rollback: it only lowers replicas"
            in ended.err
        )
        assert "service/worker: updated" in ended.err

    def test_a_target_does_not_wait_for_its_dependencies(self, bench: Bench) -> None:
        self.rolled_back(bench)

        ended = apply(bench, "--target", "production/service/worker")

        assert "it is a target of this run" in ended.err
        assert "service/worker: updated" in ended.err

    def test_a_return_to_the_last_verified_spec_does_not_wait(self, bench: Bench) -> None:
        bench.write(self.two("api:1", "worker:1"))
        assert apply(bench).code == 0
        bench.write(self.two("api:1", "worker:crash"))
        assert apply(bench).code == 1
        bench.write(self.two("api:crash", "worker:crash"))
        assert apply(bench).code == 1
        bench.write(self.two("api:crash", "worker:1"))

        ended = apply(bench)

        assert "it returns to what was last verified" in ended.err
        assert "service/worker: updated" in ended.err


def lose_tasks_of(bench: Bench, name: str) -> None:
    """Let the platform lose all tasks of a service and find no node for new ones."""
    from tests.pipeline.outside import Outside

    with Outside(bench.server) as outside:
        state = outside.ask("GET", "/_emulator/state")
        for _, kind, body in state["objects"]:
            if kind == "service" and body["name"] == name:
                body["tasks"] = [
                    {**task, "id": task["id"][::-1], "begin": None, "stop": None} for task in body["tasks"]
                ]
        outside.ask("PUT", "/_emulator/state", state)
