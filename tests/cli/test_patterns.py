"""Patterns and names on the command line: what could never match anything is an error."""

from fnmatch import fnmatchcase

import click
import pytest
from click.testing import CliRunner

from reconciler.cli import cli
from reconciler.cli.patterns import branch_name, field_name, file_pattern, name_pattern

ACCEPTED = {
    name_pattern: (
        "*_LOGIN",
        "args",
        "A?",
        "[AB]_KEY",
        "K[0-9]",
        "discovery.seed_hosts",
        "environment_variables.A-B",
    ),
    file_pattern: ("build/*.pem", "*", "a b, c.txt", ".env", "it's", "é/[ab].conf", ".github/x"),
    field_name: ("labels", "x-unknown", "isolation2"),
    branch_name: ("main", "release/1.2", "a,b", "é", "feature/refs/heads"),
}
REFUSED = {
    name_pattern: ("A, B", "A,B", "A B", "'A'", '"A"', "- A", "-A", "[A_LOGIN]", "${A}", "A=B", "", "a\nb", "A;B"),
    file_pattern: ("./a", "../a", "/a", "~/a", "C:/a", "a\\b", '"a"', "- a", ""),
    field_name: ("a, b", "a b", "-a", '"a"', ""),
    branch_name: (
        "main, release", "refs/heads/main", "release/*", "'main'", '"main"', "- main", "a..b/", "a\\b", "a~1", "", "/a",
        "a.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    "check, text", [(check, text) for check, texts in ACCEPTED.items() for text in texts]
)
def test_a_name_or_pattern_is_accepted_as_it_is(check, text):
    assert check(text) == text


@pytest.mark.parametrize("check, text", [(check, text) for check, texts in REFUSED.items() for text in texts])
def test_what_can_never_match_is_an_error_that_shows_it(check, text):
    with pytest.raises(click.BadParameter, match="Give each one by itself") as error:
        check(text)

    assert repr(text) in error.value.message


@pytest.mark.parametrize("text", REFUSED[name_pattern])
def test_no_refused_pattern_matches_the_name_of_a_variable(text):
    assert not any(fnmatchcase(name, text) for name in ("A_LOGIN", "B_LOGIN", "SMTP_USER"))


@pytest.mark.parametrize(
    "words",
    [
        ("plan", "--mask", "A, B"),
        ("drift", "--mask", "A, B"),
        ("import", "--mask", "A, B"),
        ("apply", "--keep-field", "a, b"),
        ("validate", "--allow-file", "./a"),
    ],
    ids=lambda words: words[0],
)
def test_every_command_checks_them(tmp_path, words):
    ran = CliRunner().invoke(cli, [words[0], str(tmp_path), *words[1:]])

    assert ran.exit_code != 0
    assert f"{words[2]!r} is not" in ran.output
