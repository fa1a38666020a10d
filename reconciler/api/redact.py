"""Makes a server's text safe to show: short, on a single line, with hidden values masked."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from reconciler.credentials.assignments import Span
from reconciler.credentials.known import SHARED, KnownValues, shared_with
from reconciler.credentials.text import find_credentials
from reconciler.model import Sensitive

MASK = "(sensitive)"
LONGEST = 300
MOST_LINES = 2_000
"""Lines of hidden values that are sought by themselves too."""
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


class HiddenValues:
    """The values of secrets and sensitive variables of a run, which no message may repeat.

    They are masked only in free text from outside, such as a server's message or a task's error, not in requests or
    names.
    """

    def __init__(self) -> None:
        self._values: frozenset[str] = frozenset()
        self._plain: Callable[[], Iterable[str]] = tuple
        self._known: KnownValues | None = None

    def seek(self, values: Iterable[str], plain: Callable[[], Iterable[str]] = tuple) -> None:
        """Hide ``values`` and their first ``MOST_LINES`` lines, except those that also occur in one of the ``plain``
        texts, in upper or lower case."""
        self._values, self._plain, self._known = frozenset(values), plain, None

    @property
    def known(self) -> KnownValues:
        """The values to mask and their lines, without short ones and those that are part of a plain text. Made at the
        first use."""
        if self._known is None:
            lines = (line for value in sorted(self._values) for line in value.split("\n"))
            sought = {text.strip() for text in (*self._values, *islice(lines, MOST_LINES))}
            long = [text for text in sought if len(text) >= SHARED]
            plain = "\0".join(self._plain()).lower() if long else ""
            self._known = KnownValues(text for text in long if text.lower() not in plain)
        return self._known

    def spans(self, text: str) -> list[Span]:
        """Where hidden values stand in a text."""
        return self.known.spans(text)

    def conceal(self, text: str) -> str:
        """A text from outside, with hidden values, and all text that looks like a credential, masked."""
        marked = _marks(text, (self.known,))
        return "".join(_masked(text, marked)) if any(marked) else text


def excerpt(text: str, hidden: Iterable[str | KnownValues] = ()) -> str:
    """The text on a single line of at most 300 characters, with each of ``hidden`` masked in all its encodings, and
    all text that looks like a credential. Of a ``hidden`` text parts are masked too; known values only as a whole, or
    where the text cuts them short."""
    text = text[: 10 * LONGEST]
    shown = _CONTROL.sub(" ", "".join(_masked(text, _marks(text, hidden)))).strip()
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"


def _marks(text: str, hidden: Iterable[str | KnownValues]) -> bytearray:
    """For each character of a text 1 if it must be masked, else 0."""
    marked = bytearray(len(text))
    for start, end in find_credentials(text, prose=True):
        marked[start:end] = b"\x01" * (end - start)
    for value in hidden:
        for start, end in value.spans(text) if isinstance(value, KnownValues) else _places(text, value):
            marked[start:end] = b"\x01" * (end - start)
    return marked


def _places(text: str, value: str) -> Iterator[Span]:
    """Where a value or a part of it stands; one of a few characters only where it stands alone."""
    for form in filter(None, (value, value.strip())):
        if len(form) < SHARED // 2:
            found = re.finditer(rf"(?<!\w){re.escape(form)}(?!\w)", text)
        else:
            found = re.finditer(re.escape(form), text)
        yield from (match.span() for match in found)
    yield from KnownValues((value,)).spans(text)
    yield from shared_with(value, text)


def _masked(text: str, marked: bytearray) -> Iterator[str]:
    before = 0
    for character, mark in zip(text, marked, strict=True):
        if not mark:
            yield character
        elif not before:
            yield MASK
        before = mark
