"""Shorthands of manifests are converted to canonical form."""

import pytest

from reconciler.kinds.service import (
    canonical,
    decode,
    encode,
)
from tests.kinds.bodies import is_same

DB = {"name": "db", "file_name": "db", "uid": 0, "gid": 0, "mode": "0444"}


@pytest.mark.parametrize(
    "field, given_, expected",
    [
        ("secrets", ["db"], [DB]),
        ("secrets", [{"name": "db"}], [DB]),
        ("configs", [{"name": "db", "file_name": None, "uid": None, "gid": "", "mode": None}], [DB]),
        (
            "secrets",
            [{"name": "db", "file_name": "/x", "uid": "7", "gid": 8, "mode": "0400"}],
            [{"name": "db", "file_name": "/x", "uid": 7, "gid": 8, "mode": "0400"}],
        ),
        ("mounts", ["data:/data"], [{"source": "data", "target": "/data", "readonly": False}]),
        ("mounts", ["data:/data:ro"], [{"source": "data", "target": "/data", "readonly": True}]),
        ("mounts", ["data:/data:rw"], [{"source": "data", "target": "/data", "readonly": False}]),
        (
            "mounts",
            [{"source": "data", "target": "/data"}, {"source": "a", "target": "/a", "readonly": True}],
            [
                {"source": "data", "target": "/data", "readonly": False},
                {"source": "a", "target": "/a", "readonly": True},
            ],
        ),
        ("environment_variables", {"A": 1, "B": None, "C": "x"}, {"A": "1", "B": None, "C": "x"}),
        ("environment_variables", [{"key": "A", "value": "x"}, {"key": "B"}], {"A": "x", "B": None}),
        ("hosts", ("a.example",), ["a.example"]),
        ("placement_constraints", ("node.role == worker",), ["node.role == worker"]),
        ("secrets", None, None),
        ("command", "", ""),
        ("replicas", 0, 0),
    ],
)
def test_shorthands_become_canonical(field, given_, expected):
    assert canonical({field: given_}) == {field: expected}


@pytest.mark.parametrize("mode", ["0000", "0400", "0444", "0777", "4755", "02755"])
def test_a_file_mode_is_octal_in_manifests_and_decimal_in_the_api(mode):
    (reference,) = canonical({"secrets": [{"name": "db", "mode": mode}]})["secrets"]
    (sent,) = encode("api", {"secrets": [reference]})["secrets"]

    assert sent["mode"] == str(int(mode, 8))
    for answered in (sent["mode"], int(sent["mode"])):
        assert is_same("secrets", [{"name": "db", "mode": mode}], [{**sent, "mode": answered}])


@pytest.mark.parametrize(
    "mode, expected",
    [
        (None, "0444"), ("", "0444"), (0, "0000"), ("0", "0000"), (256, "0400"), ("256", "0400"), (2541, "4755"),
        ("0400", "0400"), ("0899", "0899"), ("-1", "-1"), ("1_0", "1_0"), ("٣", "٣"), (292.5, "292.5"),
        ("rw-r--r--", "rw-r--r--"), ("9" * 5000, "9" * 5000),
    ],
)  # fmt: skip
def test_an_invalid_live_file_mode_stays_unchanged(mode, expected):
    (reference,) = decode({"secrets": [{"name": "db", "mode": mode}]})["secrets"]

    assert reference["mode"] == expected
