"""``reconciler status``: shows the managed objects of clusters and their health."""

import sys

import click

from reconciler.cli import COMMANDS
from reconciler.cli.account import connected
from reconciler.cli.console import colourful, echo
from reconciler.cli.formats import output_format
from reconciler.cli.options import CommandWithHeadings, ServerOptions, clusters, option, server


@click.command("status", cls=CommandWithHeadings, short_help=COMMANDS["status"])
@clusters
@option("--stack", metavar="NAME", heading="Scope", help="Only this stack.  [default: every stack]")
@server
@output_format("text", "json")
def command(cluster: tuple[str, ...], stack: str | None, server: ServerOptions, style: str) -> int:
    """Show managed objects and their health.

    For each stack, this shows the objects that it owns, the last applies and who holds the lease; for each service
    its image, whether it was verified, how many tasks run and since when, and why tasks do not run; and the nodes
    that are not Ready. No manifest is read and nothing is written. Without --cluster, all clusters that the token can
    access are shown.

    Exits 2 if an object is missing, or a service is not up or was not verified (unless it has lifecycle: {wait:
    false}). Exits 1 if a record cannot be read.

    \b
    Examples:
      reconciler status
      reconciler status --cluster production --format json
    """
    from reconciler.pipeline.status import status
    from reconciler.render import STATUS_FORMATS

    with connected(server) as session:
        found = status(session, names=cluster, stack=stack)
    settings = {"colour": colourful(sys.stdout)} if style == "text" else {}
    echo(STATUS_FORMATS[style](found, **settings), style=style)
    stacks = [stack for cluster_status in found for stack in cluster_status.stacks]
    if any(stack.problem for stack in stacks):
        return 1
    return (
        0 if all(object_status.is_as_recorded for stack in stacks for object_status in stack.objects) else 2
    )
