import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.model import FieldChange, Masked, Sensitive
from reconciler.render.values import LINES, field_lines


def shown(before, after, **more):
    return [text for _, _, text in field_lines(FieldChange("image", before, after, **more))]


@pytest.mark.parametrize(
    "before, after, line",
    [
        ("nginx:1", "nginx:2", 'image: "nginx:1" → "nginx:2"'),
        (None, "nginx:2", 'image: "nginx:2"'),
        ("nginx:1", None, 'image: "nginx:1" → (nothing)'),
        (2, 3, "image: 2 → 3"),
        (["a"], ["a", "b"], 'image: ["a"] → ["a", "b"]'),
        (False, True, "image: false → true"),
        ('a"b', "a\\b", 'image: "a\\"b" → "a\\\\b"'),
    ],
)
def test_a_short_value_takes_one_line(before, after, line):
    assert shown(before, after) == [line]


@pytest.mark.parametrize(
    "before, after",
    [
        ("אחד", "שתיים"),
        ("x א", "ב y"),
        ("واحد", "اثنان"),
        (["א"], ["ב"]),
        ("א", "12"),
        ("א1", "2"),
        (["א"], ["1"]),
    ],
)
def test_after_text_that_is_read_from_right_to_left_a_word_keeps_the_arrows_direction(before, after):
    (line,) = shown(before, after)

    assert re.fullmatch("image: before .+ → after .+", line)


@pytest.mark.parametrize("sensitive", [False, True])
def test_after_a_name_that_is_read_from_right_to_left_a_word_keeps_the_arrows_direction(sensitive):
    path = "environment_variables.שם"

    ((_, _, line),) = field_lines(FieldChange(path, "1", "2", sensitive=sensitive))

    assert re.fullmatch(f"{path}: before .+ → after .+", line)


def test_a_masked_value_shows_only_that_it_changed():
    assert shown("(sensitive #1)", "(sensitive #2)", sensitive=True) == [
        "image: (sensitive #1) → (sensitive #2)"
    ]
    assert shown("swordfish", Sensitive("hunter2"), sensitive=True) == ["image: (sensitive) → (sensitive)"]
    assert shown(None, [Sensitive("hunter2")]) == ['image: ["(sensitive)"]']


def test_the_host_of_a_url_may_be_shown():
    mask = "hooks.example.com (sensitive #1)"

    assert shown(None, mask, sensitive=True) == [f"image: {mask}"]


def test_drift_is_marked():
    assert shown(1, 2, drift=True) == ["image: 1 → 2   (changed outside git)"]


def test_a_text_of_several_lines_is_shown_as_a_diff():
    before = "".join(f"line {number}\n" for number in range(1, 20))
    after = before.replace("line 10\n", "LINE 10\n")

    assert shown(before, after) == [
        "image:",
        "@@ line 7 → 7 @@",
        "  line 7",
        "  line 8",
        "  line 9",
        "line 10",
        "LINE 10",
        "  line 11",
        "  line 12",
        "  line 13",
    ]


def test_a_missing_final_newline_is_shown():
    assert shown("a\nb\n", "a\nb") == ["image:", "  a", "b", "b   (no newline at the end)"]


def test_a_long_list_is_shown_item_by_item():
    hosts = [f"{number}.a-rather-long-name.example.com" for number in range(8)]

    assert shown(hosts, [*hosts, "new.example.com"])[-1] == '"new.example.com"'


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_the_difference_in_a_long_text_is_not_cut_off(ahead, behind):
    (line,) = shown("x" * ahead + "a" + "y" * behind, "x" * ahead + "b" + "y" * behind)
    before, _, after = line.removeprefix("image: ").partition(" → ")

    assert before != after
    assert len(line) < 600


def test_very_many_lines_are_counted():
    lines = shown(None, "".join(f"{number}\n" for number in range(1000)))

    assert len(lines) == LINES + 2
    assert lines[-1] == f"… {1000 - LINES} more lines: see --format json"


def test_texts_that_are_too_large_to_compare_are_shown_without_a_diff():
    before = "".join(f"a{number}\n" for number in range(2000))

    assert shown(before, before.replace("a", "b"))[1] == "@@ line 1: 2,000 lines → 2,000 lines @@"


@given(st.lists(st.sampled_from("ab\n")).map("".join), st.lists(st.sampled_from("ab\n")).map("".join))
def test_every_difference_is_visible(before, after):
    assume(before != after)
    lines = list(field_lines(FieldChange("data", before, after)))

    if len(lines) == 1:
        shown_before, _, shown_after = lines[0][2].removeprefix("data: ").partition(" → ")
        assert shown_before != shown_after
    else:
        assert {"removed", "added"} & {role for role, _, _ in lines}


def test_digests_are_shortened_unless_they_differ():
    first, second = "sha256:" + "0123456789abcdef" * 4, "sha256:" + "01234567" + "f" * 52 + "cdef"

    assert shown(f"web:1@{first}", "web:2") == ['image: "web:1@sha256:01234567…cdef" → "web:2"']
    assert shown(first, second) == [f'image: "{first}" → "{second}"']


def test_nothing_is_said_of_the_end_of_a_masked_text():
    lines = shown("(sensitive #1)", Masked("a\nb\n"), sensitive=True)

    assert lines == ["image:", "(sensitive #1)", "a", "b"]
