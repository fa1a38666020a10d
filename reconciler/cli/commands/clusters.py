"""``reconciler clusters``: what ``cluster:`` of a manifest can say."""

import sys

import click

from reconciler.cli import COMMANDS
from reconciler.cli.account import connected
from reconciler.cli.console import colourful, echo
from reconciler.cli.formats import output_format
from reconciler.cli.manifests import sound
from reconciler.cli.options import CommandWithHeadings, Server, Source, option, server, source


@click.command("clusters", cls=CommandWithHeadings, short_help=COMMANDS["clusters"])
@source
@server
@output_format("text", "json")
@option(
    "--matrix",
    is_flag=True,
    heading="Jobs",
    help="Instead: share the clusters that the manifests in PATH name out to jobs, as GitHub's job matrix. No "
    "server is asked.",
)
@option(
    "--shards",
    type=click.IntRange(1, 256),
    default=8,
    metavar="N",
    heading="Jobs",
    help="How many jobs. With another number clusters change places; a new cluster moves no other.",
)
def command(source: Source, server: Server, style: str, matrix: bool, shards: int) -> int:
    """List the clusters that the token can reach.

    A manifest names its cluster by label, or by id where two clusters bear the same label.

    \b
    Examples:
      reconciler clusters
      reconciler clusters --format json
      reconciler clusters --emulator
      reconciler clusters --matrix fleet --shards 8      then in each job: reconciler plan fleet --shard 3/8
    """
    if matrix:
        from reconciler.pipeline.fleet import matrix as of_jobs

        click.echo(of_jobs((one.cluster for one in sound(source).desired), shards))
        return 0
    from reconciler.pipeline.lookups import clusters
    from reconciler.render import CLUSTERS_FORMATS

    with connected(server) as session:
        found = clusters(session)
    settings = {"colour": colourful(sys.stdout)} if style == "text" else {}
    echo(CLUSTERS_FORMATS[style](found, **settings), style=style)
    return 0
