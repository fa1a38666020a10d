"""What a real Swarm was seen to do in rollouts, and what the reconciler makes of it; on the simulation too where that
can be asked."""

import pytest

from tests.backend.test_both import applied, is_settled, web

pytestmark = pytest.mark.backend
only_swarm = pytest.mark.parametrize("backend", ["swarm"], indirect=True)


def engines_own(backend, name="web"):
    """A service as the engine itself has it."""
    return next(one for one in backend.engine.services() if one["Spec"]["Name"] == name)


@only_swarm
def test_an_apply_that_changes_nothing_writes_nothing(bench, backend):
    applied(bench, web())
    before = engines_own(backend)["Version"]
    applied(bench, web())
    assert engines_own(backend)["Version"] == before


def test_a_monitor_of_0_is_watched_for_five_seconds(bench):
    text = web(tag="crash-late").replace("update_monitor: 1", "update_monitor: 0")
    bench.write(text)
    ended = bench.run("apply", "--yes")
    assert ended.code == 1, ended.text
    assert "non-zero exit (1)" in ended.text
    applied(bench, text.replace("crash-late", "1"))
    is_settled(bench)


def test_a_service_that_completes_is_a_failure(bench):
    bench.write(web(tag="complete"))
    ended = bench.run("apply", "--yes", "--timeout", "20")
    assert ended.code == 1, ended.text
    assert "of 1 running" in ended.text


def test_nothing_is_written_into_a_rollout_that_is_paused(bench, outside):
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


def test_a_rollout_that_is_under_way_is_followed_to_its_end_before_anything_is_written(bench, outside, api):
    slow = "update_delay: 3"
    applied(bench, web(replicas=2, more=slow))
    key = outside.named("services", "web")["id"]
    first = api.running(key, 2)
    bench.write(web(replicas=2, value="2", more=slow))
    run = bench.begin("apply", "--yes")
    api.until(lambda: len(api.tasks(key)) > len(first))
    run.kill()
    run.wait(60)
    assert bench.run("unlock", "production", "--yes", "--force").code == 0

    applied(bench, web(replicas=2, value="3", more=slow))

    assert len(api.tasks(key)) == 3 * len(first)  # each of both tasks of the second version was made
    is_settled(bench)


def test_a_refusal_that_is_final_is_told_with_what_the_server_says(bench, outside):
    applied(bench, web())
    bench.write(web(more='placement_constraints: ["x == y"]'))
    ended = bench.run("apply", "--yes")
    assert ended.code == 1, ended.text
    assert "key 'x' is invalid" in ended.text
    assert outside.named("services", "web")["placement_constraints"] == []


@only_swarm
def test_a_volume_that_stopped_containers_hold_is_kept_and_goes_after_the_next_updates(bench, outside):
    applied(bench, web(more='mounts: ["data:/data"]') + "volumes: {data: {}}\n")
    gone = "removed: {volumes: [data]}\n"
    ended = applied(bench, web(more="mounts: []") + gone)
    assert "kept: containers that have stopped still hold it" in ended.text
    assert outside.all("volumes")
    for value in "2345":
        outside.change("web", environment_variables=[{"key": "A", "value": value}])
    applied(bench, web(value="6", more="mounts: []") + gone)
    assert not outside.all("volumes")


@only_swarm
def test_a_plan_says_that_a_change_of_variables_may_bring_new_code(bench):
    applied(bench, web())
    bench.write(web(value="2"))
    ended = bench.run("plan")
    assert "its live image local/app:1 has no digest" in ended.text


@only_swarm
def test_tasks_that_an_engines_restart_ended_are_no_failure_of_a_service_that_is_up(
    bench, outside, backend, api
):
    applied(bench, web())
    (manager,) = outside.all("nodes")
    key = outside.named("services", "web")["id"]
    before = api.running(key, 1)
    assert api("POST", f"/nodes/{manager['id']}/reboot")[0] == 202
    api.until(lambda: before & {one["id"] for one in api.tasks(key) if one["desired_state"] == "shutdown"})
    api.running(key, 1)
    ended = [one["status"]["state"] for one in api.tasks(key) if one["id"] in before]
    assert ended == ["complete"]  # the image's program ends with 0 when it is told to

    ended = bench.run("apply", "--yes")

    assert ended.code == 0, ended.text
    assert bench.run("status").code == 0


@only_swarm
def test_a_swarm_of_three_engines_takes_a_node_in_drains_it_and_lets_it_go(bench, outside, backend, running):
    nodes = "nodes: {{Small: {}}}\n"
    spread = web(replicas=6)
    applied(bench, spread + nodes.format(3))
    assert [one["Spec"]["Role"] for one in backend.engine.nodes()].count("worker") == 2
    worker = next(one["id"] for one in outside.all("nodes") if not one["swarm_manager"])
    applied(bench, web(replicas=6, value="2") + nodes.format(3))  # tasks come to the new nodes now

    applied(bench, web(replicas=6, value="2") + nodes.format(2) + f"removed: {{nodes: [{worker}]}}\n")

    assert len(backend.engine.nodes()) == 2
    assert len(running("web")) == 6
    others = [one["id"] for one in outside.all("nodes") if not one["swarm_manager"]]
    applied(bench, web(replicas=6, value="2") + nodes.format(1) + f"removed: {{nodes: [{others[0]}]}}\n")
    is_settled(bench)


@only_swarm
def test_services_of_a_stack_are_imported_and_adopted_without_a_restart(bench, backend, running):
    labels = {"com.docker.stack.namespace": "shop", "com.docker.stack.image": "local/app:1"}
    task = {
        "ContainerSpec": {
            "Image": "local/app:1",
            "Env": ["A=1", "B"],
            "Labels": {"com.docker.stack.namespace": "shop"},
            "StopGracePeriod": 2_000_000_000,
        },
        "Resources": {"Limits": {"MemoryBytes": 64_000_000}},
    }
    backend.engine.create_service(task, name="shop_web", labels=labels, mode={"Replicated": {"Replicas": 2}})
    while len(running("shop_web")) < 2:
        pass
    before = running("shop_web")
    assert bench.run("import", "production", "--out", "clusters").code == 0
    ended = bench.run("apply", "clusters", "--adopt", "--yes")
    assert ended.code == 0, ended.text
    assert running("shop_web") == before
    assert bench.run("plan", "clusters", "--detailed-exitcode").code == 0

    path = next(one for one in bench.folder.rglob("*.yaml") if "shop_web" in one.read_text(encoding="utf-8"))
    path.write_text(path.read_text(encoding="utf-8").replace("A: '1'", "A: '2'").replace('A: "1"', 'A: "2"'))
    ended = bench.run("apply", "clusters", "--yes")
    assert ended.code == 0, ended.text
    spec = engines_own(backend, "shop_web")["Spec"]
    assert spec["Labels"].items() >= labels.items()
    assert spec["TaskTemplate"]["ContainerSpec"]["StopGracePeriod"] == 2_000_000_000
    assert spec["TaskTemplate"]["Resources"] == task["Resources"]
