"""A server's messages are shown short and printable, without confidential texts of the request."""

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.api.redact import LONGEST, MASK, confidential, excerpt
from reconciler.model import Sensitive

FORMS = {
    "plain": lambda text: text,
    "json": json.dumps,
    "json, unicode": lambda text: json.dumps(text, ensure_ascii=False),
    "html": html.escape,
    "url": lambda text: quote(text, safe=""),
    "form": quote_plus,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 for urls": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "first half": lambda text: text[: max(8, len(text) // 2)],
    "last half": lambda text: text[-max(8, len(text) // 2) :],
    "cut, with dots": lambda text: text[:12] + "...",
}
SECRETS = st.text(st.characters(exclude_categories=["Cs"]), min_size=12, max_size=80).filter(
    lambda text: len(text.strip()) >= 12 and not text.isspace()
)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@given(secret=SECRETS)
def test_a_value_is_masked_in_every_form(form, secret):
    repeated = form(secret)

    shown = excerpt(f"<<{repeated}>>", [secret])

    assert MASK in shown
    left = shown.replace(MASK, "\n")
    assert secret not in left
    assert not any(repeated[at : at + 8] in left for at in range(len(repeated) - 7))


def test_a_short_value_is_masked_only_as_a_separate_word():
    assert excerpt("port 80 is taken, 8080 is not", ["80"]) == f"port {MASK} is taken, 8080 is not"


def test_other_texts_are_not_masked():
    said = "secret 'database-password.v3' is in use by the following service: api"

    assert excerpt(said, ["correct-horse-battery"]) == said


@given(st.text())
def test_an_excerpt_is_one_short_printable_line(text):
    shown = excerpt(text)

    assert len(shown) <= LONGEST
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in shown)
    shown.encode()


def test_control_sequences_are_removed():
    assert excerpt("a\x1b[31mb\r\nc\u202ed") == "a [31mb c d"


def test_the_confidential_texts_of_a_body_are_found():
    body = {
        "name": "api",
        "image": "nginx:1",
        "data": Sensitive("secret data"),
        "url": Sensitive("https://hooks.example.com/x"),
        "args": Sensitive("--password=1"),
        "environment_variables": [{"key": "TOKEN", "value": Sensitive("abc")}, {"key": "EMPTY", "value": ""}],
        "replicas": 2,
    }

    assert set(confidential(body)) == {"secret data", "https://hooks.example.com/x", "--password=1", "abc"}
