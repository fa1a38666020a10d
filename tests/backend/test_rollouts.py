"""The behaviour of a real Swarm in rollouts and reconciler's reaction; also with the simulation if possible."""

import re

import pytest

from reconciler.emulator.answers import Refusal
from reconciler.emulator.swarm.engine import Engine
from reconciler.emulator.swarm.services import Services
from tests.backend.test_both import applied, is_settled, web

pytestmark = pytest.mark.backend
only_swarm = pytest.mark.parametrize("backend", ["swarm"], indirect=True)


def engines_own(backend, name="web"):
    """A service as the engine itself stores it."""
    return next(service for service in backend.engine.services() if service["Spec"]["Name"] == name)


@only_swarm
def test_an_apply_that_changes_nothing_writes_nothing(bench, backend):
    applied(bench, web())
    before = engines_own(backend)["Version"]
    applied(bench, web())
    assert engines_own(backend)["Version"] == before


FAILING = """
cluster: production
services:
  completes: {image: local/app:complete, update_monitor: 1}
  crashes-after-3-s: {image: local/app:crash-late, update_monitor: 6}
  crashes-with-a-monitor-of-0: {image: local/app:crash-late, update_monitor: 0}
"""


def test_a_service_that_does_not_stay_up_for_its_window_fails_and_0_means_5_s(bench):
    bench.write(FAILING)
    ended = bench.run("apply", "--yes")
    assert ended.code == 1, ended.text
    # On a busy machine one more task has started and failed by the time they are listed.
    failed = re.findall(r"[01] of 1 running, [3-9] tasks failed", ended.out)
    assert len(failed) == 3, ended.text
    assert ended.out.count("non-zero exit (1)") == 2
    applied(bench, FAILING.replace(":complete", ":1").replace(":crash-late", ":1"))
    is_settled(bench)


def test_nothing_is_written_during_a_paused_rollout(bench, outside):
    applied(bench, web(replicas=2))
    bench.write(web(tag="crash", replicas=2))
    assert bench.run("apply", "--yes").code == 1
    before = outside.named("services", "web")

    bench.write(web(tag="crash", replicas=2, more="hosts: [a.example.com]"))
    ended = bench.run("apply", "--yes")

    assert ended.code == 1, ended.text
    assert "held: its last rollout failed" in ended.text
    assert outside.named("services", "web") == before
    applied(bench, web(tag="2", replicas=2, more="hosts: [a.example.com]"))
    is_settled(bench)


def test_a_rollout_in_progress_is_watched_to_its_end_before_a_write(bench, outside, api):
    slow = "update_delay: 2"
    applied(bench, web(replicas=2, more=slow))
    key = outside.named("services", "web")["id"]
    first = api.running(key, 2)
    bench.write(web(replicas=2, value="2", more=slow))
    run = bench.begin("apply", "--yes")
    api.until(lambda: len(api.tasks(key)) > len(first))
    run.kill()
    run.wait()
    assert bench.run("unlock", "production", "--yes", "--force").code == 0

    applied(bench, web(replicas=2, value="3", more=slow))

    assert len(api.tasks(key)) == 3 * len(first)  # both tasks of the second version were created
    is_settled(bench)


def test_a_final_refusal_shows_the_servers_message(bench, outside):
    applied(bench, web())
    bench.write(web(more='placement_constraints: ["x == y"]'))
    ended = bench.run("apply", "--yes")
    assert ended.code == 1, ended.text
    assert "key 'x' is invalid" in ended.text
    assert outside.named("services", "web")["placement_constraints"] == []


@only_swarm
def test_a_volume_held_by_stopped_containers_is_deleted_after_later_updates(bench, outside, api):
    applied(bench, web(more='mounts: ["data:/data"]') + "volumes: {data: {}}\n")
    gone = "removed: {volumes: [data]}\n"
    ended = applied(bench, web(more="mounts: []") + gone)
    assert "kept: containers that have stopped still hold it" in ended.text
    assert outside.all("volumes")
    key = outside.named("services", "web")["id"]
    for value in "2345":  # a change before the last one has its task is not kept in the history
        before = api.running(key, 1)
        outside.change("web", environment_variables=[{"key": "A", "value": value}])
        api.until(lambda before=before: not before & api.running(key, 1))
    applied(bench, web(value="6", more="mounts: []") + gone)
    assert not outside.all("volumes")


@only_swarm
def test_a_plan_notes_that_a_change_of_variables_may_start_a_newer_image(bench):
    applied(bench, web())
    bench.write(web(value="2"))
    ended = bench.run("plan")
    assert "its live image local/app:1 has no digest" in ended.text


@only_swarm
def test_tasks_ended_by_an_engine_restart_do_not_fail_a_service_that_is_up(bench, outside, backend, api):
    applied(bench, web())
    (manager,) = outside.all("nodes")
    key = outside.named("services", "web")["id"]
    before = api.running(key, 1)
    assert api("POST", f"/nodes/{manager['id']}/reboot")[0] == 202
    api.until(lambda: before & {task["id"] for task in api.tasks(key) if task["desired_state"] == "shutdown"})
    api.until(lambda: not before & api.running(key, 1))
    # The state depends on whether the engine could still report how it ended.
    assert {api.ended(key, "complete", "failed", "shutdown")["id"]} == before

    ended = bench.run("apply", "--yes")

    assert ended.code == 0, ended.text
    assert bench.run("status").code == 0


@only_swarm
def test_a_node_joins_a_swarm_of_three_engines_is_drained_and_leaves(
    bench, outside, backend, api, docker_command
):
    service = web(replicas=6, more="update_parallelism: 0")
    applied(bench, f"{service}nodes: {{Small: 3}}\n")
    assert [node["Spec"]["Role"] for node in backend.engine.nodes()].count("worker") == 2
    assert len({task["NodeID"] for task in backend.engine.tasks()}) == 3
    worker = next(node["id"] for node in outside.all("nodes") if not node["swarm_manager"])

    applied(bench, f"{service}nodes: {{Small: 2}}\nremoved: {{nodes: [{worker}]}}\n")

    assert len(backend.engine.nodes()) == 2
    key = outside.named("services", "web")["id"]
    before = api.running(key, 6)
    is_settled(bench)

    (lost,) = [node["ID"] for node in backend.engine.nodes() if node["Spec"]["Role"] == "worker"]
    docker_command("node", "rm", "--force", lost)  # its engine still runs, but no longer reports
    after = api.running(key, 6)
    orphaned = {task["id"] for task in api.tasks(key) if task["status"]["state"] == "orphaned"}
    assert orphaned == before - after
    assert orphaned
    assert "node" in bench.run("plan").text
    applied(bench, f"{service}nodes: {{Small: 1}}\n")
    assert api.running(key, 6) == after
    assert bench.run("status").code == 0
    is_settled(bench)


STACK = """
services:
  web:
    image: local/app:1
    environment: [A=1]
    stop_grace_period: 2s
    deploy:
      replicas: 2
      resources: {limits: {memory: 64M}}
      update_config: {parallelism: 0, monitor: 1s}
"""


@only_swarm
def test_services_of_a_stack_are_imported_and_adopted_without_a_restart(
    bench, backend, running, api, outside, docker_command
):
    compose = bench.folder.parent / "compose.yaml"
    compose.write_text(STACK, encoding="utf-8")
    docker_command("stack", "deploy", "--resolve-image", "never", "--compose-file", str(compose), "shop")
    before = api.running(outside.named("services", "shop_web")["id"], 2)
    made = engines_own(backend, "shop_web")["Spec"]
    assert bench.run("import", "production", "--out", "clusters").code == 0
    ended = bench.run("apply", "clusters", "--adopt", "--yes")
    assert ended.code == 0, ended.text
    assert running("shop_web") == before
    assert bench.run("plan", "clusters", "--detailed-exitcode").code == 0

    path = next(
        file for file in bench.folder.rglob("*.yaml") if "shop_web" in file.read_text(encoding="utf-8")
    )
    path.write_text(
        path.read_text(encoding="utf-8").replace("A: '1'", "A: '2'").replace('A: "1"', 'A: "2"'),
        encoding="utf-8",
    )
    ended = bench.run("apply", "clusters", "--yes")
    assert ended.code == 0, ended.text
    spec = engines_own(backend, "shop_web")["Spec"]
    changed = {**made["TaskTemplate"]["ContainerSpec"], "Env": ["A=2"]}
    assert spec["TaskTemplate"]["ContainerSpec"] == changed
    # A PUT has the whole body, so Docker's default for a missing rollback policy is now explicit.
    policy = {
        "Parallelism": 1,
        "FailureAction": "pause",
        "Monitor": 5_000_000_000,
        "MaxFailureRatio": 0,
        "Order": "stop-first",
    }
    assert {**spec, "TaskTemplate": 0} == {**made, "RollbackConfig": policy, "TaskTemplate": 0}
    for part in ("Resources", "Networks", "RestartPolicy", "Placement"):
        assert spec["TaskTemplate"].get(part) == made["TaskTemplate"].get(part)


@only_swarm
def test_a_new_object_version_without_a_change_is_not_a_conflict(api, backend):
    key = api.made("services", name="web", image="local/app:1", replicas=0)["id"]
    engine = Engine(backend.url, "none")
    services, read = Services(engine), engine.client.inspect_service(key)
    try:
        services._write_to(read, read["Spec"])

        services._write(read, {**read["Spec"], "Labels": {"written": "yes"}})

        assert engine.client.inspect_service(key)["Spec"]["Labels"] == {"written": "yes"}
        with pytest.raises(Refusal) as lost:
            services._write(read, {**read["Spec"], "Labels": {"written": "again"}})
        assert lost.value.status == 500
    finally:
        engine.close()
