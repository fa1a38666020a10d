"""``reconciler restart``: new tasks for a service whose spec stays as it is."""

import click

from reconciler.cli import COMMANDS
from reconciler.cli.account import connected
from reconciler.cli.confirm import confirmed
from reconciler.cli.options import CommandWithHeadings, Server, quiet, rollout, server, the_addresses, yes
from reconciler.cli.progress import progress
from reconciler.model import Address


@click.command("restart", cls=CommandWithHeadings, short_help=COMMANDS["restart"])
@the_addresses("service")
@rollout
@server
@yes
@quiet
def command(
    addresses: tuple[Address, ...], timeout: float, wait: bool, server: Server, yes: bool, quiet: bool
) -> int:
    """Restart services with a fresh pull of their images.

    ADDRESS is CLUSTER/service/NAME. The image is pulled anew, so a moving tag such as :latest may bring new
    code, and all containers of the service are replaced.

    \b
    Example:
      reconciler restart production/service/api
    """
    from reconciler import pipeline

    if not confirmed(f"Restart {', '.join(map(str, addresses))}?", yes=yes):
        return 1
    with connected(server) as session, progress(len(addresses), quiet=quiet) as tell:
        return pipeline.restart(session, addresses, timeout=timeout, wait=wait, tell=tell)
