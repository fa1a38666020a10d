"""``reconciler reboot``: reboots nodes."""

from typing import TYPE_CHECKING

import click

from reconciler.cli import COMMANDS
from reconciler.cli.account import connected
from reconciler.cli.confirm import confirmed
from reconciler.cli.console import print_results, say, silent
from reconciler.cli.options import CommandWithHeadings, ServerOptions, addresses_argument, quiet, server, yes

if TYPE_CHECKING:
    from reconciler.model import Address

MANAGER = " (the swarm manager: the whole cluster is down until it is Ready)"


@click.command("reboot", cls=CommandWithHeadings, short_help=COMMANDS["reboot"])
@addresses_argument("node")
@server
@yes
@quiet
def command(addresses: "tuple[Address, ...]", server: ServerOptions, yes: bool, quiet: bool) -> int:
    """Reboot nodes.

    ADDRESS is CLUSTER/node/ID, with the node's id or its IP address. The containers on a node are down until it is
    back. While the manager reboots, the whole cluster is down. Several nodes are rebooted one after the other, each
    when the previous one is Ready again. If a node does not come back, the remaining nodes are not rebooted.

    \b
    Example:
      reconciler reboot production/node/node_a1b2c3
    """
    from reconciler.pipeline.lookups import nodes_at
    from reconciler.pipeline.operation import exit_code
    from reconciler.pipeline.reboot import reboot

    with connected(server) as session:
        found = nodes_at(session, addresses)
        named = [f"{node.address}{MANAGER if node.live.spec['swarm_manager'] else ''}" for node in found]
        if not confirmed(f"Reboot {', '.join(named)}?", yes=yes):
            return 1
        ended = reboot(session, found, tell=silent if quiet else say)
    print_results(ended)
    return exit_code(ended)
