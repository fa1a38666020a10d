"""``reconciler restart``: new tasks for a service whose spec stays as it is."""

import click

from reconciler.cli import COMMANDS
from reconciler.cli.account import connected
from reconciler.cli.confirm import confirmed
from reconciler.cli.console import nothing, say, show_done
from reconciler.cli.options import CommandWithHeadings, ServerOptions, quiet, server, the_addresses, yes
from reconciler.cli.rollouts import rollout
from reconciler.model import Address


@click.command("restart", cls=CommandWithHeadings, short_help=COMMANDS["restart"])
@the_addresses("service")
@rollout
@server
@yes
@quiet
def command(
    addresses: tuple[Address, ...],
    timeout: float | None,
    wait: bool,
    tasks: bool,
    server: ServerOptions,
    yes: bool,
    quiet: bool,
) -> int:
    """Restart services with a fresh pull of their images.

    ADDRESS is CLUSTER/service/NAME, with the service's name as it is in the cluster; it need not be one of
    ours. The image is pulled anew, so a moving tag such as :latest may bring new code, and all containers of
    the service are replaced. Then the new ones are watched until they run and stay up.

    The platform's own load balancer is refused, and so is a service while an apply of its stack is under way.

    \b
    Example:
      reconciler restart production/service/api
    """
    from reconciler.pipeline.lookups import services_at
    from reconciler.pipeline.operations import exit_code, restart

    with connected(server) as session:
        found = services_at(session, addresses)
        if not confirmed(f"Restart {', '.join(str(one.address) for one in found)}?", yes=yes):
            return 1
        ended = restart(
            session, found, timeout=timeout, wait=wait, tasks=tasks, tell=nothing if quiet else say
        )
    show_done(ended)
    return exit_code(ended)
