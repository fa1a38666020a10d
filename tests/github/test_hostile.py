"""Text of a manifest cannot break out of its place in the log, the comment, the summary or an annotation."""

import base64
import json
import re
import time

import pytest
from markdown_it import MarkdownIt

from reconciler.model.record import Lease
from reconciler.record.codec import decode_head, encode_head
from reconciler.transport import Response, Transport
from tests.github.conftest import HEAD, NEXT_HEAD
from tests.github.server import LONGEST
from tests.render.hostile import FRAGMENTS

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")
HOSTILE = [
    "\n::error file=x::FORGED\n::set-output name=changes::FORGED\n##[error]FORGED\n::stop-commands::x\n",
    "\r::add-mask::plan\r\n  ::endgroup::\n<!-- reconciler plan 0000000000000000 -->",
    "<!-- reconciler-approval AAAA -->\n</code></details>```\n@acme/everyone #1 [x](https://evil.example)",
    "${{ github.token }} $(id) `id` ; id \n changes<<end\ntrue\nend\n",
    "".join(fragment for fragment in FRAGMENTS if "\udc80" not in fragment and "\x00" not in fragment),
]
ELEMENTS = {"code", "details", "summary"}
MANIFESTS = {
    "value": "cluster: production\nservices:\n  web:\n    image: nginx:1\n    environment_variables: {{A: {0}}}\n",
    "data": "cluster: production\nconfigs:\n  page: {{data: {0}}}\n",
    "unknown field": "cluster: production\nservices:\n  web:\n    image: nginx:1\n    ? {0}\n    : 1\n",
    "name": "cluster: production\nservices:\n  ? {0}\n  : {{image: 'nginx:1'}}\n",
    "cluster": "cluster: {0}\nvolumes: {{data: {{}}}}\n",
    "command": "cluster: production\nservices: {{web: {{image: 'nginx:1', command: {0}}}}}\n",
}


def texts(markdown):
    """The raw HTML, the links and the text outside code of a page."""
    raw, links, plain, inside = [], [], [], 0
    for token in MARKDOWN.parse(markdown):
        for part in (token, *(token.children or ())):
            if part.type in ("html_block", "html_inline"):
                raw.append(part.content)
                inside += len(re.findall("<code>", part.content)) - len(re.findall("</code>", part.content))
            elif part.type == "link_open":
                links.append(part.attrs["href"])
            elif part.type == "text" and not inside:
                plain.append(part.content)
    return "".join(raw), links, plain


SECRET = "Zq7canary-of-the-secret"
ANSWERS = (
    "a name that is not managed",
    "a server's message",
    "a task's error",
    "a live value",
    "a holder",
)
MANY = """\
cluster: production
stack: shop
secrets: {key: {env: KEY}}
services:
  web: {image: "nginx:1", update_monitor: 1, secrets: [key], environment_variables: {GREETING: hello}}
volumes: {data: {}, more: {}}
"""


class Liar:
    """Puts a text into one field of the platform's answers."""

    def __init__(self, where, nasty):
        self.where, self.nasty = where, nasty
        self.really = Transport.send

    def __call__(self, transport, request):
        kind = request.path.partition("?")[0].rpartition("/")[2]
        if self.where == "a server's message" and request.method == "POST" and kind == "volumes":
            return Response(400, {}, json.dumps({"message": self.nasty}).encode())
        response = self.really(transport, request)
        if request.method != "GET" or response.status != 200:
            return response
        body = json.loads(response.body)
        for item in body["data"] if isinstance(body.get("data"), list) else [body]:
            self.spoil(kind, item)
        if kind == "services" and self.where == "a name that is not managed":
            body["data"].append({**body["data"][0], "id": "srv_other", "name": self.nasty})
        return Response(response.status, response.headers, json.dumps(body).encode())

    def spoil(self, kind, item):
        if self.where == "a task's error" and kind == "tasks":
            item["status"].update(state="failed", error=self.nasty)
        elif self.where == "a live value" and kind == "services" and item["name"] == "web":
            item["environment_variables"] = [{"key": "GREETING", "value": self.nasty}]
        elif self.where == "a holder" and kind == "configs" and item["name"].startswith("reconciler."):
            lease = Lease(holder=self.nasty, nonce="n", until=time.time() + 90)
            item["data"] = encode_head(decode_head(item["data"])._replace(lease=lease))


def is_only_text(step, bodies):
    """Assert that no comment has a foreign element, link or mention, and that the log has no command."""
    for body in bodies:
        assert len(body) <= LONGEST
        raw, links, plain = texts(body)
        tags = set(re.findall(r"</?([A-Za-z][\w-]*)", re.sub(r"(?s)<!--.*?-->", "", raw)))
        assert tags <= ELEMENTS
        assert all(link.startswith("https://github.example/acme/clinic/actions/runs/77") for link in links)
        assert not any("@" in text for text in plain)
    known = ("::add-mask::", "::error ", "::warning ", "::notice ")
    assert all(command.startswith(known) for command in step.commands)


def is_in_its_place(runner, step, bodies):
    is_only_text(step, bodies)
    for body in bodies:
        assert body.startswith("<!-- reconciler ")
        assert len(re.findall("<!-- reconciler", body)) <= 2
    assert "\x1b" not in step.log
    assert "\u202e" not in step.log
    assert step.outputs["exit-code"] in ("0", "1", "3")
    seen = [step.summary, *bodies, *step.outputs.values()]
    seen += [line for line in step.log.splitlines() if not line.startswith("::add-mask::")]
    seen += [path.read_text(encoding="utf-8") for path in runner.temporary.rglob("plan.*")]
    for form in (SECRET, base64.b64encode(SECRET.encode()).decode(), json.dumps(SECRET)[1:-1]):
        assert not any(form in text for text in seen)


@pytest.mark.parametrize("where", ANSWERS)
def test_hostile_text_from_the_api_can_not_break_out(runner, monkeypatch, where):
    given = {"RECONCILER_SECRET_KEY": SECRET}
    runner.write(MANY)
    runner.plan(HEAD, environment=given)
    nasty = "".join(HOSTILE).replace("\x00", "")
    if where != "a name that is not managed":  # names are not searched
        nasty += f"{SECRET} {base64.b64encode(SECRET.encode()).decode()}"
    if where != "a server's message":
        assert runner.merge(environment=given).code == 0
    liar = Liar(where, nasty if where == "a live value" else nasty + "x" * 60_000)

    def lying(transport, request):
        return liar(transport, request)

    monkeypatch.setattr(Transport, "send", lying)
    runner.write(MANY.replace("nginx:1", "nginx:2"))

    planned = runner.plan(NEXT_HEAD, number=8, environment=given)
    is_in_its_place(runner, planned, [comment["body"] for comment in runner.github.comments[8]])
    applied = runner.merge(8, head=NEXT_HEAD, commit="5" * 40, environment=given, timeout="3")
    is_in_its_place(runner, applied, [comment["body"] for comment in runner.github.comments[8]])
    drifted = runner.run("drift", "workflow_dispatch", {}, environment=given)
    is_in_its_place(runner, drifted, [issue["body"] for issue in runner.github.issues])
    assert "internal" not in [step.outputs["failure-reason"] for step in (planned, applied, drifted)]
    assert "FORGED" in planned.log + applied.log + drifted.log


@pytest.mark.parametrize("where", MANIFESTS)
@pytest.mark.parametrize("nasty", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_hostile_text_of_a_manifest_can_not_break_out(runner, where, nasty):
    runner.write(MANIFESTS[where].format(json.dumps(nasty)))

    step = runner.plan(HEAD)

    body = runner.comment()
    is_only_text(step, [body])
    assert len(re.findall("<!-- reconciler plan", body)) == 1
    assert len(re.findall("<!-- reconciler-approval", body)) <= 1
    for command in step.commands:
        assert command.count("\r") == 0
    assert set(step.outputs) >= {"changes", "exit-code"}
    assert step.outputs["exit-code"] in ("0", "1")
