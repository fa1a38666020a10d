"""``reconciler unlock``: takes a lease away. For people, when they know that its holder is gone."""

import click

from reconciler.cli import COMMANDS
from reconciler.cli.account import connected
from reconciler.cli.confirm import confirmed
from reconciler.cli.console import say
from reconciler.cli.options import CommandWithHeadings, Server, option, server, yes


@click.command("unlock", cls=CommandWithHeadings, short_help=COMMANDS["unlock"])
@click.argument("cluster")
@option("--stack", default="default", metavar="NAME", heading="Scope", help="The stack that is locked.")
@server
@yes
def command(cluster: str, stack: str, server: Server, yes: bool) -> int:
    """Release the lock that a run left behind.

    CLUSTER is a label or an id. A lease ends by itself two minutes after its holder's last sign of life, so
    this is seldom needed. A run that is alive stops writing once its lease is gone. What it had begun stays
    noted, and the next apply resumes it. If the holder renews the lease while you decide, nothing is taken.

    \b
    Examples:
      reconciler status --cluster production        who holds it, and since when
      reconciler unlock production
    """
    from reconciler.pipeline.operations import lease, time_left
    from reconciler.record import unlock

    with connected(server) as session:
        place, record, held = lease(session, cluster=cluster, stack=stack)
        if held is None:
            say(f"{cluster}, stack {stack}, is not locked.")
            return 0
        say(f"{cluster}, stack {stack}, is locked by {held.holder} ({time_left(session, held)}).")
        if not confirmed(f"Take the lease away from {held.holder}?", yes=yes):
            return 1
        unlock(place, record)
    say(f"Freed {cluster}, stack {stack}.")
    return 0
