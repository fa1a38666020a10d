"""Every secret value is marked and searched, in every form, in everything that a run produces."""

import base64
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from tests.faults.cases import Tally
from tests.faults.proxy import Proxy, proxy
from tests.faults.world import FaultWorld

SECRET = 'Zq7"sEcReT/vAl+uE&%mArKeR0001<é>'
ROTATED = "Zq8'rOtAtEd/vAl+uE&%mArKeR0002"
URL_PATH = "T0Hook/B0MarkedUrl/mArKeR0003xYz"
TOKEN = "Zq9eNv-tOkEn/vAl+mArKeR0004=="
DSN = "postgres://app:Zq1dSnPaSs-mArKeR0005@db/app"
MARKED = (SECRET, ROTATED, URL_PATH, TOKEN, DSN)

MANIFEST = """\
cluster: production
secrets: {{password: {{env: PASSWORD}}}}
services:
  api:
    image: registry.example.com/api:{tag}
    update_monitor: 0
    secrets: [password]
    environment_variables: {{API_TOKEN: {token}, STORE: {store}, LOG_LEVEL: info}}
webhooks:
  marked: {{url: {url}}}
"""


@dataclass(frozen=True)
class UserMachine:
    """A user's machine: a folder with manifests, a home, a temporary folder, and access to the server."""

    folder: Path
    world: FaultWorld
    between: Proxy

    def run(self, *args: str, secret: str) -> "subprocess.CompletedProcess[bytes]":
        """Run the command, and search its command line meanwhile."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "tmp"),
            "XDG_CACHE_HOME": str(self.folder / "home" / "cache"),
            "MEDSTACK_API_URL": f"http://127.0.0.1:{self.between.port}/v1",
            "MEDSTACK_TOKEN_KEY": self.world.key,
            "MEDSTACK_TOKEN_VALUE": self.world.value,
            "RECONCILER_SECRET_PASSWORD": secret,
            "RECONCILER_VAR_TOKEN": TOKEN,
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }
        with subprocess.Popen(
            [sys.executable, "-m", "reconciler", *args],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd=self.folder,
        ) as process:  # fmt: skip
            lines: list[bytes] = []
            watch = threading.Thread(target=_command_lines, args=(process, lines))
            watch.start()
            out, err = process.communicate(timeout=600)
            watch.join()
        (self.folder / f"said-{len(list(self.folder.glob('said-*')))}").write_bytes(
            out + b"\n" + err + b"".join(lines)
        )
        return subprocess.CompletedProcess(args, process.returncode, out, err)


def _command_lines(process: "subprocess.Popen[bytes]", lines: list[bytes]) -> None:
    while process.poll() is None:
        try:
            lines.append(Path(f"/proc/{process.pid}/cmdline").read_bytes())
        except OSError:
            return
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue


@pytest.fixture
def place(platform: FaultWorld, tmp_path: Path) -> Iterator[UserMachine]:
    platform.reset()
    for name in ("home", "tmp", "manifests"):
        (tmp_path / name).mkdir()
    with proxy(int(platform.url.split(":")[2].split("/")[0])) as between:
        yield UserMachine(tmp_path, platform, between)


def declare(place: UserMachine, tag: str) -> None:
    text = MANIFEST.format(
        tag=tag,
        token='"${TOKEN}"',
        store=json.dumps(DSN),
        url=json.dumps(f"https://hooks.example.com/{URL_PATH}"),
    )
    (place.folder / "manifests" / "cluster.yaml").write_text(text, encoding="utf-8")


def forms(value: str) -> Iterator[bytes]:
    """The value in every form that it could take; its first half stands for parts of it."""
    raw = value.encode()
    coded = base64.b64encode(raw)
    yield raw
    yield raw[: len(raw) // 2]
    yield coded.rstrip(b"=")
    yield base64.urlsafe_b64encode(raw).rstrip(b"=")
    yield from (base64.b64encode(b"\0" * shift + raw)[4:-4] for shift in (1, 2))
    yield from (quote(value, safe="").encode(), quote(value).encode(), quote_plus(value).encode())
    yield json.dumps(value)[1:-1].encode()
    yield json.dumps(value, ensure_ascii=False)[1:-1].encode()
    yield repr(value)[1:-1].encode()
    yield raw.hex().encode()


def leaks(where: str, data: bytes, values: Sequence[str]) -> list[str]:
    return [
        f"{where}: {form!r}"
        for value in values
        for form in dict.fromkeys(forms(value))
        if len(form) > 5 and form in data
    ]


def left_behind(place: UserMachine) -> list[str]:
    """The secret values in any file except the manifests."""
    token = (place.world.value, base64.b64encode(f"{place.world.key}:{place.world.value}".encode()).decode())
    found = []
    for file in place.folder.rglob("*"):
        if file.is_file() and file.parent.name != "manifests":
            found += leaks(file.name, file.read_bytes(), (*MARKED, *token))
    return found


def sent(place: UserMachine) -> list[str]:
    """The secret values in requests that must not contain them, except in Authorization."""
    found = []
    for request in place.between.requests:
        line = request.partition(b"\r\n")[0].decode()
        body = re.sub(rb"(?im)^authorization:.*$", b"", request)
        allowed: tuple[str, ...] = ()
        if re.match(r"POST \S+/secrets ", line):
            allowed = (SECRET, ROTATED)
        elif re.match(r"(POST|PUT) \S+/webhooks/", line):
            allowed = (URL_PATH,)
        elif re.match(r"(POST|PUT) \S+/services", line):
            allowed = (TOKEN, DSN)
        found += leaks(line, body, [value for value in (*MARKED, place.world.value) if value not in allowed])
    return found


def kept_by_the_platform(place: UserMachine) -> list[str]:
    """The secret values in the record."""
    found = []
    for _, kind, body in place.world.state()["objects"]:
        if kind == "config":
            found += leaks(body["name"], json.dumps(body).encode(), MARKED)
    return found


FAULTS = ("500-before", "500-after", "502-html", "drop-after", "half-json", "409")


def test_a_secret_value_is_only_in_the_request_that_creates_it(place: UserMachine, tally: Tally):
    declare(place, "1.0")
    codes = [
        place.run("plan", "manifests", "-v", "--out", "plan.json", secret=SECRET).returncode,
        *(
            place.run("plan", "manifests", "--format", style, secret=SECRET).returncode
            for style in ("json", "markdown", "html")
        ),
        place.run("apply", "manifests", "--yes", "-v", "--audit", "audit.jsonl", secret=SECRET).returncode,
    ]
    declare(place, "2.0")
    codes += [
        place.run("plan", "manifests", "--format", "html", secret=ROTATED).returncode,
        place.run(
            "apply", "manifests", "--yes", "-v", "--audit", "audit.jsonl", "--format", "json", secret=ROTATED
        ).returncode,
        place.run("status", secret=ROTATED).returncode,
        place.run("drift", "manifests", secret=ROTATED).returncode,
        place.run("show", "plan.json", "--format", "html", secret=ROTATED).returncode,
    ]
    assert set(codes) == {0}, codes
    found = [*left_behind(place), *sent(place), *kept_by_the_platform(place)]
    tally.runs += 2
    tally.leaked_values += len(found)
    assert found == []
    created = [request for request in place.between.requests if ROTATED.encode() in request]
    assert len(created) == 1
    assert sum(json.dumps(SECRET)[1:-1].encode() in request for request in place.between.requests) == 1


@pytest.mark.parametrize("kind", FAULTS)
def test_no_secret_value_is_shown_if_every_write_fails(place: UserMachine, tally: Tally, kind: str):
    declare(place, "1.0")
    # A webhook that was not created is searched for a minute, which this test does not need.
    looked_for = kind in ("500-before", "502-html", "drop-before")
    struck = ("secrets", "services") if looked_for else ("secrets", "services", "outgoing")
    place.world.faults(
        *(
            {"kind": kind, "match": {"method": "POST", "path_regex": f"/{collection}$"}}
            for collection in struck
        )
    )
    ran = place.run("apply", "manifests", "--yes", "-v", "--audit", "audit.jsonl", secret=SECRET)
    place.world.faults()
    tally.faults_injected += len(struck)
    tally.runs += 1
    found = [*left_behind(place), *sent(place), *kept_by_the_platform(place)]
    tally.leaked_values += len(found)
    assert found == []
    assert ran.returncode in (0, 1)


def test_no_secret_value_is_shown_by_a_bug(place: UserMachine, tally: Tally):
    """Invalid manifests with an available value: diagnostics and refusals do not show it."""
    declare(place, "1.0")
    broken = (
        (place.folder / "manifests" / "cluster.yaml")
        .read_text(encoding="utf-8")
        .replace("LOG_LEVEL: info", "LOG_LEVEL: [1]")
    )
    (place.folder / "manifests" / "cluster.yaml").write_text(broken, encoding="utf-8")
    assert place.run("apply", "manifests", "--yes", secret=SECRET).returncode == 1
    tally.runs += 1
    found = left_behind(place)
    tally.leaked_values += len(found)
    assert found == []
