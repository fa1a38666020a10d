"""YAML text gives plain values with places; ambiguous or dangerous text is a problem."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.loading.parse import MAX_DEPTH, MAX_NODES, MAX_PROBLEMS, MAX_REPEATED, boolean, number, parse


def only(text):
    parsed = parse(text)
    assert parsed.problems == []
    (value,) = parsed.values
    return value


def messages(text):
    return [problem.message for problem in parse(text).problems]


@pytest.mark.parametrize(
    "text, value",
    [
        ("3", 3),
        ("-3", -3),
        ("0", 0),
        ("0.25", 0.25),
        ("-0.5", -0.5),
        ("1.0", 1.0),
        ("0.0", 0.0),
        ("0.50", 0.5),
        (".5", 0.5),
        ("-.5", -0.5),
        ("1.10", 1.1),
        ("2.0", 2.0),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("", None),
        ('"3"', "3"),
        ("'true'", "true"),
        ("1.2.3", "1.2.3"),
        ("10.0.0.1", "10.0.0.1"),
        ("16-alpine", "16-alpine"),
        ("5432:5432", "5432:5432"),
        ("nothing", "nothing"),
        ("online", "online"),
        ("!!str 3", "3"),
        ("|\n  a\n  b\n", "a\nb\n"),
    ],
)
def test_a_scalar_is_read_as_in_every_version_of_yaml(text, value):
    found = only(f"key: {text}\n")["key"]

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "no", "No", "YES", "on", "Off", "0400", "007", "089", "+5", "-0", "1_000", "0x1F", "0o17", "0b11", "1:30",
        "22:22", "1.", "1e3", "12e5", ".inf", "-.INF", ".nan", "2024-01-02",
        "2024-01-02 10:00:00", "12345678901234567890", "00.5",
    ],
)  # fmt: skip
def test_ambiguous_scalars_must_be_quoted(text):
    parsed = parse(f"a: {text}\nb: {text}\n")

    assert [problem.place for problem in parsed.problems] == [(1, 4), (2, 4)]
    assert all("means different things" in problem.message for problem in parsed.problems)
    assert all(" for text" in problem.hint for problem in parsed.problems)
    assert parsed.values == [{"a": text, "b": text}]
    assert parsed.whole


def test_an_error_does_not_show_a_possible_secret():
    (problem,) = parse("pin: 012345").problems

    assert "12345" not in f"{problem.message} {problem.hint}"


def test_the_error_for_an_ambiguous_switch_shows_the_word():
    assert 'write "yes" for text, or true for a boolean' in parse("a: yes").problems[0].hint
    assert "or false for a boolean" in parse("a: off").problems[0].hint


def test_keys_are_always_text():
    assert only("{no: 1, 3: 2, ~: 3, 1.10: 4, true: 5}") == {"no": 1, "3": 2, "~": 3, "1.10": 4, "true": 5}


def test_every_key_and_item_has_its_place():
    parsed = parse("a:\n  b: [x,\n      y]\n---\n  c: 1\n")
    first, second = parsed.values

    assert parsed.places[id(first)] == {"a": (1, 1)}
    assert parsed.places[id(first["a"])] == {"b": (2, 3)}
    assert parsed.places[id(first["a"]["b"])] == [(2, 7), (3, 7)]
    assert parsed.places[id(second)] == {"c": (5, 3)}
    assert parsed.starts == [(1, 1), (5, 3)]


def test_empty_documents_are_left_out():
    assert parse("# nothing\n---\n---\n...\n").values == []


def test_a_duplicate_key_is_reported_and_the_first_wins():
    parsed = parse("a: 1\nb:\n  c: 1\na: {d: 2}\n")

    assert parsed.values == [{"a": 1, "b": {"c": 1}}]
    assert messages("a: 1\nb:\n  c: 1\na: {d: 2}\n") == ["'a' is declared twice; the first is on line 1"]
    assert parsed.problems[0].place == (4, 1)


def test_merge_keys_add_only_missing_keys():
    text = "x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz: {b: 9, <<: [*x, *y], d: 5}\nw:\n  <<: *x\n  <<: *y\n"
    value = only(text)

    assert value["z"] == {"b": 9, "d": 5, "a": 1, "c": 4}
    assert value["w"] == {"a": 1, "b": 2, "c": 4}


def test_merged_values_keep_their_places():
    parsed = parse("x: &x\n  a: 1\nz:\n  <<: *x\n")

    assert parsed.places[id(parsed.values[0]["z"])] == {"a": (2, 3)}


def test_a_quoted_merge_key_is_an_ordinary_key():
    assert only('{"<<": 1}') == {"<<": 1}


def test_aliases_repeat_values_and_keys():
    assert only("a: &one 1\n&key b: [*one, *key]\nc: &list [1]\nd: *list\n") == {
        "a": 1, "b": [1, "b"], "c": [1], "d": [1],
    }  # fmt: skip


def test_an_alias_is_valid_only_in_its_document():
    assert "*a has no anchor before it" in messages("x: &a 1\n---\ny: *a\n")[0]


@pytest.mark.parametrize("text", ["a: &a [*a]", "a: &a {b: *a}", "&a {<<: *a}", "a: *nowhere"])
def test_a_value_can_not_contain_itself(text):
    assert "has no anchor before it, or contains itself" in messages(text)[0]


def test_the_expansion_of_aliases_is_limited():
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30))

    assert messages(bomb) == [f"aliases expand to more than {MAX_NODES:,} values"]


def test_the_expansion_of_merge_keys_is_limited():
    bomb = "a0: &a0 {" + ", ".join(f"k{n}: 1" for n in range(100)) + "}\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 100)}]\n" for n in range(1, 4))

    assert messages(bomb) == [f"aliases expand to more than {MAX_NODES:,} values"]


def test_the_expansion_of_aliases_of_long_texts_is_limited():
    text = f"a: &a {'x' * 1_000_000}\nb: &b [*a, *a, *a]\nc: [{', '.join(['*b'] * 9)}]\n"

    assert messages(text) == [f"aliases repeat more than {MAX_REPEATED:,} characters"]


def test_a_file_with_too_many_values_is_refused():
    text = "a:\n" + "- [" + ", ".join(["x"] * MAX_NODES) + "]\n"

    assert messages(text) == [f"more than {MAX_NODES:,} values in one file"]


def test_the_number_of_problems_is_limited():
    parsed = parse("a: 1\n" * 100_000)

    assert len(parsed.problems) == MAX_PROBLEMS + 1
    assert not parsed.whole


def test_the_depth_of_nesting_is_limited():
    deep = "[" * 100_000

    assert messages(f"a: {deep}") == [f"nested more than {MAX_DEPTH} deep"]
    assert only("[" * MAX_DEPTH + "]" * MAX_DEPTH)


@pytest.mark.parametrize(
    "text",
    [
        "a: !!python/object/apply:os.system [id]",
        "a: !!timestamp 2024",
        "a: !x {b: 1}",
        "a: !x b",
        "a: !!binary aGk=",
        "- !!set {a}",
    ],
)
def test_tags_are_refused(text):
    assert "the tag" in messages(text)[0]


@pytest.mark.parametrize("text", ["? [a]\n: 1", "? {a: 1}\n: 1", "a: &a 1\n*a : 1"])
def test_a_key_that_is_not_text_is_refused(text):
    assert messages(text) == ["a key must be plain text"]


@pytest.mark.parametrize("text", ["<<: 1", "<<: [1]", "<<: [[{a: 1}]]"])
def test_a_merge_key_needs_maps(text):
    assert messages(text) == ["<< takes a map, or a list of maps"]


@pytest.mark.parametrize(
    "text, place, hint",
    [
        ("a: 1\n\tb: 2", (2, 1), "spaces"),
        ("a: b: c", (1, 5), "quotes"),
        ("a: 'b", (1, 6), "quotes"),
        ("a: [1\n", (2, 1), "brackets"),
        ("a: \x01", (1, 1), "remove it"),
        ('a: "\\ud800"', (1, 4), "quotes"),
    ],
)
def test_invalid_yaml_is_reported_with_its_place(text, place, hint):
    parsed = parse(text)

    assert [problem.place[0] for problem in parsed.problems] == [place[0]]
    assert hint in parsed.problems[0].hint
    assert not parsed.whole


def test_values_before_a_mistake_are_kept():
    assert parse("a: 1\n---\nb: [").values == [{"a": 1}]


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def is_plain(value):
    if isinstance(value, dict):
        return all(isinstance(key, str) and is_plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(is_plain(item) for item in value)
    return value is None or type(value) in (str, int, float, bool)


@given(st.text() | st.text(alphabet="ab:- \n[]{}&*!|>'\"#<,?\t%@0.~") | plain.map(repr))
def test_any_text_gives_plain_values_or_problems(text):
    parsed = parse(text)

    assert all(is_plain(value) for value in parsed.values)
    assert parsed.whole or parsed.problems
    for value in parsed.values:
        str(value).encode()


@given(st.text())
def test_numbers_and_booleans_are_distinguished_from_text(text):
    assert number(text) is None or str(number(text)) in (text, text.lstrip("-"))
    assert boolean(text) is None or text.lower() == str(boolean(text)).lower()
