"""The options for watching rollouts."""

import click
import pytest

from reconciler.cli.rollouts import rollout


@pytest.mark.parametrize("arguments, wait", [([], True), (["--no-wait"], False)])
def test_a_rollout_is_watched_unless_no_wait_is_given(arguments, wait):
    got = {}

    @click.command()
    @rollout
    def command(**values):
        got.update(values)

    command.main(arguments, standalone_mode=False)

    assert got == {"timeout": None, "wait": wait, "tasks": True}
