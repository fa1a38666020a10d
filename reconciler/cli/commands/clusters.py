"""``reconciler clusters``: what ``cluster:`` of a manifest can say."""

import sys

import click

from reconciler.cli import COMMANDS
from reconciler.cli.account import connected
from reconciler.cli.console import colourful
from reconciler.cli.options import CommandWithHeadings, Server, output_format, server


@click.command("clusters", cls=CommandWithHeadings, short_help=COMMANDS["clusters"])
@server
@output_format("text", "json")
def command(server: Server, style: str) -> int:
    """List the clusters that the token can reach.

    A manifest names its cluster by label, or by id where two clusters bear the same label.

    \b
    Examples:
      reconciler clusters
      reconciler clusters --format json
      reconciler clusters --emulator
    """
    from reconciler.pipeline.lookups import clusters
    from reconciler.render import CLUSTERS_FORMATS

    with connected(server) as session:
        found = clusters(session)
    settings = {"colour": colourful(sys.stdout)} if style == "text" else {}
    click.echo(CLUSTERS_FORMATS[style](found, **settings), nl=False)
    return 0
