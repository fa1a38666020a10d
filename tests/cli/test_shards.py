"""--shard on the command line."""

import click
import pytest

from reconciler.cli.shards import shard
from reconciler.pipeline.fleet import Shard

CONTEXT, OPTION = click.Context(click.Command("plan")), click.Option(["--shard"])


def test_a_shard_is_parsed():
    assert shard(CONTEXT, OPTION, "3/8") == Shard(3, 8)
    assert shard(CONTEXT, OPTION, None) is None


@pytest.mark.parametrize("text", ["", "3", "0/8", "9/8", "3/8/2", "a/b", "-1/2"])
def test_the_error_for_an_invalid_shard_shows_the_form(text):
    with pytest.raises(click.BadParameter, match="expected I/N, such as 3/8"):
        shard(CONTEXT, OPTION, text)
