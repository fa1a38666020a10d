"""Options in groups, and how the help lists them."""

from pathlib import Path

import click

from reconciler.cli.options import (
    CommandWithHeadings,
    ServerOptions,
    SourceOptions,
    quiet,
    scope,
    server,
    source,
)
from reconciler.model import Address
from reconciler.pipeline.scope import Scope


def test_a_group_of_options_reaches_a_command_as_one_value():
    got = {}

    @click.command()
    @source
    @scope
    @server
    def command(**values):
        got.update(values)

    command.main(
        ["--var", "TAG=1", "--cluster", "a", "--cluster", "b", "--target", "a/service/api", "--adopt"],
        standalone_mode=False,
    )

    assert got == {
        "source": SourceOptions(path=Path(), root=None, variables={"TAG": "1"}),
        "scope": Scope(
            clusters=("a", "b"),
            targets=(Address("a", "service", "api"),),
            adopt=True,
            prune=False,
            retry=False,
            mask=(),
        ),
        "server": ServerOptions(api_url=None, emulator=False, parallelism=16, rate=None, verbose=False),
    }


def test_the_help_lists_options_under_headings_and_the_general_ones_last(capsys):
    @click.command(cls=CommandWithHeadings)
    @source
    @quiet
    @scope
    def command():
        pass

    command.main(["--help"], standalone_mode=False)

    shown = capsys.readouterr().out
    assert (
        shown.index("Manifests:") < shown.index("Scope:") < shown.index("Options:") < shown.index("--quiet")
    )
