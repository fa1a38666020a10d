"""``reconciler clusters``: lists the clusters that a manifest can name."""

import sys

import click
from click.core import ParameterSource

from reconciler.cli import COMMANDS
from reconciler.cli.account import connected
from reconciler.cli.console import colourful, echo
from reconciler.cli.formats import output_format
from reconciler.cli.manifests import labels, load_valid
from reconciler.cli.options import CommandWithHeadings, ServerOptions, SourceOptions, option, server, source


@click.command("clusters", cls=CommandWithHeadings, short_help=COMMANDS["clusters"])
@source
@server
@output_format("text", "json")
@option(
    "--matrix",
    is_flag=True,
    heading="Jobs",
    help="Print a GitHub job matrix instead, which splits the clusters in the manifests of PATH among jobs. "
    "Does not contact a server.",
)
@option(
    "--shards",
    type=click.IntRange(1, 256),
    default=8,
    metavar="N",
    heading="Jobs",
    help="The number of jobs. With another number, clusters move to other jobs; a new cluster moves no other cluster.",
)
def command(source: SourceOptions, server: ServerOptions, style: str, matrix: bool, shards: int) -> int:
    """List the clusters of the token's company; with PATH, only those that its manifests name.

    A manifest names its cluster by label, or by id if two clusters have the same label. It is an error if a
    manifest in PATH names a cluster that does not exist.

    \b
    Examples:
      reconciler clusters
      reconciler clusters --format json
      reconciler clusters --emulator
      reconciler clusters environments --var CLUSTER=production
      reconciler clusters --matrix fleet --shards 8      then in each job: reconciler plan fleet --shard 3/8
    """
    if matrix:
        from reconciler.pipeline.fleet import matrix as of_jobs

        click.echo(of_jobs((stack.cluster for stack in load_valid(source).desired), shards))
        return 0
    from reconciler.pipeline.status import clusters
    from reconciler.render import CLUSTERS_FORMATS

    names = labels(load_valid(source)) if _names_manifests(click.get_current_context()) else None
    with connected(server, clusters=names or ()) as session:
        found = clusters(session, names)
    settings = {"colour": colourful(sys.stdout)} if style == "text" else {}
    echo(CLUSTERS_FORMATS[style](found, **settings), style=style)
    return 0


def _names_manifests(context: click.Context) -> bool:
    """Whether PATH or an option about manifests is given."""
    given = (context.get_parameter_source(name) for name in ("path", "root", "var", "var_file"))
    return any(source_of_value is ParameterSource.COMMANDLINE for source_of_value in given)
