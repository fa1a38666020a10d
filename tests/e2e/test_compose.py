"""From a Compose file to running services with the real command; also for a stack that is already live."""

import json

import pytest

from tests.pipeline.outside import Outside

STACK = """
services:
  web:
    image: nginx:${TAG:-1.27}
    depends_on: [store]
    environment: {STORE: "store:6379", GREETING: "hello $$USER"}
    volumes:
      - ./site.conf:/etc/nginx/conf.d/default.conf:ro
      - static:/srv
    deploy:
      replicas: 2
      update_config: {order: start-first, parallelism: 1, monitor: 5s}
      labels:
        traefik.http.routers.web.rule: Host(`www.example.com`)
        traefik.http.services.web.loadbalancer.server.port: 80
  store:
    image: redis:7
    command: [redis-server, --save, "60 1"]
    secrets: [password]
secrets: {password: {file: ./password.txt}}
volumes: {static: {}}
"""


@pytest.fixture
def compose(bench):
    bench.write(STACK, "source/compose.yml")
    bench.write("server {}\n", "source/site.conf")
    return bench


def test_a_stack_converts_validates_applies_and_then_has_no_changes(compose):
    ended = compose.run(
        "import",
        "--compose",
        "source/compose.yml",
        "--cluster",
        "production",
        "--stack",
        "shop",
        "--out",
        "clusters",
    )
    assert ended.code == 0, ended.text

    assert compose.run("validate", "clusters").code == 0
    secret = {"RECONCILER_SECRET_PASSWORD": "correct-horse"}
    applied = compose.run("apply", "clusters", "--yes", env=secret)
    assert applied.code == 0, applied.text
    assert compose.run("plan", "clusters", "--detailed-exitcode", env=secret).code == 0
    with Outside(compose.server) as outside:
        web = outside.named("services", "web")
    assert web["hosts"] == ["www.example.com"]
    assert {variable["key"]: variable["value"] for variable in web["environment_variables"]} == {
        "STORE": "store:6379",
        "GREETING": "hello $USER",
    }


LIVE = """
services:
  web:
    image: nginx:1.27
    depends_on: [store]
    ports: ["80:80"]
    environment: {STORE: "store:6379", B: "2", A: "1"}
    command: ["nginx", "-g", "daemon off;"]
    configs: [{source: site, target: /etc/nginx/conf.d/default.conf}]
    volumes: [static:/srv]
    deploy:
      replicas: 2
      update_config: {order: start-first, parallelism: 1, delay: 10s}
      placement: {constraints: [node.role==manager]}
      labels:
        traefik.http.routers.web.rule: Host(`www.example.com`)
        traefik.http.services.web.loadbalancer.server.port: 80
  store:
    image: redis:7
    command: redis-server --save "60 1"
    entrypoint: ["/bin/sh", "-c"]
    ports: ["6379:6379"]
    secrets: [password, {source: token, target: tok, uid: "103", gid: "103", mode: 0440}]
    volumes: [{type: volume, source: shared, target: /shared, read_only: true}]
secrets: {password: {file: ./password.txt}, token: {external: true}}
configs: {site: {file: ./site.conf}}
volumes: {static: {}, shared: {external: true, name: for-all}}
"""
DIGEST = "@sha256:" + "a" * 64


def test_a_live_stack_is_adopted_under_its_live_names_and_only_its_ingress_changes(compose):
    compose.write(LIVE, "source/live.yml")
    plain = {"uid": "0", "gid": "0", "mode": "292"}
    with Outside(compose.server) as outside:
        outside.make("secrets", name="shop_password", data="correct-horse")
        outside.make("secrets", name="token", data="battery-staple")
        outside.make("configs", name="shop_site", data="server {}\n")
        outside.make("volumes", name="shop_static")
        outside.make("volumes", name="for-all")
        outside.make(
            "services",
            name="shop_web",
            image=f"nginx:1.27{DIGEST}",
            args="nginx -g 'daemon off;'",
            replicas=2,
            environment_variables=[
                {"key": key, "value": value}
                for key, value in [("A", "1"), ("B", "2"), ("STORE", "store:6379")]
            ],
            configs=[{"name": "shop_site", "file_name": "/etc/nginx/conf.d/default.conf", **plain}],
            mounts=[{"source": "shop_static", "target": "/srv"}],
            placement_constraints=["node.role==manager"],
            update_order="start-first",
            update_parallelism=1,
            update_delay=10,
        )
        outside.make(
            "services",
            name="shop_store",
            image=f"redis:7{DIGEST}",
            args="redis-server --save '60 1'",
            command="/bin/sh -c",
            replicas=1,
            secrets=[
                {"name": "shop_password", "file_name": "password", **plain},
                {"name": "token", "file_name": "tok", "uid": "103", "gid": "103", "mode": "288"},
            ],
            mounts=[{"source": "for-all", "target": "/shared", "readonly": True}],
        )
    ended = compose.run(
        "import", "--compose", "source/live.yml", "--cluster", "production", "--project", "shop", "--out", "clusters"
    )  # fmt: skip
    assert ended.code == 0, ended.text

    secret = {"RECONCILER_SECRET_SHOP_PASSWORD": "correct-horse"}
    plan = compose.run("plan", "clusters", "--adopt", "--format", "json", env=secret)

    assert plan.code == 0, plan.text
    changes = json.loads(plan.out)["changes"]
    assert {f"{change['kind']}/{change['name']}": change["action"] for change in changes} == dict.fromkeys(
        [
            "config/shop_site",
            "secret/shop_password",
            "service/shop_store",
            "service/shop_web",
            "volume/shop_static",
        ],
        "adopt",
    )
    assert {field["path"] for change in changes for field in change["fields"]} == {"hosts", "port"}
