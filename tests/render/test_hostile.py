"""Any text of a manifest or server stays text: in a terminal, a comment, a page."""

import hashlib
import json
import re
from base64 import b64encode
from html.parser import HTMLParser

from hypothesis import given
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

from reconciler.document import PlanMeta
from reconciler.model import RunResult
from reconciler.model.failure import Failure
from reconciler.render import (
    REPORT_FORMATS,
    as_html,
    as_json,
    as_markdown,
    as_text,
    diagnostics_as_json,
    diagnostics_as_text,
)
from reconciler.resources import SCHEMAS
from tests.render.hostile import FRAGMENTS, diagnostics, outcomes, plans, texts

META = PlanMeta(
    company="@org <b>",
    api_url="https://api.example/`v1`",
    tool_version="1",
    commit="<!-- \x1b",
    created="2026-11-24T10:00:00Z",
    expires="2026-11-25T10:00:00Z",
)
COLOURS = re.compile("\x1b\\[(?:0|[0-9;]+)m")
OURS = re.compile(
    r"<details><summary><code>[^<>@`\n]*</code>: \d+ changes?</summary>"
    r"|<details open><summary>The order</summary>|</details>"
)
PLAIN = re.compile(r"[^@#`<>\x00-\x1f]*")
MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def validator(name):
    return Draft202012Validator(json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8")))


PLAN, REPORT = validator("plan"), validator("report")


def assert_printable(text):
    assert all(line.isprintable() for line in text.split("\n"))
    text.encode()


def assert_only_code(text):
    """Assert that outside code there are only reconciler's own words and markup."""
    assert "<!--" not in text
    assert_printable(text)
    inside_code = False
    for token in MARKDOWN.parse(text):
        if token.type == "html_block":
            assert OURS.fullmatch(token.content.strip())
        for child in token.children or ():
            assert child.type not in {"link_open", "image", "em_open", "s_open", "hardbreak"}
            if child.type == "html_inline":
                assert child.content == ("</code>" if inside_code else "<code>")
                inside_code = not inside_code
            elif child.type in {"text", "text_special"} and not inside_code:
                assert PLAIN.fullmatch(child.content)
        assert not inside_code


@given(plans, diagnostics)
def test_text_contains_no_control_characters_except_newlines_and_colours(made, warnings):
    plain = as_text(made, diagnostics=warnings, meta=META)
    coloured = as_text(made, diagnostics=warnings, meta=META, colour=True)

    assert_printable(plain)
    assert COLOURS.sub("", coloured) == plain


@given(plans, diagnostics)
def test_markdown_cannot_be_broken_out_of(made, warnings):
    assert_only_code(as_markdown(made, diagnostics=warnings, meta=META))


TAGS = {
    "html", "head", "meta", "title", "style", "script", "body", "header", "main", "section", "div", "h1", "h2", "p",
    "ul", "li", "dl", "dt", "dd", "details", "summary", "span", "strong", "b", "i", "br", "code", "pre", "mark", "a",
    "label", "fieldset", "legend", "input", "button", "output", "svg", "defs", "marker", "path", "rect", "text",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "http-equiv", "content", "name", "class", "id", "href", "hidden", "open", "tabindex", "role",
    "aria-label", "aria-labelledby", "aria-hidden", "aria-live", "type", "checked", "placeholder", "autocomplete",
    "spellcheck", "viewbox", "width", "height", "d", "x", "y", "rx", "text-anchor", "marker-end", "refx", "refy",
    "markerwidth", "markerheight", "orient", "data-action", "data-kind", "data-status", "data-text", "data-number",
    "data-before", "data-after", "data-step",
}  # fmt: skip


class Elements(HTMLParser):
    """Checks that a page has only its own elements and attributes, and only links within the page."""

    def handle_starttag(self, tag, attrs):
        assert tag in TAGS
        for name, value in attrs:
            assert name in ATTRIBUTES
            if name in ("href", "marker-end"):
                assert re.fullmatch(r"#(c\d+|changes)|url\(#tip-\w+\)", value)
            if name == "id":
                assert re.fullmatch(r"[a-z0-9-]+", value)

    def handle_comment(self, data):
        raise AssertionError(data)


@given(plans, diagnostics)
def test_a_page_contains_only_its_own_elements(made, warnings):
    page = as_html(made, diagnostics=warnings, meta=META)

    assert_printable(page)
    Elements().feed(page)


@given(outcomes, texts)
def test_a_report_page_contains_only_its_own_elements(ended, command):
    page = REPORT_FORMATS["html"](
        RunResult(ended, problems=[Failure("rejected", command)]), continue_with=command
    )

    assert_printable(page)
    Elements().feed(page)


def test_a_page_allows_only_its_own_style_and_script():
    page = as_html([])
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    policy = policy.replace("&#39;", "'")

    for kind in ("style", "script"):
        (inside,) = re.findall(f"<{kind}>(.*?)</{kind}>", page, re.DOTALL)
        digest = b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


@given(plans, diagnostics)
def test_json_follows_its_schema_and_is_reproducible(made, warnings):
    text = as_json(made, diagnostics=warnings, meta=META)

    PLAN.validate(json.loads(text))
    assert text.isascii()
    assert text == as_json(made, diagnostics=warnings, meta=META)


@given(outcomes, texts)
def test_hostile_text_in_a_report_is_escaped(ended, command):
    assert_printable(REPORT_FORMATS["text"](RunResult(ended), continue_with=command))
    assert_only_code(REPORT_FORMATS["markdown"](RunResult(ended), continue_with=command))
    REPORT.validate(json.loads(REPORT_FORMATS["json"](RunResult(ended), continue_with=command)))


@given(diagnostics, texts)
def test_hostile_text_in_diagnostics_is_escaped(found, line):
    assert_printable(diagnostics_as_text(found, source=lambda _: line))
    assert json.loads(diagnostics_as_json(found))["format_version"] == 1


def test_the_hostile_fragments_contain_every_dangerous_character():
    assert {"<!--", "@everyone", "#1", "```", "\x1b[31m", "\u202e"} <= set(FRAGMENTS)
