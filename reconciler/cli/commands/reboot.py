"""``reconciler reboot``: a node, off and on again."""

import click

from reconciler.cli import COMMANDS
from reconciler.cli.account import connected
from reconciler.cli.confirm import confirmed
from reconciler.cli.options import CommandWithHeadings, Server, quiet, server, the_addresses, yes
from reconciler.cli.progress import progress
from reconciler.model import Address


@click.command("reboot", cls=CommandWithHeadings, short_help=COMMANDS["reboot"])
@the_addresses("node")
@server
@yes
@quiet
def command(addresses: tuple[Address, ...], server: Server, yes: bool, quiet: bool) -> int:
    """Reboot nodes.

    ADDRESS is CLUSTER/node/ID, with the node's id or its IP address. What runs on the node is down until it
    is back; while the manager reboots, so is the whole cluster. Several nodes are rebooted one after the
    other.

    \b
    Example:
      reconciler reboot production/node/node_a1b2c3
    """
    from reconciler import pipeline

    if not confirmed(f"Reboot {', '.join(map(str, addresses))}?", yes=yes):
        return 1
    with connected(server) as session, progress(len(addresses), quiet=quiet) as tell:
        return pipeline.reboot(session, addresses, tell=tell)
