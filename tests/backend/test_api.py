"""The API's answers with the simulation and a real Swarm: the same statuses, fields and messages."""

import pytest

pytestmark = pytest.mark.backend

IDLE = {"image": "local/app:1", "replicas": 0}
DIGEST = f"sha256:{'0' * 64}"


def refused(api, field, value):
    """Status, invalid field and message for a refused service."""
    status, body = api("POST", "/services", {"name": "refused", **IDLE, field: value})
    return status, body.get("param"), body["message"]


def test_a_service_has_the_same_defaults_and_keeps_every_order(api):
    api.made("secrets", name="s", data="x")
    fields = {
        "environment_variables": [{"key": key, "value": "1"} for key in "ZAQ"] + [{"key": "A", "value": "2"}],
        "secrets": [{"name": "s", "file_name": file} for file in "zaq"],
        "placement_constraints": ["node.role != x", "node.id != a"],
        "mounts": [{"source": "v", "target": target} for target in ("/z", "/a")],
    }
    service = api.made("services", name="a_b", **IDLE, **fields)

    assert service["environment_variables"] == fields["environment_variables"]
    assert [secret["file_name"] for secret in service["secrets"]] == ["z", "a", "q"]
    assert {(secret["uid"], secret["gid"], secret["mode"]) for secret in service["secrets"]} == {
        (0, 0, "292")
    }
    assert service["placement_constraints"] == fields["placement_constraints"]
    assert [mount["target"] for mount in service["mounts"]] == ["/z", "/a"]
    for when in ("update", "rollback"):
        policy = {key.partition("_")[2]: value for key, value in service.items() if key.startswith(when)}
        assert policy == {
            "order": "stop-first",
            "delay": 0,
            "parallelism": 1,
            "failure_action": "pause",
            "max_failure_ratio": 0,
            "monitor": 5,
        }
    assert api("GET", f"/services/{service['id']}")[1] == service


@pytest.mark.parametrize("kind", ["services", "secrets", "configs"])
def test_a_name_is_taken_in_any_case(api, kind):
    more = IDLE if kind == "services" else {"data": "x"}
    api.made(kind, name="taken", **more)
    status, body = api("POST", f"/{kind}", {"name": "TAKEN", **more})
    assert (status, body["type"]) == (409, "conflict error")
    assert body["message"].startswith("rpc error: code = AlreadyExists desc = ")
    assert body["message"].endswith("TAKEN already exists")


@pytest.mark.parametrize("name", ["a.b", "-a", "a-", "_a", "a_", "a" * 64])
def test_a_service_is_refused_for_its_name(api, name):
    assert api("POST", "/services", {"name": name, **IDLE})[0] == 400


@pytest.mark.parametrize("kind,limit", [("secrets", 512_000), ("configs", 1_024_000)])
def test_names_and_sizes_of_secrets_and_configs_have_the_same_limits(api, kind, limit):
    for name in ("a..b", "9", "A" * 64):
        api.made(kind, name=name, data=" \n")
    for name in ("-a", "a.", "a b", "a" * 65):
        assert api("POST", f"/{kind}", {"name": name, "data": "x"})[0] == 400
    api.made(kind, name="most", data="x" * (limit - 1))
    status, body = api("POST", f"/{kind}", {"name": "more", "data": "x" * limit})
    assert (status, body["param"]) == (400, "data")
    assert f"data must be larger than 0 and less than {limit} bytes" in body["message"]


def test_creating_a_volume_again_changes_nothing_and_its_name_is_case_sensitive(api):
    first = api.made("volumes", name="data")
    assert api.made("volumes", name="data") == first
    assert api.made("volumes", name="Data")["id"] != first["id"]


@pytest.mark.parametrize("kind", ["secrets", "configs"])
def test_objects_of_a_service_without_replicas_can_not_be_deleted(api, kind):
    made = api.made(kind, name="used", data="x")
    assert refused(api, kind, [{"name": "USED"}]) == (400, kind, f"{kind[:-1]} not found: USED")
    service = api.made("services", name="web", **IDLE, **{kind: [{"name": "used"}]})
    status, body = api("DELETE", f"/{kind}/{made['id']}")
    assert (status, body["message"]) == (
        400,
        f"rpc error: code = InvalidArgument desc = {kind[:-1]} 'used' is in use by the following service: web",
    )
    assert api("PATCH", f"/services/{service['id']}", {kind: []})[0] == 201
    assert api("DELETE", f"/{kind}/{made['id']}")[0] == 204


INVALID = "rpc error: code = InvalidArgument desc = "


@pytest.mark.parametrize(
    "field,value,message",
    [
        ("secrets", [{"name": "absent"}], "secret not found: absent"),
        ("configs", [{"name": "absent"}], "config not found: absent"),
        (
            "mounts",
            [{"source": "v", "target": "/a"}, {"source": "w", "target": "/a"}],
            f"{INVALID}ContainerSpec: duplicate mount point: /a",
        ),
        (
            "mounts",
            [{"source": "{{", "target": "/a"}],
            f'{INVALID}expanding mounts failed: expanding mount source "{{{{": template: expansion:1: unclosed action',
        ),
        (
            "environment_variables",
            [{"key": "A", "value": "{{"}],
            f'{INVALID}expanding env failed: expanding env "A={{{{": template: expansion:1: unclosed action',
        ),
        (
            "environment_variables",
            [{"key": "A", "value": "{{.Bogus}}"}],
            (
                f'{INVALID}expanding env failed: expanding env "A={{{{.Bogus}}}}": template: expansion:1:2: executing '
                '"expansion" at <.Bogus>: can\'t evaluate field Bogus in type *template.Context'
            ),
        ),
        (
            "environment_variables",
            [{"key": "A", "value": "{{secret}}"}],
            (
                f'{INVALID}expanding env failed: expanding env "A={{{{secret}}}}": template: expansion:1: function '
                '"secret" not defined'
            ),
        ),
        (
            "environment_variables",
            [{"key": "A", "value": "{{end}}"}],
            (
                f'{INVALID}expanding env failed: expanding env "A={{{{end}}}}": template: expansion:1: '
                "unexpected {{end}}"
            ),
        ),
        (
            "environment_variables",
            [{"key": "A", "value": "{{if true}}x"}],
            (
                f'{INVALID}expanding env failed: expanding env "A={{{{if true}}}}x": template: expansion:1: '
                "unexpected EOF"
            ),
        ),
        ("hosts", ["a`) || PathPrefix(`/"], "hosts no ip address for a`) || PathPrefix(`/"),
        ("image", "LOCAL/app", f'{INVALID}ContainerSpec: "LOCAL/app" is not a valid repository/tag'),
        ("image", "Not An Image", f'{INVALID}ContainerSpec: "Not An Image" is not a valid repository/tag'),
        ("hosts", ["a.invalid"], "hosts no ip address for a.invalid"),
        ("replicas", 1001, "must be at most 1000 here"),
    ],
)
def test_a_service_is_refused_with_the_same_message(api, field, value, message):
    assert refused(api, field, value) == (400, field, message)


def test_two_references_to_the_same_file_are_refused(api):
    api.made("secrets", name="s", data="x")
    assert refused(api, "secrets", [{"name": "s"}, {"name": "s"}]) == (
        400,
        "secrets",
        f"{INVALID}secret references 's' and 's' have a conflicting target: 's'",
    )
    api.made(
        "services", name="web", **IDLE, secrets=[{"name": "s"}, {"name": "s", "file_name": "/run/secrets/s"}]
    )


@pytest.mark.parametrize(
    "text,why",
    [
        ("node.role = manager", "constraint expected one operator from ==, !="),
        ("node.role ==", "value '' is invalid"),
        ("a b == c", "key 'a b' is invalid"),
    ],
)
def test_an_invalid_constraint_is_a_500(api, text, why):
    assert refused(api, "placement_constraints", [text]) == (
        500,
        None,
        f"rpc error: code = Unknown desc = {why}",
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"environment_variables": [{"key": "A", "value": "{{.Service.Name}}"}]},
        {"environment_variables": [{"key": "A", "value": "}}"}]},
        {"environment_variables": [{"key": "A", "value": "{{if true}}x{{- end -}}"}]},
        {"update_max_failure_ratio": 0.1, "rollback_max_failure_ratio": 0.33333334},
        {"placement_constraints": ["node.ip==10.0.0.0/8", "  node.labels.x !=  y z "]},
        {"mounts": [{"source": "new", "target": "/a"}, {"source": "new", "target": "/a/"}]},
        {"update_monitor": 0, "update_parallelism": 0, "rollback_monitor": 0},
        {"command": "sh -c 'echo  a'", "args": '--x="y z"', "hosts": ["a.example.com"], "port": 80},
        {"healthcheck_path": "/up", "healthcheck_interval": 5, "healthcheck_timeout": 2, "protocol": "https"},
    ],
)
def test_accepted_values_are_returned_as_sent(api, fields):
    service = api.made("services", name="web", **IDLE, **fields)
    shown = {key: service[key] for key in fields}
    if "mounts" in fields:
        shown["mounts"] = [{key: mount[key] for key in ("source", "target")} for mount in service["mounts"]]
    assert shown == fields


def test_a_put_resets_missing_fields_and_a_patch_keeps_them(api):
    service = api.made("services", name="web", **IDLE, hosts=["a.example.com"], args="x", update_monitor=1)
    path = f"/services/{service['id']}"
    assert api("PATCH", path, {"args": "y"}) == (201, {**service, "args": "y"})
    plain = {**api.made("services", name="plain", **IDLE), "id": service["id"], "name": "web"}
    assert api("PUT", path, IDLE) == (201, plain)


@pytest.mark.parametrize("kind", ["services", "secrets", "configs", "volumes", "nodes"])
def test_missing_objects_are_not_found(api, kind):
    status, body = api("DELETE", f"/{kind}/none")
    assert (status, body["type"]) == (404, "not_found")


def test_the_manager_is_not_removed(api):
    (manager,) = [node for node in api("GET", "/nodes")[1]["data"] if node["swarm_manager"]]
    status, body = api("DELETE", f"/nodes/{manager['id']}")
    assert status == 409
    assert "is a cluster manager and is a member of the raft cluster" in body["message"]


def test_tasks_are_replaced_only_if_their_containers_change(api):
    service = api.made("services", name="web", image="local/app:1", update_monitor=1)
    path = f"/services/{service['id']}"
    first = api.running(service["id"], 1)
    for same in (
        {},
        {"hosts": ["a.example.com"]},
        {"update_delay": 1},
        {"placement_constraints": ["node.id != x"]},
    ):
        assert api("PATCH", path, same)[0] == 201
        assert api.running(service["id"], 1) == first
    assert api("PATCH", path, {"replicas": 2})[0] == 201
    scaled = api.running(service["id"], 2)
    assert first < scaled
    assert api("PATCH", path, {"replicas": 1})[0] == 201
    left = api.running(service["id"], 1)
    assert left < scaled
    api.until(lambda: len(api.tasks(service["id"])) == 1)  # tasks that were scaled away are not listed
    assert api("PATCH", path, {"environment_variables": [{"key": "A"}]})[0] == 201
    api.until(lambda: not left & api.running(service["id"], 1))


def test_a_task_that_waits_for_a_node_is_replaced_when_the_placement_changes(api):
    service = api.made("services", name="web", image="local/app:1", placement_constraints=["node.id == x"])
    why = "no suitable node (scheduling constraints not satisfied on 1 node)"
    api.until(lambda: [task["status"]["error"] for task in api.tasks(service["id"])] == [why])
    (waits,) = api.tasks(service["id"])
    assert waits["status"]["state"] == "pending"
    assert api("PATCH", f"/services/{service['id']}", {"placement_constraints": []})[0] == 201
    assert waits["id"] not in api.running(service["id"], 1)
    former = api.ended(service["id"], "shutdown")
    assert (former["id"], former["status"]["message"], former["container_id"]) == (
        waits["id"],
        "pending task scheduling",
        None,
    )


@pytest.mark.parametrize(
    "fields,state,error",
    [
        ({"image": "local/app:missing"}, "rejected", "No such image: local/app:missing"),
        ({"image": f"app:missing@{DIGEST}"}, "rejected", f"No such image: app:missing@{DIGEST}"),
        ({"image": "local/app:crash"}, "failed", "task: non-zero exit (1)"),
        ({"image": "local/app:complete"}, "complete", None),
        (
            {"environment_variables": [{"key": "", "value": "x"}]},
            "rejected",
            "invalid environment variable: =x",
        ),
        (
            {"mounts": [{"source": "one", "target": "/a"}, {"source": "two", "target": "/a/"}]},
            "rejected",
            "Duplicate mount point: /a",
        ),
    ],
)
def test_tasks_end_in_the_same_state_with_the_same_message(api, fields, state, error):
    service = api.made("services", name="web", **{"image": "local/app:1", **fields})
    ended = api.ended(service["id"], state)
    assert (ended["status"]["error"] or None) == error or error in ended["status"]["error"]


def test_a_task_creates_its_volume_and_stopped_containers_keep_it_in_use(api):
    mounts = [{"source": "data", "target": "/data"}]
    service = api.made("services", name="web", image="local/app:1", mounts=mounts, update_monitor=1)
    before = api.running(service["id"], 1)
    volume = next(listed for listed in api("GET", "/volumes")[1]["data"] if listed["name"] == "data")
    assert volume["service_usage"] == ["web"]
    assert api("PATCH", f"/services/{service['id']}", {"mounts": []})[0] == 201
    api.until(lambda: not before & api.running(service["id"], 1))
    status, body = api("DELETE", f"/volumes/{volume['id']}")
    assert status == 409
    assert body["message"].startswith("remove data: volume is in use - [")
    assert api("DELETE", f"/services/{service['id']}")[0] == 204
    api.until(lambda: api("DELETE", f"/volumes/{volume['id']}")[0] == 204)
