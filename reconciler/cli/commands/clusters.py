"""``reconciler clusters``: what ``cluster:`` of a manifest can say."""

import click

from reconciler.cli import COMMANDS
from reconciler.cli.account import connected
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
    from reconciler import pipeline
    from reconciler.render import CLUSTERS

    with connected(server) as session:
        click.echo(CLUSTERS[style](pipeline.clusters(session)), nl=False)
    return 0
