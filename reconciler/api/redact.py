"""What a server says, made fit to be shown: short, one line, and nothing in it of what must not be seen."""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

from reconciler.model import Sensitive

MASK = "(sensitive)"
LONGEST = 300
SHARED = 8
"""Characters in a row that a message may not share with a value: a server may repeat a part of it."""
_CONTROL = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]+"
)


def confidential(body: Any) -> Iterator[str]:
    """Every text in a request's body that a message must not repeat: those that are wrapped until it is sent."""
    if isinstance(body, Sensitive):
        yield body.reveal()
    elif isinstance(body, Mapping):
        for value in body.values():
            yield from confidential(value)
    elif isinstance(body, list | tuple):
        for value in body:
            yield from confidential(value)


def excerpt(text: str, hidden: Iterable[str] = ()) -> str:
    """The text on one line, cut to 300 characters, each of ``hidden`` masked in whatever form it stands there."""
    text = text[: 10 * LONGEST]
    marked = bytearray(len(text))
    for value in hidden:
        for form in _forms(value):
            _mark(text, form, marked)
    shown = _CONTROL.sub(" ", "".join(_masked(text, marked))).strip()
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"


def _masked(text: str, marked: bytearray) -> Iterator[str]:
    before = 0
    for character, mark in zip(text, marked, strict=True):
        if not mark:
            yield character
        elif not before:
            yield MASK
        before = mark


def _mark(text: str, form: str, marked: bytearray) -> None:
    if len(form) < 4:
        found = re.finditer(rf"(?<!\w){re.escape(form)}(?!\w)", text)
    else:
        found = re.finditer(re.escape(form), text)
    for one in found:
        marked[one.start() : one.end()] = b"\x01" * len(form)
    if len(form) > SHARED:
        there: dict[str, list[int]] = {}
        for start in range(len(text) - SHARED + 1):
            there.setdefault(text[start : start + SHARED], []).append(start)
        for at in range(len(form) - SHARED + 1):  # a form may be half a megabyte, the text never is
            for start in there.pop(form[at : at + SHARED], ()):
                marked[start : start + SHARED] = b"\x01" * SHARED


def _forms(value: str) -> set[str]:
    """The value as servers repeat it: plain, trimmed, in JSON, in HTML, in a URL, in base64."""
    import html

    raw = value.encode("utf-8", "surrogatepass")
    coded = base64.b64encode(raw).decode()
    forms = {
        value,
        value.strip(),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        repr(value)[1:-1],
        html.escape(value),
        quote(raw, safe=""),
        quote(raw),
        quote_plus(raw),
        coded,
        coded.rstrip("="),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
    }
    return {form for form in forms if form}
