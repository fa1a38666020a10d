"""Finds known values in a text in any notation. Pure.

The text is searched as it is, and with its escapes (of JSON, HTML, URLs and programs) decoded once and twice. Case is
ignored, and each version is also searched without spaces, quotes and backslashes, so that a value is found if it was
wrapped or quoted. Values are searched as they are, in base64, base32 and hexadecimal, and as lists of bytes.
"""

import re
import sys
from base64 import b32encode, b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import unescape
from typing import NamedTuple
from urllib.parse import quote_plus

from reconciler.credentials.assignments import Span

SHARED = 8
"""The number of successive characters of a value that a text must not contain; shorter forms are not searched."""
_DROPPED = re.compile(
    r"[\s\"'`\\\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff]+"
)
_ESCAPE = re.compile(
    r"(?P<percent>(?>(?:%[0-9A-Fa-f]{2})+))|(?P<bytes>(?>(?:\\x[0-9A-Fa-f]{2})+))"
    r"|(?P<octal>(?>(?:\\[0-3][0-7]{2})+))"
    r"|\\u(?P<pair>[dD][89abAB][0-9A-Fa-f]{2}\\++u[dD][c-fC-F][0-9A-Fa-f]{2})"
    r"|\\(?:u(?P<four>[0-9A-Fa-f]{4})|[ux]\{(?P<braced>[0-9A-Fa-f]{1,6})\}|U(?P<eight>00[0-9A-Fa-f]{6}))"
    r"|\\(?P<control>[abefnrtv0])|(?P<html>&(?:\#[0-9]{1,7}|\#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});)"
)
_DECODED: dict[str, Callable[[str], list[tuple[str, int]]]] = {
    "percent": lambda written: _of_bytes(written.replace("%", ""), 3),
    "bytes": lambda written: _of_bytes(written.replace("\\x", ""), 4),
    "octal": lambda written: _of_bytes(
        "".join(f"{int(part, 8):02x}" for part in written[1:].split("\\")), 4
    ),
}  # fmt: skip
"""Functions that decode the bytes of an escape, to each character and the number of characters it was written with."""
_CONTROLS = dict(zip("abefnrtv0", "\a\b\x1b\f\n\r\t\v\0", strict=True))
_CUT = re.compile(r"[\"'`\])}>]{0,3}\s{0,3}(?:$|…|\.\.|\[|\()")
"""The text after a value that was cut short."""
MOST_COMPARED = 500_000
"""The most work on one form of a text: a unit for each value whose beginning stands somewhere, and for each
``_UNIT`` characters that the text then shares with it. A text that needs more is masked as a whole."""
_UNIT = 20_000
_LONGEST_LIST = 2_000
"""The longest value, in bytes, that is searched as a list of its bytes."""
_ADDRESS = re.compile(r"[a-z]{1,20}://[^/]{1,260}/")


class _Reading(NamedTuple):
    """A text in the form that is searched, and the start and end of each of its characters in the original."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> Span:
        return self.starts[start], self.ends[end - 1]


class KnownValues:
    """Values to search for in texts, each as a whole; forms of less than ``SHARED`` characters are left out."""

    def __init__(self, values: Iterable[str]) -> None:
        self._forms: dict[str, list[str]] = {}
        for value in values:
            for form in forms(value):
                if len(form) >= SHARED:
                    self._forms.setdefault(form[:SHARED], []).append(form)

    def __bool__(self) -> bool:
        return bool(self._forms)

    def spans(self, text: str) -> list[Span]:
        """The places of values in a text, also of values that are cut short there.

        If the comparison needs too much work, this is the whole text.
        """
        found: list[Span] = []
        for reading in _readings(text) if self._forms else ():
            places = self._found(reading, text)
            if places is None:
                return [(0, len(text))]
            found += (reading.span(start, end) for start, end in places)
        return found

    def _found(self, reading: _Reading, text: str) -> list[Span] | None:
        written, known, compared = reading.text, self._forms, 0
        places: list[Span] = []
        for start in range(len(written) - SHARED + 1):
            group = known.get(written[start : start + SHARED], ())
            compared += len(group)
            if compared > MOST_COMPARED:
                return None
            for form in group:
                if written.startswith(form, start):
                    places.append((start, start + len(form)))
                    continue
                length = _shared_length(written, form, start)
                compared += length // _UNIT
                if _is_cut_short(reading, text, form, start=start, length=length):
                    places.append((start, start + length))
        return places


def shared_with(value: str, text: str) -> Iterator[Span]:
    """The places in a text that contain ``SHARED`` successive characters of a value."""
    sought = [form for form in forms(value) if len(form) > SHARED]
    for reading in _readings(text) if sought else ():
        places: dict[str, list[int]] = {}
        for start in range(len(reading.text) - SHARED + 1):
            places.setdefault(reading.text[start : start + SHARED], []).append(start)
        for form in sought:
            for position in range(len(form) - SHARED + 1):  # a form may be half a megabyte, the text never is
                for start in places.pop(form[position : position + SHARED], ()):
                    yield reading.span(start, start + SHARED)


def forms(value: str) -> set[str]:
    """The forms in which a value is searched: as it is, in base64 at any offset, in base32, in hexadecimal, and as a
    list of its bytes.
    """
    raw = value.encode("utf-8", "surrogatepass")
    bytes_of = raw if len(raw) <= _LONGEST_LIST else b""
    written = {
        value,
        quote_plus(raw),
        raw.hex(),
        b32encode(raw).decode().rstrip("="),
        *(separator.join(map(str, bytes_of)) for separator in (",", "")),
        *(form for encode in (b64encode, urlsafe_b64encode) for form in _base64(raw, encode)),
    }
    small = {_small(form) for form in written}
    return small | {_DROPPED.sub("", form) for form in small}


def _base64(raw: bytes, encode: Callable[[bytes], bytes]) -> Iterator[str]:
    """Base64 of ``raw`` alone, and at each offset in other data, without the characters that depend on that data."""
    yield encode(raw).decode().rstrip("=")
    for before, mixed in enumerate((0, 2, 3)):
        yield (
            encode(b"\0" * before + raw).decode().rstrip("=")[mixed : -1 if (before + len(raw)) % 3 else None]
        )


def _small(text: str) -> str:
    """A text in lower case, with the same length."""
    if text.isascii():
        return text.lower()
    return "".join(small if len(small := character.casefold()) == 1 else character for character in text)


def _shared_length(text: str, form: str, start: int) -> int:
    """How many characters from ``start`` of a text are the beginning of a form, ``SHARED`` at least."""
    shared, most = SHARED, min(len(form), len(text) - start)
    step = SHARED
    while shared < most and step:
        end = min(shared + step, most)
        if text.startswith(form[shared:end], start + shared):
            shared, step = end, 2 * step
        else:
            step //= 2
    return shared


def _is_cut_short(reading: _Reading, text: str, form: str, *, start: int, length: int) -> bool:
    """Whether the beginning of a value in a text is all that the text has of it, and more than an address's host."""
    address = _ADDRESS.match(form)
    if length < (address.end() if address else 0) + SHARED:
        return False
    return _CUT.match(text, reading.ends[start + length - 1]) is not None


def _readings(text: str) -> Iterator[_Reading]:
    reading = _Reading(text, range(len(text)), range(1, len(text) + 1))
    for decoded in range(3):
        if decoded:
            reading = _decoded(reading)
        small = reading._replace(text=_small(reading.text))
        yield small
        if _DROPPED.search(small.text):
            yield _without_what_is_dropped(small)
        if not _ESCAPE.search(reading.text):
            return


def _without_what_is_dropped(reading: _Reading) -> _Reading:
    """A reading without spaces, quotes and backslashes."""
    runs = (place for run in _DROPPED.finditer(reading.text) for place in run.span())
    bounds = [0, *runs, len(reading.text)]
    kept = [slice(start, end) for start, end in zip(bounds[::2], bounds[1::2], strict=True)]
    return _Reading(
        "".join(reading.text[part] for part in kept),
        [place for part in kept for place in reading.starts[part]],
        [place for part in kept for place in reading.ends[part]],
    )


def _decoded(reading: _Reading) -> _Reading:
    """A reading with its escapes decoded."""
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    position = 0
    for escape in _ESCAPE.finditer(reading.text):
        parts.append(reading.text[position : escape.start()])
        starts += reading.starts[position : escape.start()]
        ends += reading.ends[position : escape.start()]
        position = escape.start()
        for character, length in _characters(escape):
            parts.append(character)
            starts += [reading.starts[position]] * len(character)
            ends += [reading.ends[position + length - 1]] * len(character)
            position += length
        position = escape.end()
    parts.append(reading.text[position:])
    return _Reading("".join(parts), [*starts, *reading.starts[position:]], [*ends, *reading.ends[position:]])


def _characters(escape: re.Match[str]) -> list[tuple[str, int]]:
    """The characters of an escape, each with the number of characters it was written with."""
    kind, written = str(escape.lastgroup), escape[0]
    if kind in _DECODED:
        return _DECODED[kind](written)
    if kind == "pair":
        high, low = (int(unit, 16) for unit in (escape["pair"][:4], escape["pair"][-4:]))
        return [(chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)), len(written))]
    if kind in ("four", "braced", "eight"):
        code = int(escape[kind], 16)
        return [(chr(code) if code <= sys.maxunicode else "?", len(written))]
    return [(_CONTROLS[written[1]] if kind == "control" else unescape(written), len(written))]


def _of_bytes(digits: str, width: int) -> list[tuple[str, int]]:
    text = bytes.fromhex(digits).decode("utf-8", "surrogateescape")
    characters = [
        (character, width * len(character.encode("utf-8", "surrogateescape"))) for character in text
    ]
    return [(_of_latin_1(character), length) for character, length in characters]


def _of_latin_1(character: str) -> str:
    """A character; for a byte that is not valid UTF-8, its character in Latin-1."""
    return chr(ord(character) - 0xDC00) if "\udc80" <= character <= "\udcff" else character
