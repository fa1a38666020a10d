import click
import pytest
from hypothesis import given as examples
from hypothesis import strategies

from reconciler.cli.variables import given, reachable

NAMES = strategies.from_regex(r"[A-Za-z_][A-Za-z0-9_]*", fullmatch=True)
VALUES = strategies.text()


@examples(strategies.dictionaries(NAMES, VALUES))
def test_any_value_comes_through_as_it_is(variables):
    assert given([f"{name}={value}" for name, value in variables.items()], []) == variables


def test_a_later_file_goes_over_an_earlier_one_and_var_over_all(tmp_path):
    (tmp_path / "a").write_text("A=1\nB=1\nC=1\n")
    (tmp_path / "b").write_text("B=2\nC=2\n")

    assert given(["C=3"], [tmp_path / "a", tmp_path / "b"]) == {"A": "1", "B": "2", "C": "3"}


def test_a_file_has_comments_empty_lines_and_values_as_they_are(tmp_path):
    (tmp_path / "vars").write_text('\ufeff# tags\n\nA=x=y # not a comment\n  B="quoted"\nC=\n')

    assert given([], [tmp_path / "vars"]) == {"A": "x=y # not a comment", "B": '"quoted"', "C": ""}


@pytest.mark.parametrize("text", ["A", "=x", "A-B=x", "1A=x", "É=x", ""])
def test_what_is_no_assignment_is_refused_without_showing_it(text):
    with pytest.raises(click.BadParameter, match="the second one is not NAME=VALUE") as error:
        given(["OK=1", text], [])

    assert error.value.param_hint == "--var"


def test_a_bad_line_of_a_file_is_placed(tmp_path):
    (tmp_path / "vars").write_text("A=1\nhunter2\n")

    with pytest.raises(click.BadParameter, match=r"vars:2 is not NAME=VALUE") as error:
        given([], [tmp_path / "vars"])

    assert "hunter2" not in str(error.value)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "vars").write_bytes(b"A=\xff\n")

    with pytest.raises(click.BadParameter, match="is not UTF-8 text"):
        given([], [tmp_path / "vars"])


def test_manifests_reach_only_what_is_named_for_them():
    environment = {
        "RECONCILER_VAR_TAG": "1",
        "RECONCILER_SECRET_DB": "2",
        "RECONCILER_DIGEST_KEY": "3",
        "MEDSTACK_TOKEN_VALUE": "4",
        "PATH": "5",
    }

    assert reachable(environment) == {"RECONCILER_VAR_TAG": "1", "RECONCILER_SECRET_DB": "2"}
