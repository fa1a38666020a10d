"""Differences, value by value: none missed, none invented, each as small as possible."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.diff import Difference, differences
from reconciler.kinds import KINDS

SERVICE, WEBHOOK = KINDS["service"], KINDS["webhook"]

variables = st.dictionaries(
    st.sampled_from(["A", "B", "C", "__A", "a.b", "x']['y", "É"]), st.text(max_size=3)
)


def reference(name: str, file_name: str, uid: int = 0, mode: str = "0444") -> dict[str, Any]:
    return {"name": name, "file_name": file_name, "uid": uid, "gid": 0, "mode": mode}


def compared(desired: Mapping[str, Any], live: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    return [
        (difference.path, difference.live, difference.desired)
        for difference in differences(SERVICE, desired, live)
    ]


@given(variables, variables)
def test_every_variable_that_differs_is_its_own_difference(desired, live):
    expected = {
        key: (live.get(key), desired.get(key))
        for key in {*desired, *live}
        if desired.get(key) != live.get(key)
    }

    found = differences(
        SERVICE, {"environment_variables": desired}, {"environment_variables": live} if live else {}
    )

    assert {difference.keys: (difference.live, difference.desired) for difference in found} == {
        (key,): pair for key, pair in expected.items()
    }
    assert [difference.keys for difference in found] == sorted(difference.keys for difference in found)


def test_completely_different_variables_are_separate_differences():
    found = compared(
        {"environment_variables": {"PASSWORD": "hunter2", "A": "1"}},
        {"environment_variables": {"TOKEN": "sesame", "B": "2"}},
    )

    assert found == [
        ("environment_variables.A", None, "1"),
        ("environment_variables.B", "2", None),
        ("environment_variables.PASSWORD", None, "hunter2"),
        ("environment_variables.TOKEN", "sesame", None),
    ]


def test_a_variable_whose_name_begins_with_two_underscores_is_compared():
    found = compared(
        {"environment_variables": {"__MODE": "new", "A": "1"}},
        {"environment_variables": {"__MODE": "old", "A": "1"}},
    )

    assert found == [("environment_variables.__MODE", "old", "new")]


@pytest.mark.parametrize(
    "desired, live, expected",
    [
        ({"replicas": 3}, {"replicas": 2}, [("replicas", 2, 3)]),
        ({"replicas": 3}, {}, [("replicas", None, 3)]),
        ({"command": ""}, {"command": "serve"}, [("command", "serve", None)]),
        ({"hosts": []}, {"hosts": ["a.example"]}, [("hosts", ["a.example"], None)]),
        ({"hosts": ["b.example"]}, {"hosts": ["a.example"]}, [("hosts", ["a.example"], ["b.example"])]),
        (
            {"secrets": [reference("db.v2", "db")]},
            {"secrets": [reference("db.v1", "db")]},
            [("secrets.db.name", "db.v1", "db.v2")],
        ),
        (
            {"secrets": [reference("db.v1", "db", uid=7, mode="0400")]},
            {"secrets": [reference("db.v1", "db")]},
            [("secrets.db.mode", "0444", "0400"), ("secrets.db.uid", 0, 7)],
        ),
        (
            {"configs": [reference("c.v1", "/etc/c")]},
            {},
            [("configs./etc/c", None, {"name": "c.v1", "uid": 0, "gid": 0, "mode": "0444"})],
        ),
        (
            {"mounts": []},
            {"mounts": [{"source": "data", "target": "/data", "readonly": False}]},
            [("mounts./data", {"source": "data", "readonly": False}, None)],
        ),
        (
            {"environment_variables": {}},
            {"environment_variables": {"A": "1"}},
            [("environment_variables.A", "1", None)],
        ),
        ({"replicas": 2, "command": None}, {"replicas": 2, "args": "x"}, []),
    ],
)
def test_differences_have_their_paths(desired, live, expected):
    assert compared(desired, live) == expected


def test_differences_are_sorted_by_path():
    desired, live = {"replicas": 2, "image": "b", "args": "x"}, {"image": "a"}

    assert [difference.path for difference in differences(SERVICE, desired, live)] == [
        "args",
        "image",
        "replicas",
    ]
    assert compared(dict(reversed(desired.items())), live) == compared(desired, live)


def test_an_undeclared_field_is_not_compared():
    assert differences(SERVICE, {}, {"replicas": 3, "hosts": ["a.example"]}) == ()


def test_a_difference_prints_as_its_path():
    assert Difference("environment_variables", ("A",), None, "1").path == "environment_variables.A"
    assert Difference("image", (), None, "a").path == "image"


def test_texts_of_many_lines_are_compared_as_a_whole(monkeypatch):
    def line_by_line(*_: object, **__: object) -> None:
        raise AssertionError("a hundred thousand lines are not to be compared one by one")

    monkeypatch.setattr("difflib.unified_diff", line_by_line)
    before, after = ("".join(f"{number * step % 997}\n" for number in range(100_000)) for step in (3, 7))
    variables = {"A": before, "B": "same"}

    (difference,) = differences(
        KINDS["service"],
        {"environment_variables": {**variables, "A": after}},
        {"environment_variables": variables},
    )

    assert (difference.path, difference.live, difference.desired) == (
        "environment_variables.A",
        before,
        after,
    )
