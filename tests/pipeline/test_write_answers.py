"""For any answer to a write: no other object is written, the report and the record are true, the next run converges.

The answer to one write of an apply is untrue: it is about another object, it has another id, name or content, or it
says that something was done which was not. The next run gets true answers again.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from reconciler.model import RunResult
from reconciler.pipeline.manifests import Manifests
from reconciler.record import read
from reconciler.transport import Request, Response
from tests.model.platform import CLUSTER, COMPANY, DEFAULTS, Blob
from tests.model.world import inline
from tests.pipeline.test_wrong_answers import AFTER, BEFORE, Wrong, copied, loaded, run

MORE = (
    AFTER.replace("volumes: {data: {}}", "volumes: {data: {}, extra: {}}")
    .replace("secrets: {key: {env: KEY}}", "secrets: {key: {env: KEY}, second: {env: KEY}}")
    .replace("webhooks: {", 'webhooks: {calls: {url: "https://hooks.example.com/3"}, ')
)
SECTIONS = {
    "node": "nodes", "service": "services", "config": "configs", "secret": "secrets", "volume": "volumes",
    "webhook": "outgoing",
}  # fmt: skip
WRITES = 11
"""The number of writes of the apply of ``MORE``, without those of the record."""
Body = dict[str, Any]
ANSWERS: Mapping[str, Callable[[Body, Body, Body], Any]] = {
    "an empty body": lambda true, theirs, sent: None,
    "an empty object": lambda true, theirs, sent: {},
    "a list": lambda true, theirs, sent: {"object": "list", "data": []},
    "another object": lambda true, theirs, sent: theirs,
    "another id": lambda true, theirs, sent: {**true, "id": theirs["id"]},
    "only another id": lambda true, theirs, sent: {"id": theirs["id"]},
    "an unknown id": lambda true, theirs, sent: {**true, "id": "unknown"},
    "another name": lambda true, theirs, sent: {**true, **_only(theirs, "name", "label")},
    "other content": lambda true, theirs, sent: {**theirs, **_only(true, "id", "name", "label")},
    "what was sent": lambda true, theirs, sent: {"id": "unknown", **sent},
}
"""Answers, by the true one, an object that somebody else has, and the request."""


def _only(body: Body, *fields: str) -> Body:
    return {field: body[field] for field in fields if field in body}


def name_of(body: Body) -> str:
    return str(body.get("name") or body.get("label") or "")


@dataclass
class Untrue(Wrong):
    """The platform with an untrue answer to the ``at``-th write. ``does``: that write is carried out."""

    at: int = 0
    answer: str = ""
    does: bool = True
    seen: list[str] = field(default_factory=list)

    def send(self, request: Request) -> Response:
        if request.method == "GET" or self._is_of_the_record(request):
            return super().send(request)
        self.seen.append(f"{request.method} {request.path}")
        if len(self.seen) != self.at:
            return super().send(request)
        section, key = _place(request.path)
        theirs = self.of_others(section)
        before = next((body for body in self.bodies(section) if body["id"] == key), {})
        response = super().send(request) if self.does else self._said(200, before)
        true = json.loads(response.body) if response.body else {}
        body = ANSWERS[self.answer](true, theirs, json.loads(request.body or b"{}"))
        return Response(response.status, response.headers, b"" if body is None else json.dumps(body).encode())

    def _is_of_the_record(self, request: Request) -> bool:
        config = self.blobs["config"].get(request.path.rpartition("/")[2])
        name = config.name if config else json.loads(request.body or b"{}").get("name", "")
        return str(name).startswith("reconciler.")

    def bodies(self, section: str) -> list[Body]:
        """The true list of a collection."""
        parent = "webhooks" if section == "outgoing" else f"clusters/{CLUSTER}"
        listed = Wrong.send(self, Request("GET", f"/companies/{COMPANY}/{parent}/{section}", None))
        found: list[Body] = json.loads(listed.body)["data"]
        return found

    def of_others(self, section: str) -> Body:
        """Somebody else's object of a collection."""
        return next(body for body in self.bodies(section) if name_of(body) == "theirs" or section == "nodes")

    def all_of_others(self) -> dict[str, Body]:
        return {section: self.of_others(section) for section in SECTIONS.values()}


def _place(path: str) -> tuple[str, str]:
    """The collection and the id in a path; the id is "" in the path of a collection."""
    rest, _, last = path.rpartition("/")
    return (last, "") if last in SECTIONS.values() else (rest.rpartition("/")[2], last)


@pytest.fixture(scope="module")
def manifests(tmp_path_factory: pytest.TempPathFactory) -> tuple[Manifests, Manifests]:
    folder = tmp_path_factory.mktemp("untrue")
    return loaded(folder / "before", BEFORE), loaded(folder / "after", MORE)


@pytest.fixture(scope="module")
def applied(manifests) -> Untrue:
    """The platform after the first apply, beside somebody else's objects."""
    platform = Untrue()
    platform.swarm.create("theirs", {**DEFAULTS, "image": "app:9"})
    for kind in ("config", "secret"):
        blob = Blob(f"{kind}_theirs", "theirs", "theirs")
        platform.blobs[kind][blob.id] = blob
    platform.volumes["volume_theirs"] = "theirs"
    platform.listed["outgoing"].append(
        {"object": "webhook", "id": "webhook_theirs", "label": "theirs", "url": "https://theirs.example.com"}
    )
    assert applied_by(platform, manifests[0]).exit_code == 0
    platform.seen = []
    return platform


def applied_by(platform: Untrue, manifests: Manifests) -> RunResult:
    with inline():
        result, _ = run(platform, manifests)
    assert result is not None, "the run was refused"
    return result


def assert_true(platform: Untrue, result: RunResult) -> None:
    """Assert that what is reported as applied is live, and that the record names objects by their ids."""
    for outcome in result.outcomes:
        assert outcome.status == "applied" or result.exit_code == 1
        kind, name = outcome.change.address.kind, outcome.change.live_name
        if outcome.status == "applied" and kind == "node":
            assert len(platform.bodies("nodes")) == 2, outcome
        elif outcome.status == "applied":
            found = [body for body in platform.bodies(SECTIONS[kind]) if name_of(body) == name]
            assert len(found) == (0 if outcome.change.action == "delete" else 1), outcome
            assert all(body.get("image", "app:2") == "app:2" for body in found), outcome
    for owned in read(platform.bodies("configs"), "default").record.owned:
        ids = {name_of(body): body["id"] for body in platform.bodies(SECTIONS[owned.kind])}
        assert owned.live_name not in ids or owned.id in ("", ids[owned.live_name]), owned


def test_the_writes_are_all_that_the_apply_makes(applied, manifests):
    platform = copied(applied)
    assert applied_by(platform, manifests[1]).exit_code == 0
    assert len(platform.seen) == WRITES
    assert {_place(write)[0] for write in platform.seen} == {*SECTIONS.values()}


@pytest.mark.parametrize("does", [True, False], ids=["carried out", "not carried out"])
@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("at", range(1, WRITES + 1))
def test_after_an_untrue_answer_to_a_write_the_report_is_true_and_the_next_run_converges(
    applied, manifests, at, answer, does
):
    platform = copied(applied)
    others = platform.all_of_others()
    platform.at, platform.answer, platform.does = at, answer, does
    first = applied_by(platform, manifests[1])
    assert_true(platform, first)
    assert platform.all_of_others() == others, f"somebody else's object was written: {platform.seen}"

    platform.at = 0
    second = applied_by(platform, manifests[1])
    assert_true(platform, second)
    assert second.exit_code == 0
    assert not (first.exit_code == 0 and second.outcomes), "the first run said that it had done everything"
    assert platform.all_of_others() == others
    assert applied_by(platform, manifests[1]).outcomes == []
