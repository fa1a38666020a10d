"""Where the fields of a service are in the Swarm's own spec, for Docker and Traefik."""

import pytest

from tests.backend.test_api import IDLE

pytestmark = [pytest.mark.backend, pytest.mark.parametrize("backend", ["swarm"], indirect=True)]
POLICY = {
    "order": ("Order", "start-first"),
    "delay": ("Delay", 2),
    "parallelism": ("Parallelism", 3),
    "failure_action": ("FailureAction", "continue"),
    "max_failure_ratio": ("MaxFailureRatio", 0.5),
    "monitor": ("Monitor", 4),
}
"""Fields of an update or rollback policy, with Docker's name and a value; there, seconds are nanoseconds."""


def spec_of(backend, key):
    return backend.engine.inspect_service(key)["Spec"]


def as_docker_has_it(field, value):
    return value * 1_000_000_000 if field in ("delay", "monitor") else value


def test_every_field_is_where_docker_reads_it(api, backend):
    ids = {kind: api.made(kind, name="key", data="x")["id"] for kind in ("secrets", "configs")}
    reference = {"name": "key", "file_name": "/etc/key", "uid": "1", "gid": "2", "mode": "256"}
    policies = {
        f"{when}_{field}": value for when in ("update", "rollback") for field, (_, value) in POLICY.items()
    }
    service = api.made(
        "services",
        name="web",
        image="local/app:1",
        replicas=0,
        command="sh -c 'a  b'",
        args="-x",
        environment_variables=[{"key": "A", "value": "1"}],
        mounts=[{"source": "data", "target": "/data", "readonly": True}],
        secrets=[reference],
        configs=[reference],
        placement_constraints=["node.role==manager"],
        **policies,
    )

    spec = spec_of(backend, service["id"])
    task, container = spec["TaskTemplate"], spec["TaskTemplate"]["ContainerSpec"]
    file = {"Name": "/etc/key", "UID": "1", "GID": "2", "Mode": 0o400}
    assert spec["Mode"] == {"Replicated": {"Replicas": 0}}
    assert task["Placement"]["Constraints"] == ["node.role==manager"]
    assert {key: container[key] for key in ("Image", "Command", "Args", "Env")} == {
        "Image": "local/app:1",
        "Command": ["sh", "-c", "a  b"],
        "Args": ["-x"],
        "Env": ["A=1"],
    }
    assert container["Mounts"] == [{"Type": "volume", "Source": "data", "Target": "/data", "ReadOnly": True}]
    assert container["Secrets"] == [{"File": file, "SecretID": ids["secrets"], "SecretName": "key"}]
    assert container["Configs"] == [{"File": file, "ConfigID": ids["configs"], "ConfigName": "key"}]
    policy = {name: as_docker_has_it(field, value) for field, (name, value) in POLICY.items()}
    assert spec["UpdateConfig"] == spec["RollbackConfig"] == policy


def test_hosts_port_and_health_check_are_labels_that_traefik_reads(api, backend):
    service = api.made(
        "services",
        name="web",
        **IDLE,
        hosts=["a.example.com", "b.example.com"],
        port=8443,
        protocol="https",
        healthcheck_path="/up",
        healthcheck_interval=5,
        healthcheck_timeout=2,
    )
    balancer = "traefik.http.services.web.loadbalancer"
    labels = {
        "traefik.enable": "true",
        "traefik.http.routers.web.rule": "Host(`a.example.com`) || Host(`b.example.com`)",
        f"{balancer}.server.port": "8443",
        f"{balancer}.server.scheme": "https",
        f"{balancer}.healthcheck.path": "/up",
        f"{balancer}.healthcheck.interval": "5s",
        f"{balancer}.healthcheck.timeout": "2s",
    }
    assert spec_of(backend, service["id"])["Labels"] == labels

    assert api("PUT", f"/services/{service['id']}", IDLE)[0] == 201
    assert spec_of(backend, service["id"])["Labels"] == {}
