"""References to variables are replaced."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.loading.interpolate import MAX_EXPANDED, cast, expand, interpolate
from reconciler.loading.parse import parse
from tests.loading.filled import filled, sound

names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("${A}", "1"),
        ("x${A}y${B}z", "x1ytwoz"),
        ("${A:-9}", "1"),
        ("${C:-9}", "9"),
        ("${C:-}", ""),
        ("${EMPTY}", ""),
        ("${EMPTY:-9}", "9"),
        ("$${A}", "${A}"),
        ("$$${A}", "$${A}"),
        ("$A $", "$A $"),
        ("${C:-a:-b}", "a:-b"),
        ("$${", "${"),
    ],
)
def test_references_are_replaced(text, expected):
    assert expand(text, {"A": "1", "B": "two", "EMPTY": ""}, lambda *said: pytest.fail(str(said))) == expected


def test_the_error_for_a_missing_variable_lists_every_way_to_set_it():
    said = []

    assert expand("x${API_TAG}", {}, lambda *problem: said.append(problem)) == "x${API_TAG}"
    ((message, hint),) = said
    assert message == "the variable API_TAG has no value"
    for way in ("--var API_TAG=", "--var-file", "RECONCILER_VAR_API_TAG", "${API_TAG:-default}"):
        assert way in hint


@pytest.mark.parametrize(
    "text, expected",
    [
        ("${C:-${A}}", "1"),
        ("${A:-${C}}", "1"),
        ("<${C:-x${D:-y${B}}z}>", "<xytwoz>"),
        ("${EMPTY-9}", ""),
        ("${C-9}", "9"),
        ("${A:?say it}", "1"),
        ("${EMPTY?say it}", ""),
        ("${A:+yes}", "yes"),
        ("${EMPTY:+yes}", ""),
        ("${EMPTY+yes}", "yes"),
        ("${C+yes}", ""),
        ("${C:-$${A}}", "${A}"),
        ("${A:-}}", "1}"),
    ],
)
def test_the_forms_of_docker_compose_are_read(text, expected):
    assert expand(text, {"A": "1", "B": "two", "EMPTY": ""}, lambda *said: pytest.fail(str(said))) == expected


def test_a_missing_variable_shows_the_manifests_own_message():
    said = []
    expand("${A:?set it to ${B}, please}", {"B": "correct-horse"}, lambda *problem: said.append(problem[0]))
    expand("${EMPTY:?}", {"EMPTY": ""}, lambda *problem: said.append(problem[0]))

    assert said == [
        "the variable A has no value: set it to ${B}, please",
        "the variable EMPTY has no value: it is empty",
    ]


def test_every_missing_variable_of_a_text_is_reported():
    said = []

    assert expand("${A}/${B}:${C:-1}", {}, lambda *problem: said.append(problem[0])) == "${A}/${B}:${C:-1}"
    assert said == ["the variable A has no value", "the variable B has no value"]


@pytest.mark.parametrize(
    "text", ["${", "${}", "${1A}", "${ A }", "${A", "${A:-", "${A:-${B}", "${A:=b}", "${A/b}", "${A:-" * 9]
)
def test_a_malformed_reference_is_reported(text):
    said = []
    expand(text, {"A": "", "B": "2"}, lambda *problem: said.append(problem))

    assert [hint for _, hint in said] == [
        "write ${NAME}, ${NAME:-default} or ${NAME:?message}, or $${ for the characters ${ themselves"
    ]


def test_in_assignments_only_the_value_is_replaced():
    text = "services: {a: {environment_variables: ['A=${X}', '${X}=1', '${X}']}}"
    value, said = filled(text, X="B=2")

    assert value["services"]["a"]["environment_variables"] == ["A=B=2", "${X}=1", "${X}"]
    assert [(path[3], message) for path, message, _ in said] == [
        (1, "the name of a variable cannot come from a variable"),
        (2, "the name of a variable cannot come from a variable"),
    ]


@given(names, st.text(st.characters(exclude_categories=["Cs"])))
def test_a_variables_value_is_not_interpolated_again(name, value):
    said = []
    report = lambda *problem: said.append(problem)  # noqa: E731 - one line says it

    assert expand(f"<${{{name}}}>", {name: value}, report) == f"<{value}>"
    assert said == []


@given(st.text().filter(lambda text: "${" not in text))
def test_text_without_a_reference_is_unchanged(text):
    assert expand(text, {}, lambda *said: pytest.fail(str(said))) == text


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_can_be_escaped(text):
    escaped = text.replace("${", "$${")

    assert expand(escaped, {}, lambda *said: pytest.fail(str(said))) == text


def test_a_binary_value_is_reported_without_showing_it():
    said = []

    assert expand("${A}", {"A": "\udcff"}, lambda *problem: said.append(problem)) == "${A}"
    assert said == [("the value of A is not UTF-8 text", "set it to UTF-8 text")]


@pytest.mark.parametrize(
    "text", ["null", "", "[1]", "{a: 1}", "three", "3.5", "0x3", "1e3", "no", "٣", " 3", "3\n"]
)
def test_a_variable_can_not_add_structure(text):
    assert sound("services: {a: {replicas: '${N}'}}", N=text)["services"]["a"]["replicas"] == text


@given(st.text(), st.sets(st.sampled_from(["integer", "number", "boolean", "array", "object", "null"])))
def test_a_cast_returns_text_or_an_accepted_type(text, types):
    found = cast(text, frozenset(types))

    assert isinstance(found, str | bool | int | float)
    assert cast(text, frozenset({*types, "string"})) == text
    if not isinstance(found, str):
        assert str(found).lower() == text.lower() or float(found) == float(text)


def test_keys_data_and_free_fields_are_not_interpolated():
    text = "x-mine: '${A}'\nconfigs: {'${A}': {data: '${A}', file: '${A}'}}\n"

    assert sound(text, A="1") == {"x-mine": "${A}", "configs": {"${A}": {"data": "${A}", "file": "1"}}}


def test_only_a_configs_data_is_verbatim():
    assert sound("secrets: {s: {data: '${A}'}}", A="1") == {"secrets": {"s": {"data": "1"}}}


def test_aliases_are_interpolated_at_each_use():
    text = "x-e: &e {A: '${N}'}\nservices: {a: {environment_variables: *e}, b: {environment_variables: *e}}\n"
    value = sound(text, N="$${N}")

    assert value["x-e"] == {"A": "${N}"}
    assert value["services"]["a"]["environment_variables"] == {"A": "$${N}"}
    assert value["services"]["b"]["environment_variables"] == {"A": "$${N}"}


def test_values_without_variables_are_not_copied_and_places_are_kept():
    parsed = parse("a: {b: [1, x]}\nc: ['${A}']\n")
    value = interpolate(parsed.values[0], parsed.places, {"A": "1"}, lambda *_: None)

    assert value["a"] is parsed.values[0]["a"]
    assert parsed.places[id(value["c"])] == [(2, 5)]


def test_the_size_of_expanded_variables_is_limited():
    text = "services: {a: {hosts: [" + ", ".join(["'${A}${A}'"] * 100) + "]}}"
    value, said = filled(text, A="x" * 1_000_000)

    assert [message for _, message, _ in said] == [
        f"variables expand to more than {MAX_EXPANDED:,} characters"
    ]
    assert value["services"]["a"]["hosts"][-1] == "${A}${A}"


def test_problems_are_reported_with_their_path():
    _, said = filled("services: {a: {hosts: [x, '${A}']}}")

    assert [path for path, _, _ in said] == [("services", "a", "hosts", 1)]
