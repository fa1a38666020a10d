"""Text from outside cannot start or end markup."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.render.markup import code, fence, fitting, html, label


@given(st.text())
def test_no_text_opens_an_element_or_ends_an_attribute(text):
    assert not set(html(text)) & set("<>\"'")


@given(st.text())
def test_no_text_is_interpreted_as_markdown(text):
    inside = code(text).removeprefix("<code>").removesuffix("</code>")

    assert not set(inside) & set("*_`[]<>@!|~$\\")


@given(st.lists(st.text(alphabet="`ab-<!>")))
def test_no_line_ends_its_code_block(lines):
    first, *inside, last = fence(lines, "text").split("\n")

    assert first == f"{last}text"
    assert not any(last in line for line in inside)
    assert not any("<!--" in line for line in inside)


def test_a_label_has_only_letters_digits_and_harmless_characters():
    assert label('a"]; b') == "a#34;#93;#59; b"


def test_the_first_text_whose_bytes_fit_is_used():
    assert fitting(["é" * 600, "e" * 1000, "e"], 1000) == "e" * 1000
    with pytest.raises(ValueError, match="below 1000"):
        fitting(["e"], 999)
