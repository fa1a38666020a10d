"""``reconciler unlock``: releases the lease of a run that no longer exists."""

import click

from reconciler.cli import COMMANDS
from reconciler.cli.account import connected
from reconciler.cli.completion import cluster_names
from reconciler.cli.confirm import confirmed
from reconciler.cli.console import say
from reconciler.cli.options import CommandWithHeadings, ServerOptions, option, server, yes


@click.command("unlock", cls=CommandWithHeadings, short_help=COMMANDS["unlock"])
@click.argument("cluster", shell_complete=cluster_names)
@option(
    "--stack", default="default", metavar="NAME", heading="Scope", help="The stack whose lease is released."
)
@option(
    "--force",
    is_flag=True,
    heading="Scope",
    help="Release it even if it was renewed recently. Use this only if you know that its holder no longer runs.",
)
@server
@yes
def command(cluster: str, stack: str, force: bool, server: ServerOptions, yes: bool) -> int:
    """Release the lease of a run that was killed.

    CLUSTER is a label or an id. A run renews its lease every 40 seconds, and the lease expires two minutes after the
    last renewal. So this command is seldom needed. A lease that was renewed in the last 45 seconds is released only
    with --force. A run that is still alive stops writing when it sees that it has lost its lease, at most 40 seconds
    later; before a delete it always looks. The changes that it had started stay recorded, and the next apply
    completes them. If the holder renews the lease while you answer, nothing is released.

    \b
    Examples:
      reconciler status --cluster production        who holds it, and for how long
      reconciler unlock production
    """
    from reconciler.errors import LeaseHeld
    from reconciler.pipeline.unlock import lease, time_left
    from reconciler.record import renewed_lately, unlock

    with connected(server) as session:
        place, record, held = lease(session, cluster=cluster, stack=stack)
        if held is None:
            say(f"{cluster}, stack {stack}, is not locked.")
            return 0
        say(f"{cluster}, stack {stack}, is locked by {held.holder}: {time_left(session, held)}.")
        if not force and (reason := renewed_lately(stack, held, session.reader.server_time())):
            raise LeaseHeld(reason)
        if not confirmed(f"Release the lease of {held.holder}?", yes=yes):
            return 1
        unlock(place, record, server=session.reader.server_time(), force=force)
    say(f"Unlocked {cluster}, stack {stack}.")
    return 0
