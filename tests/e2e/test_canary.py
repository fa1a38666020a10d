"""A marked value is put into every place that may hold a credential, and searched in every output."""

import base64
import json
import re
import urllib.request
from urllib.parse import quote

import pytest
import yaml

from tests.e2e.conftest import Bench, Ended

CANARY = "Zq7canary"
FORMS = (
    CANARY,
    *(base64.b64encode(b"." * lead + CANARY.encode())[4 if lead else 0 : -4].decode() for lead in (0, 1, 2)),
)
MANIFEST = """\
cluster: production
sensitive: [WORD]
configs:
  app-conf:
    data: |
      [db]
      user = app
      password = Zq7canary-conf-{v}
      url = postgres://app:Zq7canary-conf2-{v}@db/app
  whole: {{data: "Zq7canary whole {v}", sensitive: true}}
secrets:
  token: {{env: TOKEN}}
services:
  api:
    image: "nginx:${{IMAGE_PAT}}"
    command: "run --requirepass Zq7canary-command-{v} --port 1"
    args: "serve ${{WORD}} --log ${{LEVEL}} -Dx.password=Zq7canary-args-{v}"
    healthcheck_path: "/up?token=Zq7canary-path-{v}"
    port: 80
    hosts: ["${{HOST_KEY}}.example.com"]
    secrets: [token]
    configs: [app-conf, whole]
    environment_variables:
      DB_PASSWORD: Zq7canary-name-{v}
      URL: "https://Zq7canary-url-{v}@host/x"
      JSON: '{{"db": {{"password": "Zq7canary-json-{v}"}}, "word": "${{WORD}}"}}'
      GITHUB: ghp_Zq7canary0123456789{v}
      LOG: "level {v}"
  gone: {{image: "nginx:1", args: "--token=Zq7canary-gone"}}
webhooks:
  deploys: {{url: "https://hooks.example.com/Zq7canary-hook-{v}"}}
  builds: {{url: {{env: BUILDS}}}}
"""


def environment(version: int) -> dict[str, str]:
    return {
        "RECONCILER_SECRET_TOKEN": f"{CANARY}-secret-{version}",
        "RECONCILER_SECRET_BUILDS": f"https://builds.example.com/{CANARY}-builds-{version}",
        "RECONCILER_VAR_WORD": f"{CANARY}-word-{version}",
        "RECONCILER_VAR_HOST_KEY": f"{CANARY}-host-{version}".lower(),
        "RECONCILER_VAR_IMAGE_PAT": f"{CANARY}-image-{version}",
        "RECONCILER_VAR_LEVEL": "info",
        "RECONCILER_DIGEST_KEY": "k" * 32,
    }


def found(text: str) -> list[str]:
    """The occurrences of a marked value in a text, with the text around them."""
    return [
        text[max(0, match.start() - 60) : match.end() + 20]
        for form in FORMS
        for match in re.finditer(re.escape(form), text, re.IGNORECASE)
    ]


class Watched:
    """Runs commands, and searches everything that they print and write."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.version = bench, 1

    def write(self, version: int) -> None:
        self.version = version
        self.bench.write(MANIFEST.format(v=version))

    def run(self, *arguments: str, code: int = 0, **more: str) -> Ended:
        ended = self.bench.run(*arguments, env={**environment(self.version), **more})
        assert ended.code == code, ended.text
        assert found(ended.text) == [], arguments
        for path in self.bench.folder.rglob("*"):
            if path.is_file() and path.name != "manifest.yaml" and "configs" not in path.parts:
                assert found(path.read_bytes().decode("utf-8", "replace")) == [], path
        return ended


@pytest.fixture
def watched(bench: Bench) -> Watched:
    return Watched(bench)


def records(bench: Bench) -> str:
    """The contents of all records in the cluster."""
    server = bench.server
    token = base64.b64encode(f"{server.key}:{server.value}".encode()).decode()

    def get(path: str) -> dict[str, object]:
        request = urllib.request.Request(f"{server.url}{path}", headers={"Authorization": f"Basic {token}"})
        with urllib.request.urlopen(request) as answer:
            value: dict[str, object] = json.load(answer)
            return value

    company = get("/companies/current")["id"]
    clusters = get(f"/companies/{company}/clusters")["data"]
    assert isinstance(clusters, list)
    configs = [get(f"/companies/{company}/clusters/{cluster['id']}/configs")["data"] for cluster in clusters]
    return "".join(
        config["data"]
        for listed in configs
        if isinstance(listed, list)
        for config in listed
        if config["name"].startswith("reconciler.")
    )


def test_no_secret_value_is_printed_written_or_recorded(watched: Watched) -> None:
    watched.write(1)
    watched.run("validate")
    watched.run("validate", "--format", "json")
    watched.run("plan")
    watched.run("apply", "--yes", "--audit", "audit.jsonl")
    watched.write(2)
    for style in ("text", "json", "markdown", "html"):
        watched.run("plan", "--format", style, "--out", f"{style}.plan")
        watched.run("show", "json.plan" if style == "html" else f"{style}.plan", "--format", style)
    watched.run("drift", code=2)  # version two is pending
    watched.run("drift", "--format", "json", code=2)
    watched.run("apply", "--yes", "--verbose", "--audit", "audit.jsonl")
    watched.run("status")
    watched.run("status", "--format", "json")
    shown = re.sub(f"{CANARY}-host-[12]".lower(), "", records(watched.bench))
    assert "reconciler" not in found(shown)
    assert [place for place in found(shown) if "image" not in place] == []


def test_no_secret_value_in_messages_of_a_server_or_task_is_shown(watched: Watched) -> None:
    watched.write(1)
    bad = MANIFEST.format(v=1).replace("nginx:${IMAGE_PAT}", "nginx:missing-${IMAGE_PAT}")
    watched.bench.write(bad)
    ended = watched.run("apply", "--yes", "--timeout", "60", code=1)

    assert "(sensitive)" in ended.text
    watched.run("status", code=2)
    watched.run("status", "--format", "json", code=2)
    watched.run("plan")


def test_a_plan_shows_the_text_around_secret_values(watched: Watched) -> None:
    watched.write(1)
    watched.run("apply", "--yes", "--no-wait")
    watched.write(2)
    fields = {
        field["path"]: (field["before"], field["after"])
        for change in json.loads(watched.run("plan", "--format", "json").out)["changes"]
        for field in change["fields"]
    }
    shown = {path: [re.sub(r" #\d+", "", str(value)) for value in pair] for path, pair in fields.items()}

    assert shown["args"] == ["serve (sensitive) --log info -Dx.password=(sensitive)"] * 2
    assert shown["environment_variables.LOG"] == ["level 1", "level 2"]
    assert shown["image"] == ["nginx:(sensitive)"] * 2
    assert [str(host) for host in shown["hosts"]] == ["['(sensitive).example.com']"] * 2
    assert (
        shown["environment_variables.JSON"]
        == ['{"db": {"password": "(sensitive)"}, "word": "(sensitive)"}'] * 2
    )


SHAPES = """\
user:CANARY@tcp(db:3306)/app
app:CANARY@db:5432/app
AccountName=a;AccountKey=CANARY==;EndpointSuffix=x
//registry.example.com/:_authToken=CANARY
machine h login u password CANARY
mysqldump -u root -pCANARY db
redis-server --requirepass CANARY
curl -u user:CANARY https://x
curl -H 'Authorization: token CANARY' x
curl -H 'X-Api-Key: CANARY' x
sh -c "PGPASSWORD=CANARY psql"
aws_secret_access_key = CANARY
amqp://u:p%40CANARY@mq
jdbc:x://h?user=u&password=CANARY
Server=h;Uid=u;Pwd=CANARY;
https://CANARY@sentry.example/1
https://hooks.slack.com/services/T000/B000/CANARY
define('DB_PASSWORD', 'CANARY');
<password>CANARY</password>
"password" : "CANARY"
CREATE USER x IDENTIFIED BY 'CANARY'
ghp_CANARY0123456789012345
-----BEGIN PRIVATE KEY-----\\nCANARY\\n-----END PRIVATE KEY-----
sshpass -p CANARY ssh h
docker login -u u -p CANARY
""".splitlines()
"""A credential in each form that is recognized by itself."""


def in_every_place(version: int) -> str:
    """A manifest with each form in every field that may hold a credential, plain and encoded."""
    services, configs = {}, {}
    for number, shape in enumerate(SHAPES):
        text = shape.replace("CANARY", f"{CANARY}-{version}-{number}")
        services[f"s{number}"] = {
            "image": "nginx:1",
            "command": f"run {text}",
            "args": text,
            "healthcheck_path": f"/x?{quote(text, safe='=&?/:@')}",
            "environment_variables": {
                "PLAIN": text,
                "AMID": f"before {text} behind",
                "JSON": json.dumps({"x": {"y": text}}),
                "TWICE": json.dumps({"x": json.dumps({"y": text})}),
                "BASE64": base64.b64encode(text.encode()).decode(),
                "PERCENT": quote(text, safe=""),
            },
        }
        configs[f"c{number}"] = {"data": f"a = {version}\n{text}\nb\n"}
    return yaml.safe_dump({"cluster": "production", "services": services, "configs": configs}, width=10_000)


def test_no_form_of_a_credential_is_shown_in_any_field(watched: Watched) -> None:
    watched.bench.write(in_every_place(1))
    watched.run("apply", "--yes", "--no-wait", "--verbose", "--audit", "audit.jsonl")
    watched.bench.write(in_every_place(2))
    for style in ("text", "json", "markdown", "html"):
        watched.run("plan", "--format", style, "--out", f"{style}.plan")
    watched.run("drift", code=2)
    watched.run("status", "--format", "json", code=2)  # no rollout was watched

    assert found(records(watched.bench)) == []
