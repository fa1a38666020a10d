from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cli.addresses import address
from reconciler.cli.options import (
    CommandWithHeadings,
    ServerOptions,
    SourceOptions,
    quiet,
    scope,
    server,
    source,
)
from reconciler.cli.rollouts import rollout
from reconciler.kinds import KINDS
from reconciler.model import Address
from reconciler.pipeline.scope import Scope

PLAIN = st.text("abcdefghijklmnopqrstuvwxyz-_.0123456789", min_size=1)


@given(PLAIN, st.sampled_from(sorted(KINDS)), st.lists(PLAIN, min_size=1, max_size=3).map("/".join))
def test_an_address_is_read_as_it_is_printed(cluster, kind, name):
    assert address(str(Address(cluster, kind, name))) == Address(cluster, kind, name)


@pytest.mark.parametrize(
    "text", ["", "api", "production/api", "production/services/api", "production/service/", "/"]
)
def test_what_is_no_address_is_told_the_form_and_the_kinds(text):
    with pytest.raises(click.BadParameter, match="CLUSTER/KIND/NAME") as error:
        address(text)

    assert all(kind in error.value.message for kind in KINDS)


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


@pytest.mark.parametrize("arguments, wait", [([], True), (["--no-wait"], False)])
def test_a_rollout_is_waited_for_unless_told_otherwise(arguments, wait):
    got = {}

    @click.command()
    @rollout
    def command(**values):
        got.update(values)

    command.main(arguments, standalone_mode=False)

    assert got == {"timeout": None, "wait": wait, "tasks": True}


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
