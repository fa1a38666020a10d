"""``reconciler emulator``: serves the API locally, for other programs and shells."""

from pathlib import Path

import click

from reconciler.cli import COMMANDS
from reconciler.cli.account import EMULATED, emulator_installed


@click.command("emulator", short_help=COMMANDS["emulator"])
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8080, metavar="PORT", help="0 chooses a free port."
)
@click.option(
    "--state",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A SQLite file that keeps what is made.  [default: kept in memory, gone at the end]",
)
@click.option(
    "--cluster",
    "clusters",
    multiple=True,
    default=EMULATED,
    metavar="LABEL",
    help="A cluster to create. May be given more than once.",
)
@click.option(
    "--node-size",
    "node_sizes",
    multiple=True,
    metavar="TITLE:VCPU:MEMORY",
    help="A node size to offer, memory in GB. May be given more than once.  [default: three common ones]",
)
@click.option(
    "--pace",
    type=click.FloatRange(min=0),
    default=1.0,
    metavar="FACTOR",
    help="How long rollouts and new nodes take, as a multiple of the real time. 0: no time.",
)
@click.option(
    "--delay",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="SECONDS",
    help="Delay every answer by this time, to simulate a network.",
)
@click.option(
    "--backend",
    type=click.Choice(["memory", "swarm"]),
    default="memory",
    help="memory simulates a cluster; swarm serves a real Docker Swarm.",
)
@click.option(
    "--docker-host",
    metavar="URL",
    help="The engine that manages the Swarm, as Docker takes it.  [default: DOCKER_HOST, or the local socket]",
)
@click.option(
    "--machines",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Start the Swarm's engines on this machine: the manager, and one for each new node. Needs Linux and root.",
)
@click.option(
    "--network",
    metavar="NAME",
    help="The overlay network that new services join, created if it is missing; none: no network.  [default: medstack]",
)
def command(
    port: int,
    state: Path | None,
    clusters: tuple[str, ...],
    node_sizes: tuple[str, ...],
    pace: float,
    delay: float,
    backend: str,
    docker_host: str | None,
    machines: Path | None,
    network: str | None,
) -> int:
    """Run a local server with the same API, to try things without an account.

    Listens only on 127.0.0.1, until Ctrl-C. It prints lines to export in another shell, so that every command there
    uses it. For a single command, the option --emulator is enough.

    To see a rollout fail, use one of these images: an image with `missing` or `nonexistent` in its name or tag, or
    from a registry under .invalid, cannot be pulled; an image with `crash` in its name or tag starts and exits
    immediately. Hosts under .invalid are refused, like names that do not resolve.

    With --backend swarm the same API is served for a Docker Swarm of your own (pip install docker): the objects are
    real. Webhooks, sizes of nodes and the company stay simulated.

    \b
    Examples:
      reconciler emulator
      reconciler emulator --port 0 --state clinic.sqlite3 --cluster production --pace 0
      reconciler emulator --backend swarm --docker-host unix:///var/run/docker.sock
    """
    if backend != "swarm" and (docker_host or machines or network):
        raise click.UsageError("--docker-host, --machines and --network need --backend swarm.")
    if docker_host and machines:
        raise click.UsageError("--docker-host and --machines cannot be given together.")
    with emulator_installed():
        from reconciler import emulator

        emulator.run(
            show=click.echo,
            port=port,
            state=state,
            clusters=clusters,
            node_sizes=node_sizes,
            pace=pace,
            delay=delay,
            swarm=emulator.Swarm(docker_host, machines, network or "medstack")
            if backend == "swarm"
            else None,
        )
    return 0
