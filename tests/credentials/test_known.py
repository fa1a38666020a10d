"""Known values are found in a text however it writes them, and nothing else is."""

import base64
import html
import json
import struct
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.credentials.known import KnownValues, shared_with

VALUE = "c0rrect/horse&batt<ry's+stapl=7é\tß"
FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "capitals": lambda value: "".join(c.upper() if c.isascii() else c for c in value),
    "JSON": json.dumps,
    "JSON in JSON": lambda value: json.dumps(json.dumps(value)),
    "JSON of Go": lambda value: json.dumps(value).replace("&", "\\u0026").replace("<", "\\u003c"),
    "JSON of PHP": lambda value: json.dumps(value).replace("/", "\\/"),
    "every character escaped": lambda value: "".join(f"\\u{unit:04x}" for unit in units(value)),
    "in braces": lambda value: "".join(f"\\u{{{ord(c):x}}}" for c in value),
    "long escapes": lambda value: "".join(f"\\U{ord(c):08X}" for c in value),
    "bytes in hexadecimal": lambda value: "".join(f"\\x{byte:02x}" for byte in value.encode()),
    "bytes in octal": lambda value: "".join(f"\\{byte:03o}" for byte in value.encode()),
    "a program's literal": repr,
    "URL": lambda value: quote(value, safe=""),
    "URL, small letters": lambda value: quote(value, safe="").lower(),
    "URL, every character": lambda value: "".join(f"%{byte:02X}" for byte in value.encode()),
    "URL in a URL": lambda value: quote(quote(value, safe=""), safe=""),
    "form": quote_plus,
    "HTML": html.escape,
    "HTML by numbers": lambda value: "".join(f"&#{ord(c)};" for c in value),
    "HTML in hexadecimal": lambda value: "".join(f"&#x{ord(c):X};" for c in value),
    "base64": lambda value: base64.b64encode(value.encode()).decode(),
    "base64 for URLs": lambda value: base64.urlsafe_b64encode(value.encode()).decode(),
    "base64, folded": lambda value: "\n  ".join(parts(base64.b64encode(value.encode()).decode(), 16)),
    "base64 behind a byte": lambda value: base64.b64encode(b"u" + value.encode() + b"}").decode(),
    "base64 behind two": lambda value: base64.b64encode(b"u:" + value.encode() + b"}").decode(),
    "base32": lambda value: base64.b32encode(value.encode()).decode(),
    "hexadecimal": lambda value: value.encode().hex(),
    "HEXADECIMAL": lambda value: value.encode().hex().upper(),
    "bytes": lambda value: str(list(value.encode())),
    "bytes of Go": lambda value: str(list(value.encode())).replace(",", ""),
    "folded": lambda value: "\n   ".join(parts(value, 12)),
    "spread": " ".join,
    "SQL": lambda value: value.replace("'", "''"),
    "shell": lambda value: value.replace("'", "'\\''"),
}


def units(value: str) -> tuple[int, ...]:
    """The value in UTF-16, as JSON's escapes write it."""
    raw = value.encode("utf-16-be")
    return struct.unpack(f">{len(raw) // 2}H", raw)


def parts(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def left(text: str, known: KnownValues) -> str:
    """The rest of a text without the values found in it, and without spaces and punctuation."""
    hidden = {place for start, end in known.spans(text) for place in range(start, end)}
    return "".join(c for place, c in enumerate(text) if place not in hidden and c not in " \n\"'\\=[](),")


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_value_is_found_in_every_form(form):
    found = left(f"data <{form(VALUE)}> is invalid", KnownValues([VALUE]))

    assert found.startswith("data<")
    assert found.endswith(">isinvalid")
    assert len(found) <= len("data<>isinvalid") + 8, "in base64 its neighbours have characters of their own"


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@given(value=st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Z"]), min_size=12, max_size=40))
def test_any_value_is_found_in_any_form(form, value):
    text = f"<<{form(value)}>>"

    assert KnownValues([value]).spans(text)


@pytest.mark.parametrize("ending", ["", "...", "…", '…"', " [truncated]", "' (cut)"])
def test_a_value_that_was_cut_short_is_found(ending):
    assert left(f"data {VALUE[:12]}{ending}", KnownValues([VALUE])) == left(f"data{ending}", KnownValues([]))


def test_a_cut_url_counts_only_if_more_than_its_host_is_left():
    known = KnownValues(["https://hooks.example.com/T0K3N/abcdefgh"])

    assert known.spans("cannot reach https://hooks.example.com/") == []
    assert left("cannot reach https://hooks.example.com/T0K3N/abc", known) == "cannotreach"


@pytest.mark.parametrize(
    "text",
    [
        "secret 'web' is in use by api",
        "c0rrect/ho is not it",
        "%zz \\u12 &nosuch; \\9",
        "&#99999999; \\u{110000}",
    ],
)
def test_other_texts_contain_no_known_value(text):
    assert KnownValues([VALUE]).spans(text) == []


def test_a_short_value_is_not_searched():
    assert not KnownValues(["short", "a b c d"]).spans("it is short, a b c")


def test_a_shared_part_of_a_value_is_found_in_any_notation():
    assert list(shared_with(VALUE, "it ends in \\u0026BATT\\u003cry"))
    assert not list(shared_with(VALUE, "it ends in nothing of it"))


def test_a_long_text_and_many_values_take_one_pass():
    known = KnownValues(f"value-{number:05d}-of-many" for number in range(50))

    found = known.spans("nothing here, value-00000-of-man, %41 " * 5_000 + "value-00049-of-many")

    assert set(found) == {(190_000, 190_019)}


def test_a_text_that_is_made_to_be_compared_for_ever_is_masked_as_a_whole():
    text = "a" * 5_000

    assert KnownValues("aaaaaaaa" + "b" * number for number in range(1, 500)).spans(text) == [(0, 5_000)]


def test_a_cut_value_with_a_repeated_beginning_is_found_after_more_of_it():
    assert (2, 18) in KnownValues(["a" * 10 + "-the-rest-of-it"]).spans("aa" + "a" * 10 + "-the-r")


def test_a_long_value_that_repeats_itself_is_compared_in_limited_time():
    assert KnownValues(["a" * 100_000 + "b"]).spans("a" * 50_000)[0] == (0, 50_000)
    assert KnownValues(["ab" * 50_000 + "c"]).spans("ab" * 25_000 + " and more") == []
