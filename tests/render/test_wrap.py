"""No word is broken inside, on a terminal of any width."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.render.wrap import wrapped

lines = st.text(alphabet="ab  -+~→é\n", max_size=300)


def test_a_wrapped_change_continues_below_its_first_word():
    line = "  ~   production/service/api as api.v2: update  environments/production/clinic.yaml:27"

    assert wrapped(line, 60) == (
        "  ~   production/service/api as api.v2: update\n      environments/production/clinic.yaml:27"
    )


def test_a_wrapped_line_without_a_symbol_is_indented():
    assert wrapped("        because its value changed and more", 30) == (
        "        because its value\n            changed and more"
    )


def test_colour_has_no_width_and_continues_on_the_next_line():
    assert wrapped("\x1b[33m  ~   one two\x1b[0m", 13) == "\x1b[33m  ~   one two\x1b[0m"
    assert wrapped("\x1b[33m  ~   one two three\x1b[0m", 13) == "\x1b[33m  ~   one two\n      three\x1b[0m"


@pytest.mark.parametrize("measure", ["18 s", "1.5 s", "250 ms", "3 min", "64 MB", "12 %"])
def test_a_number_and_its_unit_stay_together(measure):
    shown = {wrapped(f"    not verified (after {measure}); and more of it", width) for width in range(20, 40)}

    assert all(measure in re.sub("\x1b[^m]*m", "", line) for line in shown)


def test_a_line_may_end_with_a_number_that_counts_words():
    assert wrapped("it has 25 services", 10) == "it has 25\n    services"


@given(lines, st.integers(20, 160))
def test_only_a_single_long_word_makes_a_line_wider(text, width):
    shown = wrapped(text, width)

    assert shown.split() == text.split()
    for line in shown.split("\n"):
        words = re.sub(r"^ *(?:(?:[-+~&]|-/\+|[!i]) +)?", "", line).split()
        assert len(line.rstrip()) <= width or len(words) <= 1


@given(lines, st.integers(20, 160))
def test_a_line_that_fits_is_unchanged(text, width):
    if all(len(line) <= width for line in text.split("\n")):
        assert wrapped(text, width) == text
