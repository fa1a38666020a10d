"""For any value in a field of an answer: no internal error, no unplanned write, no untrue result.

Every field of every object in an answer gets a dozen wrong values, one at a time, during a plan and an apply, in
one process and with their own clock.
"""

import copy
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest

from reconciler.api.calls import Calls
from reconciler.api.client import Reader
from reconciler.api.rate_limiter import Clock, RateLimiter
from reconciler.errors import ReconcilerError, Refused
from reconciler.model import RunResult
from reconciler.model.failure import Failure
from reconciler.pipeline import plan as planning
from reconciler.pipeline.apply import ApplySettings, apply
from reconciler.pipeline.manifests import NOT_RECORDED, Manifests, load
from reconciler.pipeline.planned import PlannedRun
from reconciler.pipeline.scope import Scope
from reconciler.pipeline.session import Session
from reconciler.render import FORMATS, REPORT_FORMATS
from reconciler.render.outcomes import error_text
from reconciler.resources import SCHEMAS
from reconciler.transport import Request, Response, Transport
from tests.model.platform import DEFAULTS, ModelPlatform, Write
from tests.model.world import ENVIRONMENT, inline
from tests.words import notes_of

BEFORE = """
cluster: production
volumes: {data: {}}
configs: {site: {data: one}, old: {data: gone soon}}
secrets: {key: {env: KEY}}
services:
  api: {image: "app:1", port: 80, hosts: [api.example.com], configs: [site], secrets: [key], mounts: ["data:/data"],
        environment_variables: {A: "1"}, healthcheck_path: /}
  web: {image: "app:1", environment_variables: {B: "1"}}
  last: {image: "app:1"}
nodes: {small: 1}
webhooks: {chat: {url: "https://hooks.example.com/1"}}
"""
AFTER = (
    BEFORE.replace(", old: {data: gone soon}", ", new: {data: made}")
    .replace("app:1", "app:2")
    .replace('  last: {image: "app:2"}\n', '  more: {image: "app:2"}\n')
    .replace("small: 1", "small: 2")
    .replace("hooks.example.com/1", "hooks.example.com/2")
    + "removed: {services: [last], configs: [old]}\n"
)
WRONG = {
    "NaN": "NaN",
    "without end": "1e999",
    "null": "null",
    "a text": '"nonsense"',
    "an empty text": '""',
    "true": "true",
    "a negative number": "-5",
    "a huge number": "9" * 400,
    "a fraction": "0.3333",
    "a list": "[1, null]",
    "an object": '{"a": 1}',
    "nested deeply": "[" * 300 + "]" * 300,
    "half a character": '"\\ud800"',
    "a list of objects": '[{"name": 7, "source": [], "key": {}, "value": [], "uid": "x", "id": null}]',
    "a long text": json.dumps("x" * 50_000),
}
PLACES = {
    "company": "/current",
    "cluster": "/clusters",
    "service": "/services",
    "secret": "/secrets",
    "config": "/configs",
    "volume": "/volumes",
    "webhook": "/outgoing",
    "node": "/nodes",
    "node_size": "/node-sizes",
    "task": "/tasks",
}
SCHEMA = json.loads((SCHEMAS / "answers.schema.json").read_text(encoding="utf-8"))["$defs"]
MARK = "@wrong@"


@dataclass
class WholePlatform(ModelPlatform):
    """The platform with nodes and webhooks."""

    listed: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {
            "node-sizes": [{"object": "node_size", "id": "small", "title": "Small"}],
            "nodes": [
                {"object": "node", "id": "node_1", "status": "Ready", "public_ip_address": "192.0.2.1",
                 "swarm_manager": True, "size": "small"}
            ],
            "outgoing": [],
        }
    )  # fmt: skip

    def send(self, request: Request) -> Response:
        path, _, key = request.path.rpartition("/")
        section = key if key in self.listed else path.rpartition("/")[2]
        if section not in self.listed:
            return super().send(request)
        objects = self.listed[section]
        if request.method == "GET":
            body = {"object": "list", "data": objects} if section == key else self._by_id(objects, key)
            return self._said(200, body)
        body = json.loads(request.body or b"{}")
        kind = {"nodes": "node", "outgoing": "webhook"}[section]
        self.watch(Write(request.method, kind, str(body.get("label") or body.get("size_id")), key, body))
        if request.method == "POST":
            made = {"object": kind, "id": f"{kind}_{len(objects) + 1}", **body}
            if kind == "node":
                made |= {"status": "Ready", "size": body["size_id"], "swarm_manager": False}
            objects.append(made)
            return self._said(201, made)
        self._by_id(objects, key).update(body)
        return self._said(200, self._by_id(objects, key))

    def _by_id(self, objects: list[dict[str, Any]], key: str) -> dict[str, Any]:
        return next(body for body in objects if body["id"] == key)

    def _said(self, status: int, body: Any) -> Response:
        headers = {"date": formatdate(self.now(), usegmt=True), "content-type": "application/json"}
        return Response(status, headers, json.dumps(body).encode())


@dataclass
class Wrong(WholePlatform):
    """The platform with one wrong field in every answer whose path ends like this, or in those about one object."""

    place: str = ""
    path: tuple[str, ...] = ()
    value: str = ""
    only: str = ""
    date: str = ""
    alone: bool = False
    made: list[Write] = field(default_factory=list)

    def send(self, request: Request) -> Response:
        response = super().send(request)
        if self.date:
            response = Response(response.status, {**response.headers, "date": self.date}, response.body)
        is_list = request.path.endswith(self.place)
        concerned = is_list != self.alone and f"{self.place}/" in f"{request.path}/"
        if not self.place or not concerned or not response.body or response.status >= 300:
            return response
        body = json.loads(response.body)
        for item in body["data"] if isinstance(body.get("data"), list) else [body]:
            if not self.only or item.get("name") == self.only:
                _set(item, self.path)
        text = json.dumps(body).replace(json.dumps(MARK), self.value)
        return Response(response.status, response.headers, text.encode())


P = TypeVar("P", bound=Wrong)


def _set(item: dict[str, Any], path: tuple[str, ...]) -> None:
    if len(path) == 1:
        item[path[0]] = MARK
        return
    inner = item.get(path[0])
    for part in inner if isinstance(inner, list) else [inner]:
        if isinstance(part, dict):
            _set(part, path[1:])


def fields(kind: str) -> Iterator[tuple[str, ...]]:
    """The places of values in an object of a kind."""
    yield ("unknown",)
    for name, schema in SCHEMA[kind]["properties"].items():
        yield (name,)
        inner = schema.get("items", schema).get("properties", {})
        yield from ((name, part) for part in inner)


@pytest.fixture(scope="module")
def manifests(tmp_path_factory: pytest.TempPathFactory) -> tuple[Manifests, Manifests]:
    folder = tmp_path_factory.mktemp("wrong")
    return loaded(folder / "before", BEFORE), loaded(folder / "after", AFTER)


def loaded(folder: Path, text: str) -> Manifests:
    folder.mkdir()
    (folder / "manifest.yaml").write_text(text, encoding="utf-8")
    environment = {"RECONCILER_SECRET_KEY": "correct horse battery"}
    loaded = load(
        folder / "manifest.yaml", root=folder, variables={}, environment=environment, sources=NOT_RECORDED
    )
    loaded.raise_if_invalid()
    return loaded


@pytest.fixture(scope="module")
def applied(manifests) -> Wrong:
    """The platform after the first apply."""
    platform = Wrong()
    with inline():
        result, _ = run(platform, manifests[0])
    assert result is not None
    assert result.exit_code == 0, result
    return platform


def run(platform: Wrong, manifests: Manifests) -> tuple[RunResult | None, PlannedRun | None]:
    """Plan and apply. Only errors that are raised on purpose are caught."""
    clock = Clock(platform.now, platform.sleep, platform.now)
    calls = Calls(platform, pace=RateLimiter(1, clock=clock), clock=clock, chance=lambda: 0.5)
    session = Session("memory", cast(Transport, platform), calls, Reader(calls), 1)
    planned, result = None, None
    platform.made = []
    platform.watch = platform.made.append
    try:
        planned = planning.plan(session, manifests, Scope(prune=True), ENVIRONMENT)
        assert platform.made == [], "a plan wrote"
        for shown in FORMATS.values():
            shown(planned.plans, diagnostics=planned.diagnostics, meta=planned.meta).encode()
        result = apply(session, planned, ApplySettings(timeout=60.0, wait=True, clock=clock))
        REPORT_FORMATS["text"](result).encode()
    except Refused:
        assert [made for made in platform.made if not made.name.startswith("reconciler.")] == []
    except ReconcilerError:
        assert platform.made == [], "a run that wrote said that it failed before"
    return result, planned


def copied(platform: P) -> P:
    lock = platform._lock
    return copy.deepcopy(platform, {id(lock): threading.RLock()})


def _is_bug(cause: object) -> bool:
    failure = getattr(cause, "failure", cause)
    return isinstance(failure, Failure) and failure.kind == "bug"


def check(platform: Wrong, result: RunResult | None, planned: PlannedRun | None) -> None:
    """Assert that only planned changes were written and that the report is true."""
    if result is None or planned is None:
        return
    changes = {
        (change.address.kind, change.live_name or change.address.name): change
        for change in planned.plans[0].changes
    }
    changes |= {
        (change.live.kind, change.live.name): change for change in planned.plans[0].changes if change.live
    }
    for write in platform.made:
        assert write.name.startswith("reconciler.") or (write.kind, write.name) in changes, write
    assert len([made for made in platform.made if made.kind == "node"]) <= 1
    assert {outcome.change.address for outcome in result.outcomes} == {
        change.address for change in planned.plans[0].changes
    }
    written = {(made.kind, made.name) for made in platform.made}
    for outcome in result.outcomes:
        assert not _is_bug(outcome.cause), outcome
        address, live = outcome.change.address, outcome.change.live
        names = {outcome.change.live_name, address.name, live.name if live else address.name}
        if outcome.status in ("applied", "skipped"):
            was_written = any((address.kind, other) in written for other in names)
            assert was_written == (outcome.status == "applied"), outcome
        name, change = outcome.change.live_name or outcome.change.address.name, outcome.change
        if change.address.kind == "service" and outcome.status in ("applied", "skipped"):
            found = platform.service(change.live.name if change.live else name)
            if change.action == "delete":
                assert (found is None) == (outcome.status == "applied"), outcome
            else:
                is_new = found is not None and found.spec["image"] == "app:2"
                assert is_new == (outcome.status == "applied"), outcome
    assert not any(map(_is_bug, result.problems)), result.problems
    if any(outcome.status != "applied" for outcome in result.outcomes):
        assert result.exit_code == 1


def test_with_valid_answers_everything_is_applied(applied, manifests):
    platform = copied(applied)
    with inline():
        result, planned = run(platform, manifests[1])
    check(platform, result, planned)
    assert result is not None
    assert result.exit_code == 0
    assert len(result.outcomes) == 8


@pytest.mark.parametrize("alone", [False, True], ids=["in lists", "alone"])
@pytest.mark.parametrize(
    "kind, path",
    [pytest.param(kind, path, id=".".join((kind, *path))) for kind in PLACES for path in fields(kind)],
)
def test_wrong_values_cause_no_crash_unplanned_write_or_untrue_report(applied, manifests, kind, path, alone):
    for only in ("", "web") if kind == "service" else ("",):
        for wrong, value in WRONG.items():
            platform = copied(applied)
            platform.place, platform.path, platform.value = PLACES[kind], path, value
            platform.only, platform.alone = only, alone
            with inline():
                result, planned = run(platform, manifests[1])
            try:
                check(platform, result, planned)
            except AssertionError as error:
                raise AssertionError(f"{wrong} in {kind}.{'.'.join(path)}: {error}") from error


@pytest.mark.parametrize(
    "date", ["", "soon", "Fri, 01 Jan 10000 00:00:00 GMT", "Fri, 01 Jan 0001 00:00:00 GMT", "9" * 400]
)
def test_no_date_header_causes_an_error(applied, manifests, date):
    platform = copied(applied)
    platform.date = date or " "
    with inline():
        result, planned = run(platform, manifests[1])
    check(platform, result, planned)


def test_unreadable_objects_are_left_unchanged_and_the_rest_is_applied(applied, manifests):
    platform = copied(applied)
    platform.place, platform.path, platform.value, platform.only = "/services", ("mounts",), "7", "web"
    with inline():
        result, planned = run(platform, manifests[1])

    assert result is not None
    assert planned is not None
    assert {(outcome.change.address.name, outcome.status) for outcome in result.outcomes} >= {
        ("api", "applied")
    }
    assert "web" not in {outcome.change.address.name for outcome in result.outcomes}
    assert not any(outcome.change.action == "delete" for outcome in result.outcomes)
    assert result.exit_code == 1
    assert any("mounts is a number" in note for note in notes_of(planned.plans[0]))
    assert planned.exit_code(detailed=True) == 2
    web = platform.service("web")
    assert web is not None
    assert web.spec["image"] == "app:1"


def test_any_exception_during_a_write_makes_the_change_unknown(applied, manifests, monkeypatch):
    def put(platform: Wrong, request: Request) -> Response:
        service = platform.service("web")
        assert service is not None
        response = WholePlatform.send(platform, request)
        if request.method == "PUT" and service.id in request.path:
            raise ZeroDivisionError("hunter2")
        return response

    monkeypatch.setattr(Wrong, "send", put)
    platform = copied(applied)
    with inline():
        result, _ = run(platform, manifests[1])

    assert result is not None
    ended = {outcome.change.address.name: outcome for outcome in result.outcomes}
    assert {name: outcome.status for name, outcome in ended.items()} == {
        "web": "unknown",
        "api": "applied",
        "more": "applied",
        "new": "applied",
        "small": "applied",
        "chat": "applied",
        "last": "skipped",
        "old": "skipped",
    }
    assert error_text(ended["web"]) == (
        "a bug in reconciler (ZeroDivisionError); whether it was written is not known"
    )
    assert result.exit_code == 1


def test_if_a_declared_object_is_unreadable_the_plan_does_not_claim_a_match(applied, manifests):
    platform = copied(applied)
    platform.place, platform.path, platform.value, platform.only = "/services", ("mounts",), "7", "web"
    with inline():
        result, planned = run(platform, manifests[0])

    assert result is not None
    assert planned is not None
    assert planned.changes == 0
    assert planned.exit_code(detailed=True) == 2
    assert not planned.is_settled
    assert result.exit_code == 1
    assert "No changes, but 1 could not be read." in FORMATS["text"](
        planned.plans, diagnostics=planned.diagnostics, meta=planned.meta
    )


def test_an_unreadable_unmanaged_object_does_not_fail_a_run(applied, manifests):
    platform = copied(applied)
    platform.swarm.create("theirs", {**DEFAULTS, "image": "app:9"})
    platform.place, platform.path, platform.value, platform.only = "/services", ("mounts",), "7", "theirs"
    with inline():
        result, planned = run(platform, manifests[0])

    assert result is not None
    assert planned is not None
    assert (planned.exit_code(detailed=True), result.exit_code) == (0, 0)
    assert any("mounts is a number" in note for note in notes_of(planned.plans[0]))
