import base64
import json
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.document import PlanMeta
from reconciler.errors import Refused
from reconciler.github.seal import BOUND, Binding, _unpacked, opened, sealed

KEY = b"a-key-that-is-long-enough"
BINDING = Binding(
    repository="acme/clinic",
    pull=7,
    base_ref="main",
    base_sha="b" * 40,
    head_sha="1" * 40,
    target="0123456789abcdef",
    tool_version="0.1.0",
    run_id="77",
)
META = PlanMeta(
    company="c",
    api_url="https://api.example",
    tool_version="0.1.0",
    commit="",
    created="2026-11-24T10:00:00Z",
    expires="2026-12-01T10:00:00Z",
)
TEXT = "<!-- reconciler plan 0123456789abcdef -->\nPlan: 1 to create\n\n| a | b |\n"
PLAN = '{"a": "plan"}\n'
SEALED = sealed(TEXT, BINDING, PLAN, key=KEY, room=10_000)
BLOCK = SEALED.removeprefix(TEXT)


def test_a_sealed_text_can_be_opened():
    seal = opened(SEALED, key=KEY, expected=BINDING)

    assert (seal.plan, seal.binding) == (PLAN, BINDING)


@pytest.mark.parametrize(
    "old, new",
    [("\n", "\r\n"), ("create\n", "create  \t\n"), (BLOCK, f"{BLOCK}\n"), (BLOCK, f"\n\n{BLOCK}\r\n")],
    ids=["line ends", "spaces at a line's end", "a last line end", "empty lines around it"],
)
def test_githubs_own_changes_of_a_text_are_accepted(old, new):
    assert opened(SEALED.replace(old, new), key=KEY, expected=BINDING).plan == PLAN


@pytest.mark.parametrize(
    "old, new",
    [
        ("Plan: 1 to create", "No changes"),
        ("1 to", "1  to"),
        ("create\n", "create\n\n"),
        (BLOCK, f"{BLOCK}\nNo changes"),
        (BLOCK, f"{BLOCK}{BLOCK}"),
        (TEXT, ""),
        (SEALED, TEXT.replace("Plan", f"{BLOCK}Plan")),
        (SEALED, f"{BLOCK}{TEXT}"),
        ("reconciler plan 0", "reconciler plan 1"),
    ],
)
def test_an_edited_comment_approves_nothing_and_says_so(old, new):
    with pytest.raises(Refused, match="comment was edited"):
        opened(SEALED.replace(old, new, 1), key=KEY, expected=BINDING)


@given(st.integers(0, len(TEXT)), st.sampled_from("aé0.-`<@|\u200b\u00a0"))
def test_any_insertion_into_the_text_makes_it_approve_nothing(place, character):
    with pytest.raises(Refused):
        opened(TEXT[:place] + character + TEXT[place:] + BLOCK, key=KEY, expected=BINDING)


def other_than(**changes: Any) -> Binding:
    return replace(BINDING, **changes)


@pytest.mark.parametrize("name", BOUND)
def test_a_seal_is_valid_only_for_its_context(name):
    other = 8 if name == "pull" else "other"

    with pytest.raises(Refused, match=name):
        opened(SEALED, key=KEY, expected=other_than(**{name: other}))


@pytest.mark.parametrize("name", ["base_sha", "run_id"])
def test_the_origin_of_a_seal_is_returned_and_may_differ(name):
    seal = opened(SEALED, key=KEY, expected=other_than(**{name: "other"}))

    assert seal == opened(SEALED, key=KEY, expected=BINDING)


def test_another_key_opens_nothing():
    with pytest.raises(Refused, match="seal"):
        opened(SEALED, key=b"another-key-of-a-stranger-who-is-not-here", expected=BINDING)


@given(st.integers(0, len(SEALED) - 1), st.characters())
def test_any_change_is_refused_or_has_no_effect(place, character):
    changed = SEALED[:place] + character + SEALED[place + 1 :]
    try:
        seal = opened(changed, key=KEY, expected=BINDING)
    except Refused:
        return
    assert (seal.plan, seal.binding) == (PLAN, BINDING)


WRONG: tuple[Any, ...] = (None, True, float("nan"), 10**4000, [], {"a": [[]]}, "\udc80")


def repacked(**changes):
    text = json.dumps({**_unpacked(BLOCK.split()[2]), **changes})
    return f"{TEXT}<!-- reconciler-approval {base64.b64encode(zlib.compress(text.encode())).decode()} -->"


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"plan": "another plan"}, "is not the sealed plan"),
        ({"plan": 1}, "is not the sealed plan"),
        ({"envelope": None}, "malformed"),
        ({"envelope": {"seal": "hmac-sha256:"}}, "malformed"),
        *(
            ({"envelope": {**_unpacked(BLOCK.split()[2])["envelope"], name: value}}, "malformed|seal")
            for name in ("pull", "head_sha", "digest", "text", "seal")
            for value in WRONG
        ),
    ],
)
def test_a_replaced_text_is_refused(changes, message):
    with pytest.raises(Refused, match=message):
        opened(repacked(**changes), key=KEY, expected=BINDING)


def test_without_room_only_the_digest_is_kept():
    small = sealed(TEXT, BINDING, "x" * 50_000 + "y" * 50_000, key=KEY, room=100)

    assert len(small) < 1_000
    assert opened(small, key=KEY, expected=BINDING).plan is None


def test_a_decompression_bomb_is_refused():
    bomb = base64.b64encode(zlib.compress(b" " * 60_000_000, 9)).decode()

    with pytest.raises(Refused, match="cannot be read"):
        opened(f"<!-- reconciler-approval {bomb} -->", key=KEY, expected=BINDING)
