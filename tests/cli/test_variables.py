import click
import pytest
from hypothesis import given as examples
from hypothesis import strategies

from reconciler.cli.variables import given
from reconciler.pipeline.keys import reachable

NAMES = strategies.from_regex(r"[A-Za-z_][A-Za-z0-9_]*", fullmatch=True)
VALUES = strategies.text()


@examples(strategies.dictionaries(NAMES, VALUES))
def test_any_value_is_passed_on_unchanged(variables):
    assert given([f"{name}={value}" for name, value in variables.items()], []) == variables


def test_a_later_file_overrides_an_earlier_one_and_var_overrides_all(tmp_path):
    (tmp_path / "a").write_text("A=1\nB=1\nC=1\n", encoding="utf-8")
    (tmp_path / "b").write_text("B=2\nC=2\n", encoding="utf-8")

    assert given(["C=3"], [tmp_path / "a", tmp_path / "b"]) == {"A": "1", "B": "2", "C": "3"}


@pytest.mark.parametrize(
    "text, expected",
    [
        ("\ufeff# tags\n\nA=x=y\n  B = c \nC=\n", {"A": "x=y", "B": "c", "C": ""}),
        ("export A=1\nexport\tB=2\n", {"A": "1", "B": "2"}),
        ("A='true'\nB=\"true\"\n", {"A": "true", "B": "true"}),
        ("A=3 # c\nB=3# c\nC=#c\nD='3 # c' # d\n", {"A": "3", "B": "3# c", "C": "#c", "D": "3 # c"}),
        ("A=1\r\nB='2'\r\n", {"A": "1", "B": "2"}),
        ('A="a\\nb\\tc\\"d\\\\e\\q"', {"A": 'a\nb\tc"d\\e\\q'}),
        ("A='a\\nb\\'c'", {"A": "a\\nb'c"}),
        ("A='one\ntwo'\nB=\"one\n\ntwo\"\nC=3", {"A": "one\ntwo", "B": "one\n\ntwo", "C": "3"}),
        ("A=1\nB=${A}x\nC='${A}'\nD=\"${A}${E:-e}\"", {"A": "1", "B": "1x", "C": "${A}", "D": "1e"}),
        ('A=a$$b\nB=$${A}\nC="\\${A}"\nD=5$', {"A": "a$b", "B": "${A}", "C": "${A}", "D": "5$"}),
    ],
)
def test_a_file_is_read_as_docker_compose_reads_it(tmp_path, text, expected):
    (tmp_path / "vars").write_text(text, encoding="utf-8", newline="")

    assert given([], [tmp_path / "vars"]) == expected


@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\r"])
def test_only_a_line_feed_ends_a_line(tmp_path, character):
    (tmp_path / "vars").write_text(f"A=1{character}B=2\n", encoding="utf-8", newline="")

    assert given([], [tmp_path / "vars"]) == {"A": f"1{character}B=2"}


def test_a_file_may_use_the_variables_of_an_earlier_one(tmp_path):
    (tmp_path / "a").write_text("A=1\n", encoding="utf-8")
    (tmp_path / "b").write_text("B=${A}\n", encoding="utf-8")

    assert given([], [tmp_path / "a", tmp_path / "b"]) == {"A": "1", "B": "1"}


@pytest.mark.parametrize(
    "text, line, message",
    [
        ("A=1\nhunter2\n", 2, "is not NAME=VALUE"),
        ("A.B=hunter2", 1, "is not NAME=VALUE"),
        ("A B=hunter2", 1, "is not NAME=VALUE"),
        ("exported", 1, "is not NAME=VALUE"),
        ("A='hunter2\nhunter3\n", 1, "has a value whose ' is never closed"),
        ("\nA='hunter2'hunter3", 2, "has more after the closing '"),
        ("A=$hunter2", 1, "a variable is written ${NAME}"),
        ("A=${HUNTER2}", 1, "HUNTER2 has no value in a line before it"),
        ("A=${hunter2", 1, "cannot be read"),
    ],
)
def test_an_invalid_line_of_a_file_is_reported_with_its_place_and_no_value(tmp_path, text, line, message):
    (tmp_path / "vars").write_text(text, encoding="utf-8")

    with pytest.raises(click.BadParameter) as error:
        given([], [tmp_path / "vars"])

    assert f"vars:{line} " in str(error.value)
    assert message in str(error.value)
    assert "hunter" not in str(error.value)


@pytest.mark.parametrize("text", ["A", "=x", "A-B=x", "1A=x", "É=x", ""])
def test_an_invalid_assignment_is_refused_without_showing_it(text):
    with pytest.raises(click.BadParameter, match="the second one is not NAME=VALUE") as error:
        given(["OK=1", text], [])

    assert error.value.param_hint == "--var"


def test_a_binary_file_is_refused(tmp_path):
    (tmp_path / "vars").write_bytes(b"A=\xff\n")

    with pytest.raises(click.BadParameter, match="is not UTF-8 text"):
        given([], [tmp_path / "vars"])


def test_manifests_can_use_only_variables_with_the_prefix():
    environment = {
        "RECONCILER_VAR_TAG": "1",
        "RECONCILER_SECRET_DB": "2",
        "RECONCILER_DIGEST_KEY": "3",
        "MEDSTACK_TOKEN_VALUE": "4",
        "PATH": "5",
    }

    assert reachable(environment) == {"RECONCILER_VAR_TAG": "1", "RECONCILER_SECRET_DB": "2"}


@pytest.mark.parametrize(
    "content, said",
    [
        (b"A=1\0MEDSTACK_TOKEN_VALUE=hunter2\0", "contains a NUL byte"),
        (b"A=1\n" * 300_000, "larger than 1,000,000 bytes"),
        (
            b"A0=xxxxxxxxxx\n" + b"".join(b"A%d=${A%d}${A%d}\n" % (n + 1, n, n) for n in range(60)),
            "16,000,000",
        ),
        (b"A=" + b"x" * 400_000 + b"\nB=" + b"${A}" * 140_000, "16,000,000"),
        (b"A=" + b"x" * 400_000 + b"\n" + b"B=${A}\n" * 80_000, "16,000,000"),
    ],
)
def test_a_file_that_is_no_text_or_grows_without_limit_is_refused(tmp_path, content, said):
    (tmp_path / "vars").write_bytes(content)

    with pytest.raises(click.BadParameter, match=said) as raised:
        given([], [tmp_path / "vars"])

    assert "hunter2" not in str(raised.value)
