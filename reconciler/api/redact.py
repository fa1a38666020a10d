"""Makes a server's text safe to show: short, on a single line, with hidden values masked."""

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

from reconciler.credentials.text import find_credentials
from reconciler.model import Sensitive

MASK = "(sensitive)"
LONGEST = 300
SHARED = 8
"""So many characters in a row that are also in a hidden value are masked: a server may repeat a part of a value."""
_CONTROL = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]+"
)


def confidential(body: Any) -> Iterator[str]:
    """The texts of all ``Sensitive`` values in a request's body; they are masked in messages."""
    if isinstance(body, Sensitive):
        yield body.reveal()
    elif isinstance(body, Mapping):
        for value in body.values():
            yield from confidential(value)
    elif isinstance(body, list | tuple):
        for value in body:
            yield from confidential(value)


class Whole(str):
    """A value that is masked only as a whole, not in parts."""

    __slots__ = ()


class HiddenValues:
    """The values of secrets and sensitive variables of a run, which no message may repeat.

    They are masked only in free text from outside, such as a server's message or a task's error, not in requests or
    names.
    """

    def __init__(self) -> None:
        self._values: frozenset[str] = frozenset()
        self._plain: Callable[[], Iterable[str]] = tuple
        self._found: tuple[Whole, ...] | None = None

    def seek(self, values: Iterable[str], plain: Callable[[], Iterable[str]] = tuple) -> None:
        """Hide ``values`` and each of their lines, except those that also occur in one of the ``plain`` texts."""
        self._values, self._plain, self._found = frozenset(values), plain, None

    def __iter__(self) -> Iterator[Whole]:
        if self._found is None:
            lines = {line.strip() for value in self._values for line in (value, *value.split("\n"))}
            long = sorted(line for line in lines if len(line) >= SHARED)
            plain = list(self._plain()) if long else []
            self._found = tuple(Whole(line) for line in long if not any(line in text for text in plain))
        return iter(self._found)

    def conceal(self, text: str) -> str:
        """A text from outside, with hidden values, and all text that looks like a credential, masked."""
        marked = _marks(text, self)
        return "".join(_masked(text, marked)) if any(marked) else text


def excerpt(text: str, hidden: Iterable[str] = ()) -> str:
    """The text on a single line of at most 300 characters, with each of ``hidden`` masked in all its encodings, and
    all text that looks like a credential."""
    text = text[: 10 * LONGEST]
    shown = _CONTROL.sub(" ", "".join(_masked(text, _marks(text, hidden)))).strip()
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"


def _marks(text: str, hidden: Iterable[str]) -> bytearray:
    """For each character of a text 1 if it must be masked, else 0."""
    marked = bytearray(len(text))
    for start, end in find_credentials(text, prose=True):
        marked[start:end] = b"\x01" * (end - start)
    for value in hidden:
        for form in _forms(value):
            _mark(text, form, marked, parts=not isinstance(value, Whole))
    return marked


def _masked(text: str, marked: bytearray) -> Iterator[str]:
    before = 0
    for character, mark in zip(text, marked, strict=True):
        if not mark:
            yield character
        elif not before:
            yield MASK
        before = mark


def _mark(text: str, form: str, marked: bytearray, *, parts: bool) -> None:
    if len(form) < 4:
        found = re.finditer(rf"(?<!\w){re.escape(form)}(?!\w)", text)
    else:
        found = re.finditer(re.escape(form), text)
    for match in found:
        marked[match.start() : match.end()] = b"\x01" * len(form)
    if parts and len(form) > SHARED:
        places: dict[str, list[int]] = {}
        for start in range(len(text) - SHARED + 1):
            places.setdefault(text[start : start + SHARED], []).append(start)
        for position in range(len(form) - SHARED + 1):  # a form may be half a megabyte, the text never is
            for start in places.pop(form[position : position + SHARED], ()):
                marked[start : start + SHARED] = b"\x01" * SHARED


def _forms(value: str) -> set[str]:
    """The value in the encodings that servers use: plain, trimmed, in JSON, in HTML, in a URL, in base64."""
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
