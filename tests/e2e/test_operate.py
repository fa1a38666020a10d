"""Operations on an applied stack: status, drift, restart, reboot, webhook-test, unlock."""

import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from reconciler import emulator
from reconciler.api.client import ClusterRef, Writer
from reconciler.model import Record, Sensitive
from reconciler.pipeline.session import connect
from reconciler.record import RecordLease, RecordStore, read
from tests.e2e.conftest import Bench
from tests.pipeline.outside import Outside

MANIFEST = """\
cluster: production
volumes:
  data: {}
configs:
  site: {data: "hello\\n"}
secrets:
  key: {env: KEY}
services:
  api:
    image: nginx:1.27
    replicas: 2
    update_monitor: 1
    secrets: [key]
    configs: [site]
    mounts: ["data:/data"]
    placement_constraints: ["node.hostname == node-1"]
    environment_variables: {LOG: info}
webhooks:
  deploys: {url: "https://hooks.example.com/hunter2"}
"""
KEY = {"RECONCILER_SECRET_KEY": "correct-horse"}


@pytest.fixture
def outside(bench) -> Iterator[Outside]:
    with Outside(bench.server) as outside:
        yield outside


@pytest.fixture
def applied(bench, outside):
    """A bench with an applied manifest."""
    bench.write(MANIFEST)
    ended = bench.run("apply", "--yes", env=KEY)
    assert ended.code == 0, ended.text
    return bench


def drift(bench, *arguments, env=KEY):
    ended = bench.run("drift", "--format", "json", *arguments, env=env)
    assert ended.code in (0, 2), ended.text
    found = json.loads(ended.out)
    changes, summary = found["changes"], found["summary"]
    assert (ended.code == 2) == any(summary[count] for count in ("pending", "drift", "held", "unverified"))
    return {
        f"{change['kind']}/{change['name']}": (change["action"], [f["path"] for f in change["fields"]])
        for change in changes
    }


def test_without_changes_there_is_no_drift(applied):
    ended = applied.run("drift", env=KEY)

    assert ended.code == 0
    assert ended.out.endswith("No drift. No managed object was changed outside git.\n")
    assert drift(applied, env={}) == {}  # and not because of a missing secret value


def test_a_change_in_git_is_not_drift(applied):
    applied.write(MANIFEST.replace("nginx:1.27", "nginx:1.28").replace("LOG: info", "LOG: debug"))
    applied.write("cluster: production\nvolumes: {more: {}}\n", "more.yaml")

    assert applied.plan(env=KEY)["summary"]["update"] == 1
    assert drift(applied) == {}


def test_drift_is_distinguished_from_changes_in_git(applied, outside):
    applied.write(MANIFEST.replace("nginx:1.27", "nginx:1.28"))
    outside.change("api", replicas=5, environment_variables=[{"key": "LOG", "value": "trace"}])

    assert drift(applied) == {"service/api": ("update", ["environment_variables.LOG", "replicas"])}
    shown = applied.run("drift", env=KEY)
    assert "replicas: 5 → 2\n" in shown.out
    assert "nginx:1.28" not in shown.out
    assert shown.out.endswith("Drift: 1 object changed outside git. Also: 1 not yet applied.\n")


def test_an_object_deleted_or_replaced_outside_git_is_drift(applied, outside):
    outside.delete("services", "api")
    outside.delete("volumes", "data")
    outside.delete("secrets", "key.v1")
    outside.delete("configs", "site.v1")
    (hook,) = outside.ask("GET", f"{outside.company}/webhooks/outgoing")["data"]
    outside.ask("DELETE", f"{outside.company}/webhooks/outgoing/{hook['id']}")
    outside.make("services", name="api", image="redis:7")

    assert drift(applied) == {
        "volume/data": ("create", []),
        "config/site": ("create", []),
        "secret/key": ("create", []),
        "service/api": ("adopt", [
            "configs./site", "environment_variables.LOG", "image", "mounts./data", "placement_constraints",
            "replicas", "secrets.key", "update_monitor",
        ]),
        "webhook/deploys": ("create", []),
    }  # fmt: skip
    assert applied.run("drift", env=KEY).out.endswith("Drift: 5 objects deleted or replaced outside git.\n")


def test_an_unmanaged_object_is_not_drift(bench, outside):
    outside.make("services", name="api", image="redis:7")
    bench.write(MANIFEST)

    ended = bench.run("drift", env=KEY)

    assert ended.code == 2, ended.text
    assert "No drift. No managed object was changed outside git." in ended.out
    assert ended.out.endswith("But live state differs from the manifests: 5 not yet applied.\n")


def test_drift_of_another_company_is_refused(bench):
    bench.write(f"company: Another Inc.\n{MANIFEST}")

    ended = bench.run("drift", env=KEY)

    assert ended.code == 3
    assert "the token belongs to Clinic Inc." in ended.err


def test_status_shows_managed_objects_and_their_health(applied, outside):
    outside.delete("services", "api")
    outside.delete("volumes", "data")

    text = applied.run("status")
    (found, _) = json.loads(applied.run("status", "--format", "json").out)["clusters"]

    assert text.code == 2
    assert "service  api      MISSING  deleted or replaced outside git" in text.out
    assert "5 applied" in text.out
    (stack,) = found["stacks"]
    assert {f"{item['kind']}/{item['live_name']}": item["present"] for item in stack["objects"]} == {
        "config/site.v1": True,
        "secret/key.v1": True,
        "service/api": False,
        "volume/data": False,
        "webhook/deploys": True,
    }
    assert stack["lease"] is None
    assert "hunter2" not in text.text
    assert "correct-horse" not in text.text


def test_status_counts_running_tasks(applied):
    shown = applied.run("status", "--cluster", "production").out

    assert "service  api      verified  2 of 2 running" in shown
    assert "staging" not in shown


def test_clusters_are_listed(bench):
    ended = bench.run("clusters", "--format", "json")

    assert [cluster["label"] for cluster in json.loads(ended.out)["clusters"]] == ["production", "staging"]
    assert bench.run("clusters").out.startswith("LABEL")


def test_clusters_with_a_path_lists_only_the_clusters_of_its_manifests(bench):
    bench.write("cluster: ${WHERE}\n")

    ended = bench.run("clusters", ".", "--var", "WHERE=staging", "--format", "json")
    without = bench.run("clusters", "--var", "WHERE=nowhere")

    assert [cluster["label"] for cluster in json.loads(ended.out)["clusters"]] == ["staging"]
    assert without.code == 1
    assert "nowhere" in without.err
    assert "the variable WHERE has no value" in bench.run("clusters", ".").err


@pytest.fixture
def held(applied, outside):
    """A lease that was never released; it is longer than any test."""
    server = applied.server
    with connect(server.url, key=server.key, value=Sensitive(server.value), parallelism=4) as session:
        company = outside.company.rpartition("/")[2]
        place = RecordStore(Writer(session.calls), ClusterRef(company, outside.cluster_id), "default")
        seen: Record = read(place.api.configs(place.at), "default").record
        ahead = (session.reader.server_time() or 0.0) + 600
        lease = RecordLease(place, seen, holder="ada@host", now=lambda: ahead)
        lease.take()
        return applied


def test_status_shows_a_lease_and_unlock_removes_it(held):
    refused = held.run("unlock", "production", "--yes")
    assert "by ada@host" in held.run("status").out
    held.write(MANIFEST.replace("replicas: 2", "replicas: 3"))
    assert held.run("apply", "--yes", env=KEY).code == 3

    asked = held.run("unlock", "production", "--force")
    freed = held.run("unlock", "production", "--yes", "--force")
    again = held.run("unlock", "production", "--yes")

    assert refused.code == 3
    assert "ada@host renewed the lease on stack default" in refused.err
    assert "--force releases the lease now" in refused.err
    assert asked.code == 1
    assert re.search(r"is locked by ada@host: \d+ s left", asked.err)
    assert (freed.code, again.code) == (0, 0)
    assert "Unlocked production, stack default." in freed.err
    assert "is not locked" in again.err
    assert "locked" not in held.run("status").out


def test_an_unknown_stack_can_not_be_unlocked(applied):
    ended = applied.run("unlock", "production", "--stack", "clinic", "--yes")

    assert ended.code == 1
    assert "cluster production has no record of a stack clinic. It has: default." in ended.err


def test_restart_asks_and_watches_the_rollout(applied):
    asked = applied.run("restart", "production/service/api")
    ended = applied.run("restart", "production/service/api", "--yes")

    assert asked.code == 1
    assert "--yes" in asked.err
    assert (ended.code, ended.out) == (0, "production/service/api: done, 2 of 2 running\n")
    assert drift(applied) == {}


def test_restart_refuses_the_load_balancer(bench):
    ended = bench.run("restart", "production/service/loadbalancer", "--yes")

    assert ended.code == 3
    assert "load balancer" in ended.err


def test_reboot_waits_until_the_node_is_ready(tmp_path):
    with emulator.serve(pace=1000) as server, Outside(server) as outside, ThreadPoolExecutor(1) as threads:
        (node,) = outside.all("nodes")
        address = f"production/node/{node['public_ip_address']}"
        running = threads.submit(Bench(tmp_path, server).run, "reboot", address, "--yes")
        while not running.done():
            if was_seen_rebooting(outside.requests(), node["id"]):
                outside.pass_time(10_000)
                break
            time.sleep(0.02)
        ended = running.result()

    assert (ended.code, ended.out.partition(":")[2].strip()) == (0, "done, rebooted, and Ready again")


def was_seen_rebooting(requests, node):
    """Whether the node was read after its reboot was requested."""
    answered = [
        (request["method"], request["path"].rpartition("/")[2])
        for request in requests
        if request["processed"]
    ]
    return ("POST", "reboot") in answered and ("GET", node) in answered[answered.index(("POST", "reboot")) :]


def test_a_webhook_is_tested(applied):
    ended = applied.run("webhook-test", "deploys")

    assert ended.code == 0
    assert ended.out.startswith("deploys (hooks.example.com): done")


def test_commands_work_with_the_embedded_emulator(run, tmp_path):
    (tmp_path / "manifest.yaml").write_text(MANIFEST, encoding="utf-8")
    for arguments in (
        ["apply", ".", "--yes"], ["status"], ["clusters"], ["drift", "."], ["webhook-test", "deploys"],
        ["unlock", "production", "--yes"], ["import", "production", "--stack", "another"],
    ):  # fmt: skip
        ended = run(*arguments, "--emulator", env=KEY)

        assert ended.code == 0, (arguments, ended.text)
