from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.document import PlanMeta
from reconciler.errors import Refused
from reconciler.github.approval import BOUND, Binding, _packed, _unpacked, block, block_in, opened, union
from reconciler.model import Address, Change, Plan
from reconciler.planfile import Approved, differences, encode, parse

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
SEALED = block(BINDING, '{"a": "plan"}\n', key=KEY, room=10_000)


def plan(*names, cluster_id="cluster_1", stack="shop"):
    changes = tuple(Change(Address("production", "volume", name), "create", live_name=name) for name in names)
    return Plan("production", cluster_id, "company_1", stack, changes)


def approved(*plans) -> Approved:
    return parse(encode(plans, meta=META, key=KEY))


def test_what_was_sealed_is_opened():
    sealed = opened(SEALED, key=KEY, expected=BINDING)

    assert (sealed.plan, sealed.binding) == ('{"a": "plan"}\n', BINDING)


def test_it_stands_in_a_comment_among_other_text():
    assert block_in(f"text\n{SEALED}\nmore") == SEALED
    assert block_in("text") == ""


def other_than(**changes: Any) -> Binding:
    return replace(BINDING, **changes)


@pytest.mark.parametrize("name", BOUND)
def test_it_is_bound(name):
    other = 8 if name == "pull" else "other"

    with pytest.raises(Refused, match=name):
        opened(SEALED, key=KEY, expected=other_than(**{name: other}))


@pytest.mark.parametrize("name", ["base_sha", "run_id"])
def test_where_it_comes_from_is_told_and_may_differ(name):
    sealed = opened(SEALED, key=KEY, expected=other_than(**{name: "other"}))

    assert sealed == opened(SEALED, key=KEY, expected=BINDING)


def test_another_key_opens_nothing():
    with pytest.raises(Refused, match="seal"):
        opened(SEALED, key=b"another-key-of-a-stranger", expected=BINDING)


@given(st.integers(0, len(SEALED) - 1), st.characters())
def test_whatever_is_changed_it_is_refused_or_the_same(place, character):
    changed = SEALED[:place] + character + SEALED[place + 1 :]
    try:
        sealed = opened(changed, key=KEY, expected=BINDING)
    except Refused:
        return
    assert (sealed.plan, sealed.binding) == ('{"a": "plan"}\n', BINDING)


def repacked(**changes):
    packed = SEALED.split()[2]
    return _packed({**_unpacked(packed), **changes})


@pytest.mark.parametrize(
    "changes, told",
    [
        ({"plan": "another plan"}, "not the one that was sealed"),
        ({"plan": 1}, "not the one that was sealed"),
        ({"envelope": None}, "not of the form"),
        ({"envelope": {"seal": "hmac-sha256:"}}, "not of the form"),
    ],
)
def test_what_was_put_in_its_place_is_refused(changes, told):
    with pytest.raises(Refused, match=told):
        opened(repacked(**changes), key=KEY, expected=BINDING)


def test_without_room_the_digest_alone_is_kept():
    small = block(BINDING, "x" * 50_000 + "y" * 50_000, key=KEY, room=100)

    assert len(small) < 1_000
    assert opened(small, key=KEY, expected=BINDING).plan is None


def test_what_unpacks_without_end_is_refused():
    import base64
    import zlib

    bomb = base64.b64encode(zlib.compress(b" " * 60_000_000, 9)).decode()

    with pytest.raises(Refused, match="can't be read"):
        opened(f"<!-- reconciler-approval {bomb} -->", key=KEY, expected=BINDING)


def test_together_they_approve_what_each_of_them_does():
    both = union([approved(plan("a")), approved(plan("b"), plan("c", stack="other"))])

    assert both is not None
    assert differences(both, [plan("a", "b"), plan("c", stack="other")], key=KEY) == ()
    assert len(differences(both, [plan("a", "b", "d")], key=KEY)) == 1


def test_what_was_approved_for_a_cluster_is_not_for_another_of_the_same_name():
    both = union([approved(plan("a")), approved(plan("b", cluster_id="cluster_2"))])

    assert both is not None
    assert differences(both, [plan("a")], key=KEY) == ()
    assert differences(both, [plan("b")], key=KEY) != ()
    assert differences(both, [plan("b", cluster_id="cluster_2")], key=KEY) != ()


def test_nothing_approves_nothing():
    assert union([]) is None
