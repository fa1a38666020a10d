import io

import click
import pytest

from reconciler.cli.confirm import ACTIONS, confirmed
from reconciler.errors import UsageError


class Keyboard(io.StringIO):
    """Standard input as a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def answering(monkeypatch):
    """Lets a user type ``text`` at a terminal."""

    def answer(text: str) -> None:
        keyboard = Keyboard(text)

        def typed(_: str) -> str:
            line = keyboard.readline()
            if not line:
                raise EOFError
            return line.rstrip("\n")

        monkeypatch.setattr("sys.stdin", keyboard)
        monkeypatch.setattr("click.termui.visible_prompt_func", typed)

    return answer


def test_with_yes_nothing_is_asked(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", None)

    assert confirmed(ACTIONS, yes=True)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    "typed, yes", [("yes\n", True), (" yes \n", True), ("y\n", False), ("YES\n", False), ("\n", False)]
)
def test_only_the_whole_word_yes_is_accepted(answering, typed, yes, capsys):
    answering(typed)

    assert confirmed(ACTIONS, yes=False) is yes

    output = capsys.readouterr()
    assert output.out == ""
    assert ACTIONS in output.err
    assert ("nothing was changed" in output.err) is not yes


def test_the_end_of_the_input_counts_as_no(answering):
    answering("")

    with pytest.raises(click.Abort):
        confirmed(ACTIONS, yes=False)


def test_without_a_terminal_the_command_refuses_to_ask(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))

    with pytest.raises(UsageError, match="--yes"):
        confirmed(ACTIONS, yes=False)
