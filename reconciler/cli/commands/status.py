"""``reconciler status``: the record of a cluster, and how its services are."""

import click

from reconciler.cli import COMMANDS
from reconciler.cli.account import connected
from reconciler.cli.options import CommandWithHeadings, Server, clusters, option, output_format, server


@click.command("status", cls=CommandWithHeadings, short_help=COMMANDS["status"])
@clusters
@option("--stack", metavar="NAME", heading="Scope", help="Only this stack.  [default: every stack]")
@server
@output_format("text", "json")
def command(cluster: tuple[str, ...], stack: str | None, server: Server, style: str) -> int:
    """Show what is ours in a cluster, and how it is.

    For each stack: the objects it owns, whether each service was verified and how many of its tasks run,
    the last applies, and who holds the lease. No manifest is read and nothing is written. Without --cluster
    every cluster that the token reaches is shown.

    \b
    Examples:
      reconciler status
      reconciler status --cluster production --format json
    """
    from reconciler import pipeline
    from reconciler.render import STATUS

    with connected(server) as session:
        found = pipeline.status(session, clusters=cluster, stack=stack)
    click.echo(STATUS[style](found), nl=False)
    return 0
