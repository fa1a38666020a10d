"""A plan file is written completely and signed, and refused if it was changed."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from reconciler.document import plan_document
from reconciler.errors import Refused, UsageError
from reconciler.model import (
    Address,
    FieldChange,
    Sensitive,
)
from reconciler.planfile import (
    decode,
    encode,
    parse,
)
from reconciler.render import FORMATS
from reconciler.render.plan_json import WORDS
from reconciler.resources import SCHEMAS
from tests.changes import change_of
from tests.planfile.build import API_URL, KEY, META, NOW, PASSWORD, TOKEN, URL, WHOLE, api, keys, plan_of
from tests.render.hostile import diagnostics
from tests.render.hostile import plans as hostile_plans


@keys
def test_no_secret_is_in_a_plan_file_or_any_output_format(key):
    changes = [
        *WHOLE.changes,
        change_of(
            Address("production", "service", "web"),
            "update",
            (
                FieldChange("args", Sensitive(PASSWORD), {"a": [Sensitive(TOKEN)]}),
                FieldChange("url", URL, URL, True),
            ),
        ),
    ]
    text = encode([plan_of(*changes)], meta=META, key=key)
    shown = [show([plan_of(*changes)], meta=META) for show in FORMATS.values()]

    for output in (text, *shown):
        assert not any(secret in output for secret in (PASSWORD, TOKEN, "hunter2"))


SMALL = encode([plan_of(api())], meta=META, key=KEY)


@settings(max_examples=300)
@given(st.integers(0, len(SMALL) - 1), st.integers(1, 127))
def test_a_file_with_any_byte_changed_is_refused(index, flip):
    forged = f"{SMALL[:index]}{chr(ord(SMALL[index]) ^ flip)}{SMALL[index + 1 :]}"

    with pytest.raises(Refused):
        decode(forged, key=KEY, now=NOW, api_url=API_URL)


@given(st.integers(0, len(SMALL) - 1))
def test_a_file_cut_short_is_refused(length):
    with pytest.raises(Refused):
        parse(SMALL[:length])


def test_a_plan_too_large_to_be_read_back_is_not_written(monkeypatch):
    monkeypatch.setattr("reconciler.planfile.file.LIMIT", len(SMALL) - 1)

    with pytest.raises(UsageError, match="The plan file would have"):
        encode([plan_of(api())], meta=META, key=KEY)


WRITTEN = json.loads(
    encode(
        [replace(WHOLE, stack="a", changes=WHOLE.changes[:1]), replace(WHOLE, stack="b")], meta=META, key=None
    )
)


def edited(**more):
    return json.dumps({**WRITTEN, **more}, indent=2) + "\n"


@pytest.mark.parametrize(
    "text, reason",
    [
        ("", "cut short or not JSON"),
        ("[" * 200_000, "nested too deep"),
        ("[1e999]", "a number that is not valid JSON"),
        ("[]", "has no format_version"),
        (edited(format_version=2), "has format 2; this version of reconciler reads format 1"),
        (edited(format_version="\x1b"), 'has format "\\u001b"'),
        (edited(changes={}), 'changes: the value is not of type "array"'),
        (edited(stacks=[]), "changes: belongs to a stack that is not listed under stacks"),
        (edited(stacks=WRITTEN["stacks"][:1] * 2), "stacks: a stack is listed twice"),
        (edited(changes=WRITTEN["changes"][::-1]), "changes: not in the order of the stacks"),
        (
            edited(changes=[{**WRITTEN["changes"][0], "action": "explode"}]),
            "changes.0.action: the value is",
        ),
        (
            edited(changes=[{**WRITTEN["changes"][0], "restarts": [1]}]),
            'changes.0.restarts.0: the value is not of type "string"',
        ),
        (edited(changes=[{**WRITTEN["changes"][0], "secret": 1}]), "Additional properties are not allowed"),
        (
            json.dumps(plan_document([WHOLE], WORDS), indent=2) + "\n",
            "a plan printed as JSON, not a plan file",
        ),
        (edited().replace("\n", "\r\n"), "edited, converted or reformatted"),
        (edited().replace('"format_version": 1', '"format_version": 1, "format_version": 1'), "edited"),
        (edited() + " " * 50_000_000, "at most 50,000,000 are read"),
    ],
    ids=lambda value: value[:20] if "is" in value else "",
)
def test_a_file_that_is_not_a_plan_file_is_refused_with_the_reason(text, reason):
    with pytest.raises(Refused) as refused:
        decode(text, key=None, now=NOW, api_url=API_URL)

    assert reason in str(refused.value)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    "given_key, text_key, more, reason",
    [
        (KEY, None, {}, "RECONCILER_PLAN_KEY is set, and the plan file is not signed"),
        (None, KEY, {}, "is signed, but RECONCILER_PLAN_KEY is not set"),
        (KEY, KEY[::-1], {}, "signature does not match"),
        (KEY, KEY, {"now": "2026-11-25T10:00:00Z"}, "expired at 2026-11-25T10:00:00Z"),
        (KEY, KEY, {"now": "2026-11-24T09:54:59Z"}, "the clock of one of the two machines is wrong"),
        (KEY, KEY, {"now": "tomorrow"}, "dates are not of the form"),
        (KEY, KEY, {"api_url": "https://api.medstack.co/v1"}, "not for https://api.medstack.co/v1"),
        (KEY, KEY, {"company": "company_other"}, "the credentials are for company_other"),
    ],
)
def test_a_plan_file_for_another_time_or_place_is_refused(given_key, text_key, more, reason):
    text = encode([WHOLE], meta=META, key=text_key)

    with pytest.raises(Refused, match=reason):
        decode(text, **{"key": given_key, "now": NOW, "api_url": API_URL, **more})


def test_a_slash_at_the_end_of_the_api_url_is_ignored():
    assert decode(SMALL, key=KEY, now=NOW, api_url=f"{API_URL}/").signed


def test_a_plan_made_by_a_clock_that_is_ahead_is_refused_however_long_it_lasts():
    ahead = META._replace(created="2027-12-29T12:00:00Z", expires="2028-01-05T12:00:00Z")

    with pytest.raises(Refused, match="made at 2027-12-29T12:00:00Z, and it is 2026-11-24T12:00:00Z now"):
        decode(encode([WHOLE], meta=ahead, key=KEY), key=KEY, now=NOW, api_url=API_URL)


def test_no_plan_is_valid_for_longer_than_a_week():
    longer = META._replace(expires="2027-11-24T10:00:00Z")

    with pytest.raises(Refused, match="at most 7 days"):
        decode(encode([WHOLE], meta=longer, key=KEY), key=KEY, now=NOW, api_url=API_URL)


def test_a_clock_that_is_slightly_ahead_is_accepted():
    assert decode(SMALL, key=KEY, now="2026-11-24T09:55:00Z", api_url=API_URL).signed


@keys
@given(plans=hostile_plans, warnings=diagnostics)
def test_a_plan_file_is_read_back_unchanged(plans, warnings, key):
    text = encode(plans, meta=META, key=key, diagnostics=warnings)
    approved = decode(text, key=key, now=NOW, api_url=API_URL)

    assert approved.meta == META
    assert plan_document(approved.plans, WORDS, diagnostics=approved.diagnostics) == plan_document(
        plans, WORDS, diagnostics=warnings
    )
    assert encode(approved.plans, meta=META, key=key, diagnostics=approved.diagnostics) == text
    Draft202012Validator(json.loads((SCHEMAS / "plan.schema.json").read_text(encoding="utf-8"))).validate(
        json.loads(text)
    )
