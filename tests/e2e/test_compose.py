"""From a Compose file to services that run, with the real command; and over a stack that is live already."""

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
    assert {one["key"]: one["value"] for one in web["environment_variables"]} == {
        "STORE": "store:6379",
        "GREETING": "hello $USER",
    }


def test_a_stack_that_is_live_is_adopted_under_its_live_names(compose):
    with Outside(compose.server) as outside:
        outside.make("secrets", name="shop_password", data="correct-horse")
        outside.make("volumes", name="shop_static")
        outside.make("configs", name="site.conf", data="server {}\n")
        outside.make(
            "services",
            name="shop_store",
            image="redis:7",
            args="redis-server --save '60 1'",
            replicas=1,
            secrets=[{"name": "shop_password", "file_name": "password", "mode": "292"}],
        )
    ended = compose.run(
        "import",
        "--compose",
        "source/compose.yml",
        "--cluster",
        "production",
        "--project",
        "shop",
        "--out",
        "clusters",
    )
    assert ended.code == 0, ended.text

    plan = compose.run(
        "plan", "clusters", "--adopt", env={"RECONCILER_SECRET_SHOP_PASSWORD": "correct-horse"}
    )

    assert plan.code == 0, plan.text
    assert "service/shop_store: adopt" in plan.out
    assert "volume/shop_static: adopt" in plan.out
    assert "secret/shop_password: adopt" in plan.out
