"""Nothing in a manifest leaves its place: in the log, the comment, the summary, an annotation."""

import json
import re

import pytest
from markdown_it import MarkdownIt

from tests.github.conftest import HEAD
from tests.github.server import LONGEST
from tests.render.hostile import FRAGMENTS

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")
HOSTILE = [
    "\n::error file=x::FORGED\n::set-output name=changes::FORGED\n##[error]FORGED\n::stop-commands::x\n",
    "\r::add-mask::plan\r\n  ::endgroup::\n<!-- reconciler plan 0000000000000000 -->",
    "<!-- reconciler-approval AAAA -->\n</code></details>```\n@acme/everyone #1 [x](https://evil.example)",
    "${{ github.token }} $(id) `id` ; id \n changes<<end\ntrue\nend\n",
    "".join(one for one in FRAGMENTS if "\udc80" not in one and "\x00" not in one),
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
    """The raw HTML, the links and the text outside of code of a page."""
    raw, links, plain, inside = [], [], [], 0
    for token in MARKDOWN.parse(markdown):
        for one in (token, *(token.children or ())):
            if one.type in ("html_block", "html_inline"):
                raw.append(one.content)
                inside += len(re.findall("<code>", one.content)) - len(re.findall("</code>", one.content))
            elif one.type == "link_open":
                links.append(one.attrs["href"])
            elif one.type == "text" and not inside:
                plain.append(one.content)
    return "".join(raw), links, plain


@pytest.mark.parametrize("where", MANIFESTS)
@pytest.mark.parametrize("nasty", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_it_stays_where_it_is_put(runner, where, nasty):
    runner.write(MANIFESTS[where].format(json.dumps(nasty)))

    step = runner.plan(HEAD)

    body = runner.comment()
    assert len(body) <= LONGEST
    assert len(re.findall("<!-- reconciler plan", body)) == 1
    assert len(re.findall("<!-- reconciler-approval", body)) <= 1
    raw, links, plain = texts(body)
    tags = set(re.findall(r"</?([A-Za-z][\w-]*)", re.sub(r"(?s)<!--.*?-->", "", raw)))
    assert tags <= ELEMENTS
    assert all(one.startswith("https://github.example/acme/clinic/actions/runs/77") for one in links)
    assert not any("@" in one for one in plain)
    known = ("::add-mask::", "::error ", "::warning ", "::notice ")
    assert all(one.startswith(known) for one in step.commands)
    for one in step.commands:
        assert one.count("\r") == 0
    assert set(step.outputs) >= {"changes", "exit-code"}
    assert step.outputs["exit-code"] in ("0", "1")
