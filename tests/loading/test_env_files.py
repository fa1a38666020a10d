"""Env files are read as in Docker Compose; ``tests/cli/test_variables.py`` tests their variables."""

import pytest

from reconciler.loading.env_files import Assignment, Malformed, assignments


@pytest.mark.parametrize(
    "line, value, expands",
    [
        ("A=b", "b", True),
        ("A = b # why", "b", True),
        ("A: b", "b", True),
        ("export A=b", "b", True),
        ("A='b # c'", "b # c", False),
        ('A="b\\nc"', "b\nc", True),
        ("A=", "", True),
        ("A", None, False),
    ],
)
def test_quotes_decide_whether_variables_in_a_value_are_replaced(line, value, expands):
    assert list(assignments(f"# first\n{line}\n")) == [Assignment("A", value, 2, expands)]


def test_a_raw_file_keeps_quotes_spaces_and_comments():
    (found,) = assignments("A= 'b' # c", raw=True)

    assert found.value == " 'b' # c"


def test_lines_after_a_multi_line_value_have_the_right_number():
    assert [found.line for found in assignments("A='1\n2\n3'\nB=4\n")] == [1, 4]


@pytest.mark.parametrize(
    "text, line", [("A=1\nhunter2 x\n", 2), ("\nA='hunter2", 2), ("A='1\n2'hunter2", 2), ("=hunter2", 1)]
)
def test_an_invalid_line_is_reported_without_its_text(text, line):
    with pytest.raises(Malformed) as error:
        list(assignments(text))

    assert error.value.line == line
    assert "hunter2" not in str(error.value)
