"""The command line as a whole."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from reconciler import __version__, cli
from reconciler.cli import COMMANDS, run

FILES = {path.stem for path in (Path(cli.__file__).parent / "commands").glob("*.py")} - {"__init__"}


GROUP = click.Context(cli.cli)


def command(name: str) -> click.Command:
    found = cli.cli.get_command(GROUP, name)
    assert found is not None
    return found


def test_every_command_has_its_own_file_and_every_file_is_a_command():
    assert {cli.module(name).rpartition(".")[2] for name in COMMANDS} == FILES


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_shows_the_first_line_of_each_help(name):
    assert str(command(name).help).partition("\n")[0] == COMMANDS[name]
    assert command(name).name == name


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_shows_how_to_use_it(name, capsys):
    assert run([name, "--help"]) == 0

    shown = capsys.readouterr().out
    assert "Example" in shown or name == "schema"
    assert f"  reconciler {name}" in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_a_help_text(name):
    assert [
        parameter.name
        for parameter in command(name).params
        if isinstance(parameter, click.Option) and not parameter.help
    ] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_no_option_takes_a_credential(name):
    words = " ".join(" ".join(parameter.opts) for parameter in command(name).params)

    assert not {"token", "password", "secret", "key"} & set(words.replace("-", " ").split())


def test_the_version_is_printed():
    ran = subprocess.run(
        [sys.executable, "-m", "reconciler", "--version"],
        env={**os.environ, "PYTHONPATH": str(Path(cli.__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )

    assert ran.stdout == f"reconciler {__version__}\n"


def test_click_prints_the_same_version(capsys):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"reconciler {__version__}\n"


def test_no_command_shows_the_help_and_is_an_error(capsys):
    assert run([]) == 1

    output = capsys.readouterr()
    assert output.out == ""
    assert (output.err.count("Usage:"), output.err.count("Commands:"), output.err.count("Error:")) == (
        1,
        1,
        0,
    )


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["frobnicate"], "No such command 'frobnicate'"),
        (["plan", "--frobnicate"], "--frobnicate"),
        (["plan", "no/such/path"], "no/such/path"),
        (["plan", "--parallelism", "0"], "--parallelism"),
        (["plan", "--target", "api"], "CLUSTER/KIND/NAME, such as production/service/api"),
        (["restart", "production/node/n1"], "'production/node/n1' is not a service"),
        (["restart"], "ADDRESS"),
        (["schema", "frobnicate"], "there is no schema 'frobnicate'. There are: "),
    ],
)
def test_a_usage_error_exits_1_and_goes_to_standard_error(arguments, said, capsys):
    assert run(arguments) == 1

    output = capsys.readouterr()
    assert output.out == ""
    assert said in output.err
    assert "Traceback" not in output.err


def test_control_characters_of_the_command_line_are_not_printed(capsys):
    run(["plan", "--target", "\x1b[2Jx\u202e"])

    output = capsys.readouterr().err
    assert "\x1b" not in output
    assert "\u202e" not in output


def test_an_error_of_reconciler_is_one_line_without_a_traceback(monkeypatch, capsys):
    monkeypatch.setenv("MEDSTACK_TOKEN_KEY", "")
    monkeypatch.delenv("MEDSTACK_TOKEN_VALUE", raising=False)

    from reconciler.cli.account import from_environment
    from reconciler.cli.failures import report
    from reconciler.errors import UsageError

    with pytest.raises(UsageError) as raised:
        from_environment(os.environ, api_url=None)

    assert report(raised.value) == 1
    output = capsys.readouterr().err
    assert output.startswith("Error: MEDSTACK_TOKEN_KEY and MEDSTACK_TOKEN_VALUE are not set")


def interrupted(error: type[BaseException]) -> click.Command:
    @click.command("interrupted")
    def raising() -> None:
        raise error

    return raising


@pytest.mark.parametrize("error, code", [(KeyboardInterrupt, 130), (EOFError, 1)])
def test_ctrl_c_is_130_and_the_end_of_the_input_1(error, code, monkeypatch):
    monkeypatch.setattr(cli.Commands, "get_command", lambda *_: interrupted(error))

    assert run(["interrupted"]) == code
