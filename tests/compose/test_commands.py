"""A command given as one text is split into the same words as in Docker, which starts no shell."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.compose.shell import is_parted_alike, joined, parted


@pytest.mark.parametrize(
    "text, words, rest",
    [
        ("npm start", ["npm", "start"], ""),
        ("npm install && npm start", ["npm", "install"], "&& npm start"),
        ("serve 2> log", ["serve"], "> log"),
        ("serve x2>log", ["serve", "x2"], ">log"),
        ("sh -c 'a && b' \"c | d\"", ["sh", "-c", "a && b", "c | d"], ""),
        ("a\\;b \\& c", ["a;b", "&", "c"], ""),
        ("a\\nb 'c\\nd' \"e\\nf\"", ["anb", "c\\nd", "enf"], ""),
        ("echo $(date -u) `date -u`", ["echo", "$(date -u)", "`date -u`"], ""),
        ("a '' \"\" b", ["a", "", "", "b"], ""),
        ("a\\ b\tc\r\nd", ["a b", "c", "d"], ""),
        ("#a =b é", ["#a", "=b", "é"], ""),
        ("", [], ""),
    ],
)
def test_a_command_is_split_into_the_same_words_as_in_docker(text, words, rest):
    assert parted(text) == (words, rest)


@pytest.mark.parametrize("text", ["a 'b", 'a "b', "a (b)", "$(a (b))", "a)", "a `b", "a \\"])
def test_a_command_that_docker_refuses_is_refused(text):
    with pytest.raises(ValueError, match=r"parenthesis|not closed"):
        parted(text)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C"])), max_size=4))
def test_joined_words_are_split_into_the_same_words(words):
    text = joined(words)

    assert shlex.split(text) == words
    assert is_parted_alike(text, words)


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\\nb", "a 'b"])
def test_a_text_that_a_shell_splits_differently_is_rewritten(text):
    assert not is_parted_alike(text, ["a", "b"])
