"""Which parts of a field are masked: the place itself if it is known on both sides, else the whole field."""

import base64
import json
from itertools import count
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.credentials.known import KnownValues
from reconciler.document import masked
from reconciler.model import Masked, Part
from reconciler.planning.masks import mask_pair


def shown(before, after, *landed):
    numbers = count(1)
    pair = mask_pair(before, after, lambda: f"(sensitive #{next(numbers)})", landed)
    return pair[:2] if pair[2] else "as it is"


def template(*texts):
    """Alternating plain texts and texts of a sensitive variable."""
    return tuple(Part(text, "PW" if at % 2 else "", sensitive=bool(at % 2)) for at, text in enumerate(texts))


def test_values_without_sensitive_parts_are_unchanged():
    assert shown("--port 1", "--port 2") == "as it is"
    assert shown(None, ["a", {"b": 1}]) == "as it is"


def test_only_the_variables_value_is_masked_if_the_rest_is_equal():
    parts = template("serve --key ", "new", " --port 80")

    assert shown("serve --key old --port 80", "serve --key new --port 80", parts) == (
        "serve --key (sensitive #1) --port 80",
        "serve --key (sensitive #2) --port 80",
    )
    assert shown(None, "serve --key new --port 80", parts) == (None, "serve --key (sensitive #1) --port 80")


@pytest.mark.parametrize("live", ["serve --key old --port 81", "old", "serve", "serve --key old --port 80 "])
def test_the_whole_field_is_masked_if_the_rest_differs(live):
    assert shown(live, "serve --key new --port 80", template("serve --key ", "new", " --port 80")) == (
        "(sensitive #1)",
        "(sensitive #2)",
    )


def test_each_of_several_variables_in_a_text_is_masked():
    parts = template("", "u", ":", "p", "@db")

    assert shown("a:b:c@db", "u:p@db", parts) == (
        "(sensitive #1):(sensitive #2)@db",
        "(sensitive #3):(sensitive #4)@db",
    )


def test_a_value_written_in_another_form_is_masked_too():
    assert shown(None, "docker.io/library/hunter:1", template("", "hunter", ":1")) == (
        None,
        "(sensitive #1):1",
    )
    assert shown(["b.example"], ["a.hunter.example", "b.example"], template("A.", "Hunter", ".example")) == (
        ["b.example"],
        ["a.(sensitive #1).example", "b.example"],
    )


def test_a_number_that_came_from_a_variable_is_masked():
    assert shown(2, 3, template("", "3")) == ("(sensitive #1)", "(sensitive #2)")


def test_a_literal_credential_is_masked_on_both_sides():
    assert shown("--requirepass old --port 1", "--requirepass new --port 2") == (
        "--requirepass (sensitive #1) --port 1",
        "--requirepass (sensitive #2) --port 2",
    )
    assert shown("hunter2", "--requirepass hunter2") == ("(sensitive #1)", "(sensitive #2)")


def test_a_literal_credential_does_not_hide_a_variable():
    parts = template("serve ", "new", " --token new2")

    assert shown("serve old --token old2", "serve new --token new2", parts) == (
        "serve (sensitive #1) --token (sensitive #2)",
        "serve (sensitive #3) --token (sensitive #4)",
    )


def test_an_unchanged_part_has_a_mask_without_a_number():
    assert shown("--token abc --port 1", "--token abc --port 2") == (
        "--token (sensitive) --port 1",
        "--token (sensitive) --port 2",
    )


def test_lines_of_a_text_are_masked_independently():
    before = "a = 1\npassword = old\ntoken = same\n"
    after = "a = 2\npassword = new\ntoken = same\nsecret = more\n"

    assert shown(before, after) == (
        "a = 1\npassword = (sensitive #1)\ntoken = (sensitive)\n",
        "a = 2\npassword = (sensitive #2)\ntoken = (sensitive)\nsecret = (sensitive #3)\n",
    )


def test_a_thousand_guesses_confirm_at_most_one():
    guesses = "".join(f"password = guess {number}\n" for number in range(1000))

    _, after = shown("x\npassword = guess 7\n", guesses)

    assert "password = (sensitive)\n" not in after


def test_only_masked_values_count_as_masked():
    before, after = shown(["--token abc"], ["--token def", "x"])

    assert masked(after, sensitive=True) == ["--token (sensitive #2)", "x"]
    assert masked([*before, "hunter2"], sensitive=True) == "(sensitive)"
    assert masked(Masked("a (sensitive)"), sensitive=True) == "a (sensitive)"


@given(st.text(), st.text(), st.text(min_size=1), st.text(min_size=1))
def test_no_value_of_a_variable_is_ever_seen(head, tail, old, new):
    old, new = f"{old}CANARY", f"{new}CANARY"

    assert "CANARY" not in str(shown(f"{head}{old}{tail}", f"{head}{new}{tail}", template(head, new, tail)))
    assert "CANARY" not in str(shown(f"{old}{tail}x", f"{head}{new}{tail}", template(head, new, tail)))


def test_a_long_line_full_of_secrets_is_masked_in_linear_time():
    text = '{"password": "a"},' * 20_000

    assert "a" not in shown(text, text + "x")[1].replace("password", "").replace("(sensitive)", "")


def test_a_value_that_must_not_be_shown_is_masked_in_live_texts():
    value = 'correct "horse" battery'
    encoded = base64.b64encode(value.encode()).decode()

    unshown = KnownValues([value]).spans
    for live in (
        value,
        f"it is {value}, once",
        json.dumps({"x": value}),
        encoded,
        value.encode().hex(),
        quote(value),
    ):
        before, after, sensitive = mask_pair(live, "level 2", lambda: "*", unshown=unshown)

        assert (before, after, sensitive) == ("*", "*", True)
    assert mask_pair("level 1", "level 2", lambda: "*", unshown=unshown) == ("level 1", "level 2", False)
    assert mask_pair(value, None, lambda: "*", unshown=unshown) == ("*", None, True)
