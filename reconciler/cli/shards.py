"""``--shard I/N``: the part of the clusters that a job handles, if several jobs share them."""

from typing import TYPE_CHECKING

import click

from reconciler.errors import UsageError

if TYPE_CHECKING:
    from reconciler.pipeline.fleet import Shard


def shard(_: click.Context, __: click.Parameter, value: str | None) -> "Shard | None":
    """A click callback: the text as a Shard. Raises click.BadParameter, with the accepted form."""
    if value is None:
        return None
    from reconciler.pipeline.fleet import parse

    try:
        return parse(value)
    except UsageError as error:
        raise click.BadParameter(str(error)) from None
