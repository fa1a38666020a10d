"""``reconciler restart``: restarts services without changing their spec."""

from typing import TYPE_CHECKING

import click

from reconciler.cli import COMMANDS
from reconciler.cli.account import connected
from reconciler.cli.confirm import confirmed
from reconciler.cli.console import print_results, say, silent
from reconciler.cli.options import CommandWithHeadings, ServerOptions, addresses_argument, quiet, server, yes
from reconciler.cli.rollouts import rollout

if TYPE_CHECKING:
    from reconciler.model import Address


@click.command("restart", cls=CommandWithHeadings, short_help=COMMANDS["restart"])
@addresses_argument("service")
@rollout
@server
@yes
@quiet
def command(
    addresses: "tuple[Address, ...]",
    timeout: float | None,
    wait: bool,
    tasks: bool,
    server: ServerOptions,
    yes: bool,
    quiet: bool,
) -> int:
    """Restart services with a fresh pull of their images.

    ADDRESS is CLUSTER/service/NAME, with the service's name in the cluster. The service does not have to be managed.
    The image is pulled again, so a moving tag such as :latest may bring new code, and all containers of the service
    are replaced. The new containers are watched until they run and stay up.

    The platform's own load balancer is refused. A service is refused too while an apply of its stack runs.

    \b
    Example:
      reconciler restart production/service/api
    """
    from reconciler.pipeline.lookups import services_at
    from reconciler.pipeline.operation import exit_code
    from reconciler.pipeline.restart import restart

    with connected(server) as session:
        found = services_at(session, addresses)
        if not confirmed(f"Restart {', '.join(str(service.address) for service in found)}?", yes=yes):
            return 1
        ended = restart(
            session, found, timeout=timeout, wait=wait, tasks=tasks, tell=silent if quiet else say
        )
    print_results(ended)
    return exit_code(ended)
