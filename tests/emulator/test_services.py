"""Services: defaults, both kinds of update, names, refusals, and the effect of an update on tasks."""

from typing import Any

import pytest

from tests.emulator.conftest import SLOW

FULL = {
    "image": "redis:7",
    "replicas": 2,
    "command": "serve",
    "hosts": ["api.example.com"],
    "port": 8080,
    "healthcheck_interval": 10,
    "environment_variables": [{"key": "A", "value": "1"}],
    "placement_constraints": ["node.role == manager"],
    "update_order": "start-first",
    "update_max_failure_ratio": 0.33,
}


def test_missing_fields_get_their_defaults(api):
    service = api.create("services", name="api", image="redis")
    digest = service["image"].partition("@")
    assert digest[0] == "redis:latest"
    assert len(digest[2]) == len("sha256:") + 64
    for prefix in ("update", "rollback"):
        policy = {key: service[f"{prefix}_{key}"] for key in ("order", "delay", "parallelism", "monitor")}
        assert policy == {"order": "stop-first", "delay": 0, "parallelism": 1, "monitor": 5}
        assert service[f"{prefix}_failure_action"] == "pause"
        assert service[f"{prefix}_max_failure_ratio"] == 0.0
    assert service["replicas"] == 1
    assert service["environment_variables"] == []
    assert "port" not in service
    assert api.service(service["id"]) == service


def test_references_accept_names_or_ids_and_return_both(api):
    secret = api.create("secrets", name="password", data="x")
    config = api.create("configs", name="settings", data="y")
    volume = api.create("volumes", name="data")
    service = api.create(
        "services",
        name="db",
        image="postgres:16",
        secrets=[
            {"name": "password"},
            {"name": secret["id"], "file_name": "second", "uid": "7", "mode": "256"},
        ],
        configs=[{"name": "settings"}],
        mounts=[
            {"source": "data", "target": "/a"},
            {"source": volume["id"], "target": "/b", "readonly": True},
        ],
    )
    shown = {reference["file_name"]: reference for reference in service["secrets"]}
    plain = {"id": secret["id"], "name": "password"}
    assert shown["password"] == {**plain, "file_name": "password", "uid": 0, "gid": 0, "mode": "292"}
    assert shown["second"] == {**plain, "file_name": "second", "uid": 7, "gid": 0, "mode": "256"}
    assert service["configs"][0]["file_name"] == "/settings"
    assert service["configs"][0]["id"] == config["id"]
    assert service["mounts"] == [
        {"type": "volume", "target": "/a", "source": "data", "readonly": False},
        {"type": "volume", "target": "/b", "source": "data", "readonly": True},
    ]


def test_load_balancer_is_first_in_the_list(api):
    for name in ("aaa", "zzz"):
        api.create("services", name=name, image="redis")
    listed = api.get(f"{api.cluster}/services").data
    assert len(listed) == 3
    assert listed[0]["name"] == "loadbalancer"
    assert listed[0]["image"].startswith("traefik:")


def test_put_replaces_everything(api):
    service = api.create("services", name="api", **FULL)
    replaced = api.put(service["id"], image="redis:7")
    assert replaced.status == 201
    assert replaced.body == {**api.create("services", name="plain", image="redis:7"), **{
        key: service[key] for key in ("id", "name")
    }}  # fmt: skip


def test_patch_keeps_missing_fields_and_replaces_whole_lists(api):
    service = api.create("services", name="api", **FULL)
    patched = api.patch(service["id"], environment_variables=[{"key": "B", "value": "2"}]).body
    assert patched == {**service, "environment_variables": [{"key": "B", "value": "2"}]}
    assert api.service(service["id"]) == patched


def test_put_of_the_live_spec_changes_nothing_and_starts_no_task(api):
    api.create("secrets", name="password", data="x")
    references = [{"name": "password"}]
    service = api.create("services", name="api", **FULL, secrets=references)
    before = api.tasks(service["id"])
    assert api.put(service["id"], **FULL, secrets=references).body == service
    assert api.tasks(service["id"]) == before


def test_list_order_is_kept_and_another_order_starts_new_tasks(api):
    api.create("secrets", name="s", data="x")
    fields: dict[str, list[Any]] = {
        "environment_variables": [{"key": key, "value": "x"} for key in "HAGBFC"],
        "secrets": [{"name": "s", "file_name": file} for file in "zaq"],
        "placement_constraints": ["node.role != worker", "node.hostname != x"],
    }
    service = api.create("services", name="api", image="redis", **fields)
    assert service["environment_variables"] == fields["environment_variables"]
    assert [secret["file_name"] for secret in service["secrets"]] == ["z", "a", "q"]
    assert service["placement_constraints"] == fields["placement_constraints"]
    before = {task["id"] for task in api.tasks(service["id"])}
    turned = api.patch(service["id"], environment_variables=fields["environment_variables"][::-1]).body
    assert turned["environment_variables"] == fields["environment_variables"][::-1]
    assert {task["id"] for task in api.tasks(service["id"])} - before


def test_ratio_is_a_32_bit_float(api):
    for given, kept in ((0.33, 0.33), (1 / 3, 0.33333334), (0.1, 0.1), (0, 0), (1, 1)):
        service = api.create(
            "services", name=f"api-{given}".replace(".", "-"), image="redis", update_max_failure_ratio=given
        )
        assert service["update_max_failure_ratio"] == kept


def test_mode_is_accepted_and_has_no_effect(api):
    service = api.create("services", name="api", image="redis")
    assert api.put(service["id"], image="redis", mode="global").body == service


@pytest.mark.parametrize("taken", ["api", "API", "loadbalancer"])
def test_names_are_unique_ignoring_case(api, taken):
    api.create("services", name="api", image="redis")
    assert api.call("POST", f"{api.cluster}/services", {"name": taken, "image": "redis"}).status == 409


@pytest.mark.parametrize("name", ["", "a.b", "-a", "a-", "_a", "a_", "a" * 64])
def test_name_is_refused_as_docker_refuses_it(api, name):
    assert api.refused("services", name=name, image="redis")["param"] == "name"


@pytest.mark.parametrize(
    "field,value,message",
    [
        ("image", "Not An Image", '"Not An Image" is not a valid repository/tag'),
        ("secrets", [{"name": "absent"}], "secret not found: absent"),
        ("configs", [{"name": "absent"}], "config not found: absent"),
        (
            "mounts",
            [{"source": "data", "target": "/a"}, {"source": "other", "target": "/a"}],
            "duplicate mount point: /a",
        ),
        ("mounts", [{"source": "{{", "target": "/a"}], "expanding mounts failed"),
        (
            "secrets",
            [{"name": "s"}, {"name": "s"}],
            "secret references 's' and 's' have a conflicting target: 's'",
        ),
        ("configs", [{"name": "c"}, {"name": "c"}], "conflicting target: '/c'"),
        ("environment_variables", [{"key": "A", "value": "{{"}], "unclosed action"),
        ("environment_variables", [{"key": "A", "value": "{{.Bogus}}"}], "can't evaluate field Bogus"),
        (
            "hosts",
            ["a.invalid", "ok.example.com", "b.invalid"],
            "hosts no ip address for a.invalid, b.invalid",
        ),
        ("replicas", 1001, "at most 1000"),
    ],
)
def test_invalid_service_is_refused(api, field, value, message):
    api.create("volumes", name="data")
    api.create("secrets", name="s", data="x")
    api.create("configs", name="c", data="x")
    service = api.create("services", name="other", image="redis")
    envelope = api.refused("services", name="api", **{"image": "redis", field: value})
    assert envelope["param"] == field
    assert message in envelope["message"]
    assert api.patch(service["id"], **{field: value}).body == envelope
    assert api.service(service["id"]) == service


def test_host_belongs_to_one_service(api):
    service = api.create("services", name="api", image="redis", hosts=["a.example.com"])
    envelope = api.refused("services", name="other", image="redis", hosts=["A.example.com"])
    assert envelope["message"] == "hosts a.example.com already used by service api"
    assert api.patch(service["id"], hosts=["a.example.com", "b.example.com"]).status == 201


def test_host_of_an_update_that_was_rolled_back_is_free(api):
    service = api.create("services", name="api", image="redis", update_failure_action="rollback")
    bad = api.patch(service["id"], image="redis:missing", hosts=["a.example.com"])
    assert bad.body["hosts"] == ["a.example.com"]
    assert api.service(service["id"]) == service
    assert api.create("services", name="other", image="redis", hosts=["a.example.com"])


def test_deleted_service_is_gone_with_its_tasks(api):
    service = api.create("services", name="api", image="redis")
    path = f"{api.cluster}/services/{service['id']}"
    assert api.call("DELETE", path).status == 204
    assert [api.call(method, path).status for method in ("GET", "DELETE")] == [404, 404]
    assert api.put(service["id"], image="redis").status == 404
    assert api.tasks(service["id"]) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"environment_variables": [{"key": "A", "value": "{{.Service.Name}}"}, {"key": "A", "value": "2"}]},
        {"environment_variables": [{"key": "A", "value": "}}"}]},
        {"mounts": [{"source": "new", "target": "/a"}, {"source": "new", "target": "/b"}]},
        {"secrets": [{"name": "s"}, {"name": "s", "file_name": "/run/secrets/s"}]},
        {"configs": [{"name": "c"}, {"name": "c", "file_name": "c"}]},
        {"secrets": [{"name": "s", "mode": "9999", "uid": "4294967296"}]},
    ],
)
def test_service_is_accepted_as_swarm_accepts_it(api, fields):
    api.create("secrets", name="s", data="x")
    api.create("configs", name="c", data="x")
    service = api.create("services", name="api", image="redis", **fields)
    assert api.states(service["id"]) == ["running"]


@pytest.mark.parametrize(
    "fields,error",
    [
        ({"environment_variables": [{"key": "", "value": "x"}]}, "invalid environment variable: =x"),
        (
            {"mounts": [{"source": "v1", "target": "/a"}, {"source": "v2", "target": "/a/"}]},
            "Duplicate mount point: /a",
        ),
    ],
)
def test_service_is_accepted_and_its_tasks_are_rejected(api, fields, error):
    service = api.create("services", name="api", image="redis", **fields)
    assert set(api.states(service["id"])) == {"rejected"}
    assert {task["status"]["error"] for task in api.tasks(service["id"])} == {error}


@pytest.mark.parametrize("text", ["node.role = manager", "node.role == "])
def test_constraint_that_swarm_cannot_read_is_an_error_of_the_server(api, text):
    service = api.create("services", name="other", image="redis")
    answer = api.send("PATCH", f"{api.cluster}/services/{service['id']}", {"placement_constraints": [text]})
    assert answer.status == 500
    assert answer.body["message"].startswith("rpc error: code = Unknown desc = ")
    assert api.service(service["id"]) == service


def test_rollback_to_a_deleted_secret_fails_and_so_do_later_updates(slow):
    secret = slow.create("secrets", name="s", data="x")
    policy = {"update_failure_action": "rollback", "update_monitor": 1}
    service = slow.create("services", name="api", image="redis", secrets=[{"name": "s"}], **policy)
    slow.patch(service["id"], image="redis:missing", secrets=[])
    assert slow.call("DELETE", f"{slow.cluster}/secrets/{secret['id']}").status == 204
    slow.pass_time(SLOW)
    gone = "unable to get secret from secret store: secret ID not found"
    assert gone in {task["status"]["error"] for task in slow.tasks(service["id"])}
    assert slow.service(service["id"]) == service
    answer = slow.patch(service["id"], args="x")
    assert (answer.status, answer.body["message"]) == (400, "secret not found: s")


@pytest.mark.parametrize(
    "change",
    [
        {"image": "redis:8"},
        {"command": "other"},
        {"args": "--x"},
        {"environment_variables": []},
    ],
)
def test_change_of_the_template_starts_new_tasks(api, change):
    service = api.create("services", name="api", **FULL)
    former = {task["id"] for task in api.tasks(service["id"])}
    api.patch(service["id"], **change)
    states = {task["id"]: task["status"]["state"] for task in api.tasks(service["id"])}
    assert {states[key] for key in former} == {"shutdown"}
    assert [state for key, state in states.items() if key not in former] == ["running", "running"]


@pytest.mark.parametrize(
    "change", [{"hosts": []}, {"port": 1}, {"update_delay": 3}, {"healthcheck_path": "/up"}]
)
def test_other_changes_start_no_tasks(api, change):
    service = api.create("services", name="api", **FULL)
    before = api.tasks(service["id"])
    assert api.patch(service["id"], **change).body != service
    assert api.tasks(service["id"]) == before


def test_scaling_only_adds_or_stops_tasks(api):
    service = api.create("services", name="api", image="redis", replicas=2)
    first = {task["id"] for task in api.tasks(service["id"])}
    api.patch(service["id"], replicas=4)
    assert api.states(service["id"]) == ["running"] * 4
    assert first < {task["id"] for task in api.tasks(service["id"])}
    api.patch(service["id"], replicas=1)
    assert api.states(service["id"]) == ["running"]
    api.patch(service["id"], replicas=0)
    assert api.states(service["id"]) == []


def test_placement_moves_only_tasks_whose_node_no_longer_fits(api):
    size = api.get(f"{api.cluster}/node-sizes").data[0]["id"]
    api.create("nodes", size_id=size)
    service = api.create("services", name="api", image="redis", replicas=4)
    before = {task["id"] for task in api.tasks(service["id"])}
    api.patch(service["id"], placement_constraints=["node.role == manager"])
    running = {task["id"] for task in api.tasks(service["id"]) if task["status"]["state"] == "running"}
    assert (len(running & before), len(running)) == (2, 4)


def test_image_keeps_its_digest_until_its_tag_is_sent_again(api):
    service = api.create("services", name="api", image="redis:7")
    pushed = api.send("POST", "/_emulator/push", {"image": "redis:7"}).body["image"]
    assert pushed != service["image"]
    assert api.patch(service["id"], args="x").body["image"] == service["image"]
    assert api.put(service["id"], image=service["image"]).body["image"] == service["image"]
    assert api.put(service["id"], image="redis:7").body["image"] == pushed


def test_refresh_resolves_the_tag_again_and_restarts(api):
    service = api.create("services", name="api", image="redis:7")
    former = {task["id"] for task in api.tasks(service["id"])}
    pushed = api.send("POST", "/_emulator/push", {"image": "redis:7"}).body["image"]
    for _ in range(2):
        answer = api.call("POST", f"{api.cluster}/services/{service['id']}/refresh_image")
        assert (answer.status, answer.body["image"]) == (200, pushed)
        running = {task["id"] for task in api.tasks(service["id"]) if task["status"]["state"] == "running"}
        assert len(running) == 1
        assert not running & former
        former |= running


def test_only_a_few_ended_tasks_are_kept(api):
    service = api.create("services", name="api", image="redis")
    for number in range(9):
        api.patch(service["id"], args=str(number))
    assert api.states(service["id"]) == ["running", *["shutdown"] * 4]
