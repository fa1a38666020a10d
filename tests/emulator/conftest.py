"""A running emulator for every test, and a client that checks each answer against the OpenAPI document."""

import base64
import http.client
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_schema_validator import OAS30ReadValidator

from reconciler import resources
from reconciler.emulator import Emulator, serve


@cache
def document() -> dict[str, Any]:
    text = (resources.SCHEMAS / "medstack-api-v1.openapi.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


@cache
def templates() -> list[tuple[re.Pattern[str], str]]:
    """Path templates; fixed parts come before parameters, so that /companies/current is found first, as in the
    document.
    """
    return [(re.compile(re.sub(r"{[^}]+}", "[^/]+", path)), path) for path in document()["paths"]]


@cache
def response_validator(path: str, method: str, status: str) -> OAS30ReadValidator | None:
    responses = document()["paths"][path][method]["responses"]
    assert status in responses, f"{method} {path} answered {status}, which the document does not have"
    response = responses[status]
    if "$ref" in response:
        response = document()["components"]["responses"][response["$ref"].rpartition("/")[2]]
    if "content" not in response:
        return None
    schema = response["content"]["application/json"]["schema"]
    return OAS30ReadValidator({**schema, "components": document()["components"]})


def check_answer(method: str, path: str, status: int, raw: bytes) -> None:
    """Assert that the document describes the answer."""
    path = path.removeprefix("/v1").partition("?")[0]
    template = next(template for pattern, template in templates() if pattern.fullmatch(path))
    validator = response_validator(template, method.lower(), str(status))
    if validator is None:
        assert raw == b""
    else:
        validator.validate(json.loads(raw))


@dataclass
class HttpAnswer:
    status: int
    raw: bytes
    headers: dict[str, str]

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    @property
    def data(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.body["data"]
        return items


@dataclass
class HttpCalls:
    """Calls over real HTTP. ``cluster`` is the path of the cluster "production"."""

    emulator: Emulator
    company: str = ""
    cluster: str = ""
    passed: float = 0.0
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.emulator.port, timeout=120)
        self.company = f"/v1/companies/{self.get('/v1/companies/current').body['id']}"
        clusters = self.get(f"{self.company}/clusters").data
        self.cluster = f"{self.company}/clusters/{clusters[0]['id']}"

    def send(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None
    ) -> HttpAnswer:
        """Send a request without checking the answer. A body of bytes is sent unchanged."""
        encoded = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        credentials = base64.b64encode(f"{self.emulator.key}:{self.emulator.value}".encode()).decode()
        self.connection.request(method, path, encoded, headers or {"Authorization": f"Basic {credentials}"})
        response = self.connection.getresponse()
        return HttpAnswer(response.status, response.read(), {k.lower(): v for k, v in response.getheaders()})

    def call(self, method: str, path: str, body: Any = None) -> HttpAnswer:
        """Send a request whose answer must follow the document."""
        answer = self.send(method, path, body)
        check_answer(method, path, answer.status, answer.raw)
        return answer

    def get(self, path: str) -> HttpAnswer:
        return self.call("GET", path)

    def create(self, kind: str, **body: Any) -> dict[str, Any]:
        """Create an object, which must succeed."""
        answer = self.call("POST", f"{self.cluster}/{kind}", body)
        assert answer.status in (201, 202), answer.body
        created: dict[str, Any] = answer.body
        return created

    def refused(self, kind: str, **body: Any) -> dict[str, Any]:
        """Try to create an object, which must be refused with 400."""
        answer = self.call("POST", f"{self.cluster}/{kind}", body)
        assert answer.status == 400
        envelope: dict[str, Any] = answer.body
        return envelope

    def named(self, kind: str, name: str) -> dict[str, Any]:
        return next(body for body in self.get(f"{self.cluster}/{kind}").data if body["name"] == name)

    def service(self, key: str) -> dict[str, Any]:
        shown: dict[str, Any] = self.get(f"{self.cluster}/services/{key}").body
        return shown

    def put(self, key: str, **body: Any) -> HttpAnswer:
        return self.call("PUT", f"{self.cluster}/services/{key}", body)

    def patch(self, key: str, **body: Any) -> HttpAnswer:
        return self.call("PATCH", f"{self.cluster}/services/{key}", body)

    def tasks(self, key: str) -> list[dict[str, Any]]:
        return [task for task in self.get(f"{self.cluster}/tasks").data if task["service_id"] == key]

    def states(self, key: str) -> list[str]:
        return sorted(task["status"]["state"] for task in self.tasks(key))

    def faults(self, *faults: dict[str, Any]) -> None:
        assert self.send("POST", "/_emulator/faults", list(faults)).status == 204

    def journal(self) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.send("GET", "/_emulator/requests").body["requests"]
        return entries

    def release(self) -> None:
        """Release the requests that faults hold."""
        assert self.send("POST", "/_emulator/release").status == 204

    def pass_time(self, seconds: float) -> None:
        """Move the platform's clock ahead by ``seconds``."""
        self.passed += seconds
        assert self.send("POST", "/_emulator/clock", {"offset": self.passed}).status == 204

    def reconnect(self) -> None:
        self.connection.close()


@contextmanager
def connected(**options: Any) -> Iterator[HttpCalls]:
    with serve(**options) as emulator:
        api = HttpCalls(emulator)
        try:
            yield api
        finally:
            api.connection.close()


@pytest.fixture(scope="session")
def _settled() -> Iterator[HttpCalls]:
    with connected(pace=0) as api:
        yield api


@pytest.fixture
def api(_settled: HttpCalls) -> HttpCalls:
    """A reset emulator in which nothing takes time."""
    _settled.reconnect()  # more time may pass between two tests than a server keeps idle connections
    _settled.passed = 0.0
    assert _settled.send("POST", "/_emulator/reset").status == 204
    return _settled


SLOW = 1000.0
"""A pace at which nothing happens unless the clock is moved: a second becomes so many seconds."""


@pytest.fixture
def slow() -> Iterator[HttpCalls]:
    """A reset emulator in which only ``pass_time`` makes progress."""
    with connected(pace=SLOW) as api:
        yield api


@pytest.fixture
def start() -> Callable[..., Any]:
    """``with start(state=…) as api:`` for a test that needs its own emulator."""
    return connected


@pytest.fixture
def spawn() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start the command in its own process, with key "k" and value "v". It is killed at the end."""
    program = (
        "import sys, pathlib; from reconciler.emulator import run;"
        "run(state=pathlib.Path(sys.argv[1]), key='k', value='v', pace=0)"
    )
    processes = []

    def started(path: Path) -> subprocess.Popen[str]:
        command = [sys.executable, "-W", "error", "-c", program, str(path)]
        pipe = subprocess.PIPE
        processes.append(subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, encoding="utf-8"))
        return processes[-1]

    yield started
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """Wait until a condition holds; fails after two minutes."""

    def wait(holds: Callable[[], object]) -> None:
        deadline = time.monotonic() + 120
        while not holds():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    return wait
