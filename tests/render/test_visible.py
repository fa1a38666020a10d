import pytest
from hypothesis import given

from reconciler.render.visible import shorten, visible
from tests.render.hostile import texts


@pytest.mark.parametrize(
    "text, shown",
    [
        ("api", "api"),
        ("größe → 日本", "größe → 日本"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x9b31m", "\\x9b31m"),
        ("user\u202egnp.exe", "user\\u202egnp.exe"),
        ("a\u200bb\ufeff", "a\\u200bb\\ufeff"),
        ("a\u3164b\ufe0f", "a\\u3164b\\ufe0f"),
        ("\udc80", "\\udc80"),
        ("\U000e0041", "\\U000e0041"),
        ("a\xa0b\u2003", "a\\xa0b\\u2003"),
        ("a\U0001d159b\U00013441\U00016fe4", "a\\U0001d159b\\U00013441\\U00016fe4"),
        ("k\u0336eep", "k\\u0336eep"),
        ("e\u0301\u0323 \u0301\u0302", "e\u0301\u0323 \u0301\u0302"),
        ("a" + "\u0301" * 4 + "\u0302\u1dc4", "a" + "\u0301" * 4 + "\\u0302\\u1dc4"),
    ],
)
def test_deceptive_characters_are_made_visible(text, shown):
    assert visible(text) == shown


@given(texts)
def test_visible_text_is_one_printable_line_and_stable(text):
    shown = visible(text)

    assert shown.isprintable()
    assert visible(shown) == shown


def test_a_long_text_is_shortened_in_the_middle():
    assert shorten("a" * 100 + "b" * 100, 40) == "a" * 30 + "…(160 characters)…" + "b" * 10
