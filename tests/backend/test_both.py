"""The main features with the simulation and with a real Swarm: the same manifests, the same messages."""

import json

import pytest

pytestmark = pytest.mark.backend

WEB = """
cluster: production
services:
  web:
    image: local/app:{tag}
    replicas: {replicas}
    environment_variables: {{B: "1", A: "{value}"}}
    update_monitor: 1
    update_failure_action: {action}
    {more}
"""


def web(tag="1", replicas=1, value="1", action="pause", more=""):
    return WEB.format(tag=tag, replicas=replicas, value=value, action=action, more=more)


def applied(bench, text, **options):
    bench.write(text)
    ended = bench.run("apply", "--yes", **options)
    assert ended.code == 0, ended.text
    return ended


def is_settled(bench, **options):
    ended = bench.run("plan", "--detailed-exitcode", **options)
    assert ended.code == 0, ended.text


def test_a_service_is_created_updated_and_scaled(bench, running):
    applied(bench, web())
    first = running("web")
    applied(bench, web(replicas=2))
    scaled = running("web")
    applied(bench, web(replicas=2, value="2"))

    assert first < scaled
    assert not scaled & running("web")
    is_settled(bench)


def test_a_secret_rotates_at_the_same_path(bench, backend, inside):
    text = web(more="secrets: [key]") + "secrets: {key: {env: KEY}}\n"
    for value in ("first-value", "second-value"):
        applied(bench, text, env={"RECONCILER_SECRET_KEY": value})
        if backend.engine is not None:
            assert inside("web", "cat /run/secrets/key") == value
    is_settled(bench, env={"RECONCILER_SECRET_KEY": "second-value"})


def test_a_config_changes_and_is_seen_by_containers(bench, backend, inside):
    for content in ("one", "two"):
        files = '{name: site, file_name: /etc/site.conf, mode: "0400"}, {name: site, mode: "0444"}'
        applied(bench, web(more=f"configs: [{files}]") + f"configs: {{site: {{data: {content}}}}}\n")
        if backend.engine is not None:
            assert inside("web", "cat /etc/site.conf") == content
            both = inside("web", "busybox stat -c %a /etc/site.conf /site")
            assert both == "444\n444\n"  # those of the last reference
    is_settled(bench)


def test_a_missing_image_is_rolled_back_and_reported(bench):
    applied(bench, web(action="rollback"))
    bench.write(web(tag="missing", action="rollback"))

    ended = bench.run("apply", "--yes")

    assert ended.code == 1
    assert "rolled it back" in ended.text
    assert "No such image" in ended.text
    assert bench.run("plan", "--detailed-exitcode").code == 2
    applied(bench, web(tag="2", action="rollback"))
    is_settled(bench)


def test_after_a_rollback_a_change_without_new_tasks_is_verified_by_existing_tasks(bench):
    more = "update_parallelism: 2"
    applied(bench, web(replicas=3, more=more))
    bench.write(web(tag="crash", replicas=3, action="rollback", more=more))
    ended = bench.run("apply", "--yes")
    assert ended.code == 1
    assert "rolled it back" in ended.text

    applied(bench, web(replicas=3, action="continue", more=more))

    is_settled(bench)


def test_a_crashing_service_fails_with_its_cause_and_the_next_run_repairs_it(bench):
    bench.write(web(tag="crash"))
    ended = bench.run("apply", "--yes")

    assert ended.code == 1
    assert "non-zero exit (1)" in ended.text
    again = bench.run("apply", "--yes")
    assert again.code == 1
    assert "non-zero exit (1)" in again.text
    applied(bench, web(tag="2"))
    is_settled(bench)


def named(outside):
    """The objects of each kind, except the platform's load balancer and reconciler's records."""
    return {
        kind: {
            found["name"]
            for found in outside.all(kind)
            if found["name"] != "loadbalancer" and not found["name"].startswith("reconciler.")
        }
        for kind in ("services", "secrets", "configs", "volumes")
    }


def test_undeclared_objects_named_under_removed_are_deleted_in_order(bench, outside):
    text = (
        "cluster: production\nsecrets: {key: {env: KEY}}\nconfigs: {site: {data: x}}\nvolumes: {data: {}}\n"
    )
    more = 'secrets: [key]\n    configs: [site]\n    mounts: ["data:/data"]'
    services = web(more=more).split("services:", 1)[1]
    applied(bench, f"{text}services:{services}", env={"RECONCILER_SECRET_KEY": "a-value"})
    made = {"services": {"web"}, "secrets": {"key.v1"}, "configs": {"site.v1"}, "volumes": {"data"}}
    assert named(outside) == made

    bench.write("cluster: production\n")
    ended = bench.run("apply", "--yes")
    assert ended.code == 3, ended.text
    assert "name them under removed" in ended.text
    assert named(outside) == made

    removed = "removed: {services: [web], secrets: [key], configs: [site], volumes: [data]}"
    applied(bench, f"cluster: production\n{removed}\n")
    assert not any(named(outside).values())


def test_drift_is_found_and_undone(bench, outside):
    applied(bench, web())
    outside.change("web", environment_variables=[{"key": "A", "value": "by hand"}])

    ended = bench.run("drift")

    assert ended.code == 2
    assert "environment_variables.A" in ended.text
    applied(bench, web())
    assert {"key": "A", "value": "1"} in outside.named("services", "web")["environment_variables"]


def test_two_concurrent_applies_make_each_change_once(bench, outside):
    bench.write(web())
    runs = [bench.begin("apply", "--yes") for _ in range(2)]
    codes = sorted(run.wait(300) for run in runs)

    assert codes[0] == 0
    assert codes[1] in (0, 3)
    assert [service["name"] for service in outside.all("services")].count("web") == 1
    is_settled(bench)


def test_the_next_apply_continues_a_killed_one(bench, outside, api):
    bench.write(web())
    run = bench.begin("apply", "--yes")
    api.until(lambda: "web" in named(outside)["services"] or run.poll() is not None)
    run.kill()
    run.wait()

    assert bench.run("unlock", "production", "--yes", "--force").code == 0
    applied(bench, web())
    is_settled(bench)


def test_services_made_by_hand_are_imported_and_adopted_without_a_restart(bench, outside, api, running):
    made = outside.make("services", name="shop_web", image="local/app:1", replicas=1)
    before = api.running(made["id"], 1)
    assert bench.run("import", "production", "--out", "clusters").code == 0

    ended = bench.run("apply", "clusters", "--adopt", "--yes")

    assert ended.code == 0, ended.text
    assert running("shop_web") == before
    assert bench.run("plan", "clusters", "--detailed-exitcode").code == 0


def test_a_node_is_added_and_removed(bench, outside):
    nodes = "cluster: production\nnodes: {{Small: {}}}\n"
    applied(bench, nodes.format(1))
    applied(bench, nodes.format(2))
    worker = next(node["id"] for node in outside.all("nodes") if not node["swarm_manager"])
    applied(bench, nodes.format(1) + f"removed: {{nodes: [{worker}]}}\n")

    assert [node["swarm_manager"] for node in outside.all("nodes")] == [True]
    is_settled(bench)


def test_a_volumes_data_survives_an_update(bench, backend, inside):
    text = web(more='mounts: ["data:/data"]') + "volumes: {data: {}}\n"
    applied(bench, text)
    if backend.engine is not None:
        inside("web", "echo kept > /data/file")
    applied(bench, text.replace('A: "1"', 'A: "2"'))

    if backend.engine is not None:
        assert inside("web", "cat /data/file") == "kept\n"
    is_settled(bench)


def test_a_change_of_placement_alone_needs_no_new_tasks(bench, running):
    applied(bench, web())
    before = running("web")
    applied(bench, web(more='placement_constraints: ["node.role == manager"]'))

    assert running("web") == before
    is_settled(bench)


def test_a_command_whose_quotes_alone_change_needs_no_new_tasks(bench, outside, running):
    args = """-c 'trap "exit 0" TERM; sleep 1000000 & wait'"""
    quoted = args.replace('"', r"\"").replace("'", '"')
    applied(bench, web(more=f"command: sh\n    args: {json.dumps(args)}"))
    before = running("web")
    applied(bench, web(more=f"command: sh\n    args: {json.dumps(quoted)}"))

    assert running("web") == before
    assert outside.named("services", "web")["args"] == quoted
    is_settled(bench)


@pytest.mark.parametrize("backend", ["swarm"], indirect=True)
def test_drift_by_dockers_own_command_is_found_and_undone(bench, backend, docker_command, inside):
    applied(bench, web())
    docker_command("service", "update", "--detach", "--no-resolve-image", "--env-add", "A=by hand", "web")

    ended = bench.run("drift")

    assert ended.code == 2, ended.text
    assert "environment_variables.A" in ended.text
    applied(bench, web())
    is_settled(bench)
    assert inside("web", "echo $A") == "1\n"
