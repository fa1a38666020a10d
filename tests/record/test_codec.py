"""A record as text and back; hostile text only gives a clear error."""

import base64
import json
import zlib
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.errors import DamagedRecord, ReconcilerError
from reconciler.model import Applied, Lease, Owned, Pending, Record, Source, Used
from reconciler.record.codec import (
    PART_CHARACTERS,
    Head,
    decode,
    decode_head,
    encode,
    encode_head,
    pack,
    unpack,
)
from reconciler.resources import SCHEMAS

SCHEMA = jsonschema_rs.validator_for(json.loads((SCHEMAS / "record.schema.json").read_text(encoding="utf-8")))

texts = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=8)
names = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
owned = st.builds(
    Owned,
    kind=st.sampled_from(["node", "volume", "config", "secret", "service", "webhook"]),
    name=names,
    live_name=names,
    id=texts,
    applied=st.dictionaries(texts, values, max_size=3),
    digest=texts,
    protected=st.booleans(),
    state=st.sampled_from(["verified", "unverified", "failed", "rolled back"]),
    retired=st.booleans(),
    known=st.lists(texts, max_size=2).map(tuple),
    tasks=st.lists(texts, max_size=2).map(tuple),
    previous=st.lists(texts, max_size=2).map(tuple),
    last_verified=st.dictionaries(texts, values, max_size=2),
    wait=st.booleans(),
    source=st.none() | st.builds(Source, repository=names, file=names),
    taken_from=texts,
)
pending = st.builds(
    Pending,
    action=st.sampled_from(["create", "update", "replace", "delete", "adopt", "move"]),
    owned=owned,
    known=st.lists(texts, max_size=2).map(tuple),
)
applies = st.builds(
    Applied,
    when=texts,
    who=texts,
    commit=texts,
    counts=st.dictionaries(texts, st.integers(0), max_size=2),
    repository=texts,
)
leases = st.builds(Lease, holder=texts, nonce=names, until=st.floats(0, 1e10))
records = st.builds(
    Record,
    stack=st.just("clinic"),
    number=st.integers(1),
    salt=st.binary(min_size=1, max_size=16).map(bytes.hex),
    owned=st.lists(owned, max_size=3, unique_by=lambda entry: (entry.kind, entry.name, entry.live_name)).map(
        lambda every: tuple(sorted(every, key=lambda entry: (entry.kind, entry.name, entry.live_name)))
    ),
    pending=st.lists(pending, max_size=2).map(tuple),
    applies=st.lists(applies, max_size=10).map(tuple),
    lease=st.none() | leases,
    used=st.lists(st.builds(Used, mark=names, until=texts), max_size=2).map(tuple),
    released=st.lists(owned, max_size=2).map(tuple),
)


def text_of(record: Record) -> str:
    return encode_head(Head(record.stack, record.number, "n", record.lease, encode(record)))


def record_of(text: str) -> Record:
    head = decode_head(text)
    return decode(head, head.body)


@given(records)
def test_a_record_is_read_back_unchanged(record):
    assert record_of(text_of(record)) == record


@given(records)
def test_a_record_is_ascii_and_follows_the_schema(record):
    text = text_of(record)
    assert text.isascii()
    SCHEMA.validate(json.loads(text))


@given(records)
def test_the_order_of_owned_objects_does_not_matter(record):
    shuffled = Record(**{**{f: getattr(record, f) for f in record.__slots__}, "owned": record.owned[::-1]})
    assert text_of(shuffled) == text_of(record)


def test_a_large_body_is_compressed_and_read_back():
    record = Record(
        "clinic", 1, "00", owned=tuple(Owned("volume", f"v{n}", f"v{n}", str(n)) for n in range(9_000))
    )
    body = encode(record)
    parts = pack(body)
    assert len(parts) == 1
    assert parts[0].isascii()
    assert unpack(parts) == body


def test_parts_fit_into_a_config():
    noise = "".join(f"{(n * 2654435761) % 2**32:08x}" for n in range(200_000))
    parts = pack({"noise": noise})
    assert len(parts) > 1
    assert max(map(len, parts)) <= PART_CHARACTERS
    assert unpack(parts) == {"noise": noise}


def test_only_the_last_ten_applies_are_kept():
    record = Record("clinic", 1, "00", applies=tuple(Applied(str(n), "", "", {}) for n in range(12)))
    assert [applied.when for applied in record_of(text_of(record)).applies] == [str(n) for n in range(2, 12)]


def test_the_last_apply_of_each_other_repository_is_kept_too():
    theirs = tuple(Applied(f"theirs {n}", "", "", {}, "git.example/theirs") for n in range(2))
    ours = tuple(Applied(str(n), "", "", {}, "git.example/ours") for n in range(12))
    record = Record("clinic", 1, "00", applies=(*theirs, *ours))

    kept = record_of(text_of(record))

    assert [applied.when for applied in kept.applies] == ["theirs 1", *(str(n) for n in range(2, 12))]
    assert record_of(text_of(kept)) == kept


def test_control_characters_in_shown_texts_are_replaced():
    record = Record(
        "clinic", 1, "00", lease=Lease("\x1b[31mme", "n", 0.0), applies=(Applied("", "a\nb", "", {}),)
    )
    read = record_of(text_of(record))
    assert read.lease is not None
    assert read.lease.holder == "?[31mme"
    assert read.applies[0].who == "a?b"


def test_a_newer_format_asks_for_an_upgrade():
    with pytest.raises(ReconcilerError, match="upgrade reconciler") as caught:
        decode_head('{"format_version": 3}')
    assert not isinstance(caught.value, DamagedRecord)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "NaN", '{"format_version": NaN}', "[" * 100_000, "1" * 5_000]
)
def test_an_invalid_head_is_damage(text):
    with pytest.raises(DamagedRecord):
        decode_head(text)


@pytest.mark.parametrize(
    "parts",
    [
        ["?"],
        ["é"],
        [""],
        [base64.b64encode(b"not zlib").decode()],
        [base64.b64encode(zlib.compress(b"[")).decode()],
        [base64.b64encode(zlib.compress("é".encode())).decode()],
        [base64.b64encode(zlib.compress(b'{"a": 1}')[:-3]).decode()],
    ],
)
def test_damaged_parts_are_damage(parts):
    with pytest.raises(DamagedRecord):
        unpack(parts)


def test_parts_that_decompress_to_too_much_are_damage():
    bomb = base64.b64encode(zlib.compress(bytes(65 * 2**20))).decode()
    with pytest.raises(DamagedRecord, match="too large"):
        unpack([bomb])


@given(records, st.data())
def test_an_edited_head_is_accepted_exactly_if_the_schema_accepts_it(record, data):
    value = json.loads(text_of(record))
    edited = data.draw(edits(value))
    assume(not isinstance(edited, dict) or edited.get("format_version") != 1)
    try:
        record_of(json.dumps(edited))
        accepted = True
    except DamagedRecord:
        accepted = False
    assert accepted == SCHEMA.is_valid(edited)


@st.composite
def edits(draw: Any, value: Any) -> Any:
    """``value`` with one place replaced, removed or added."""
    if isinstance(value, dict) and value and draw(st.integers(0, 3)):
        key = draw(st.sampled_from(sorted(value)))
        rest = {name: item for name, item in value.items() if name != key}
        match draw(st.sampled_from(["inside", "inside", "inside", "remove", "rename"])):
            case "inside":
                return {**rest, key: draw(edits(value[key]))}
            case "remove":
                return rest
            case _:
                return {**rest, draw(names): value[key]}
    if isinstance(value, list) and value and draw(st.integers(0, 3)):
        at = draw(st.integers(0, len(value) - 1))
        return [*value[:at], draw(edits(value[at])), *value[at + 1 :]]
    return draw(
        st.sampled_from(
            [None, True, False, 0, 1, -1, 1.5, "", "x", "0a", "service", "verified", [], {}, [1], ["x"]]
        )
    )


def test_a_record_of_the_previous_format_is_read():
    record = Record("clinic", 7, "00", owned=(Owned("volume", "data", "data", "v1"),))
    former = {**json.loads(text_of(record)), "format_version": 1}
    former["body"]["path"] = "prod"
    assert record_of(json.dumps(former)) == record


def test_new_fields_are_written_only_if_they_have_a_value():
    body = encode(Record("clinic", 7, "00", owned=(Owned("volume", "data", "data", "v1"),)))
    assert body.keys() == {"salt", "owned", "pending", "applies"}
    assert body["owned"] == [{"kind": "volume", "name": "data", "id": "v1"}]


def test_an_unknown_field_is_damage():
    with pytest.raises(DamagedRecord, match="a field that this format does not have"):
        decode_head(json.dumps({**json.loads(text_of(Record("clinic", 1, "00"))), "more": 1}))


@pytest.mark.parametrize("shown", ["\x1b[2J", "a\nb", "\ud800", "\u202e"])
def test_text_that_controls_a_terminal_is_damage(shown):
    value = json.loads(text_of(Record("clinic", 1, "00", owned=(Owned("volume", "data", "data", ""),))))
    value["body"]["owned"][0]["name"] = shown
    with pytest.raises(DamagedRecord, match=r"owned\[0\]\.name|not text"):
        record_of(json.dumps(value))
