"""The page at / and its data: for every user of this machine, without secrets."""

import json
import re

import pytest

PATHS = ("/", "/live.css", "/live.js", "/live.json", "/look.css")
VALUES = [f"hunter2-of-{what}" for what in ("a-secret", "a-config", "a-variable", "an-argument", "a-hook")]


@pytest.fixture
def filled(api):
    """A cluster with an object of each kind, with values in all fields."""
    secret, config, variable, argument, hook = VALUES
    api.create("secrets", name="password.v1", data=secret)
    api.create("secrets", name="password.v2", data=secret)
    api.create("configs", name="site.v1", data=config)
    api.create("volumes", name="data")
    body = {"url": f"https://hooks.example.com/{hook}", "label": "deploys"}
    assert api.send("POST", f"{api.company}/webhooks/outgoing", body).status == 201
    api.create(
        "services",
        name="web",
        image="nginx:1.27.3",
        replicas=2,
        args=argument,
        environment_variables=[{"key": "TOKEN", "value": variable}],
        secrets=[{"name": "password.v2", "file_name": "p", "uid": "0", "gid": "0", "mode": "292"}],
    )
    return api


def plain(api, path, **headers):
    """An answer to a request without a token."""
    return api.send("GET", path, headers={"Host": f"127.0.0.1:{api.emulator.port}", **headers})


@pytest.mark.parametrize("path", PATHS)
def test_page_is_served_without_a_token_and_with_a_strict_policy(api, path):
    answer = plain(api, path)

    assert answer.status == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; ")
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", PATHS)
def test_request_with_another_host_name_is_refused(api, path):
    answer = plain(api, path, Host=f"evil.example:{api.emulator.port}")

    assert answer.status == 403
    assert b"cluster" not in answer.raw


def test_page_names_all_objects_and_shows_no_values(filled):
    answer = plain(filled, "/live.json")
    shown = json.loads(answer.raw)
    production = shown["clusters"][0]
    web = next(service for service in production["services"] if service["name"] == "web")

    assert not [value for value in VALUES if value in answer.raw.decode()]
    assert (web["image"], web["replicas"], web["secrets"]) == ("nginx:1.27.3", 2, ["password.v2"])
    assert len(web["tasks"]) == 2
    assert [webhook["label"] for webhook in shown["webhooks"]] == ["deploys"]
    assert shown["webhooks"][0]["host"] == "hooks.example.com"
    assert [volume["name"] for volume in production["volumes"]] == ["data"]
    (password,) = production["secrets"]
    assert password["name"] == "password"
    assert [(version["number"], version["users"]) for version in password["versions"]] == [
        (2, ["web"]),
        (1, []),
    ]


def test_versions_of_a_record_share_one_line(filled):
    for number in (1, 2):
        filled.create("configs", name=f"reconciler.default.{number}", data="x")
    shown = json.loads(plain(filled, "/live.json").raw)

    assert [(config["name"], len(config["versions"])) for config in shown["clusters"][0]["configs"]] == [
        ("reconciler.default", 2),
        ("site", 1),
    ]


def test_page_does_not_list_its_own_requests(filled):
    before = json.loads(plain(filled, "/live.json").raw)["requests"]
    after = json.loads(plain(filled, "/live.json").raw)["requests"]

    assert before == after
    assert "/live.json" not in {request["path"] for request in before}


def test_every_file_of_the_page_is_served(api):
    page = plain(api, "/").raw.decode()

    assert set(re.findall(r'(?:href|src)="(/[^"]*)"', page)) <= set(PATHS)
