"""``reconciler import``: manifests for what is there already, to begin from."""

from pathlib import Path
from shlex import quote

import click

from reconciler.cli import COMMANDS
from reconciler.cli.account import connected
from reconciler.cli.console import echo, say
from reconciler.cli.options import CommandWithHeadings, Server, option, server


@click.command("import", cls=CommandWithHeadings, short_help=COMMANDS["import"])
@click.argument("cluster")
@option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write to this folder: a manifest named after the cluster, and a file below configs/ for each config. "
    "Nothing is overwritten.  [default: one manifest, on standard output]",
)
@option(
    "--stack", default="default", metavar="NAME", heading="Scope", help="The stack that is to own it all."
)
@server
def command(cluster: str, out: Path | None, stack: str, server: Server) -> int:
    """Write manifests for what a cluster already holds.

    CLUSTER is a label or an id. Nothing in the cluster is changed or taken over: review the manifests, commit
    them, then `reconciler apply DIR --adopt`, which takes over all that they declare and restarts nothing. Give
    them a folder of their own: all *.yaml and *.yml below PATH are read as manifests.

    No secret is written. Secrets come as `external: true`, since their values can't be read back; variables
    that look like credentials and the URLs of webhooks are left out. What is left out is named in comments,
    with the reason: also what a stack owns already, and what can't be managed without losing something.

    \b
    Examples:
      reconciler clusters
      reconciler import production --out clusters
      reconciler plan clusters --adopt
      reconciler apply clusters --adopt
    """
    from reconciler.pipeline.imports import import_cluster, write

    with connected(server) as session:
        imported = import_cluster(session, cluster=cluster, stack=stack)
    if out is None:
        echo(imported.text(), style="yaml")
        return 0
    written = write(imported, out)
    say(f"Wrote {', '.join(map(str, written))}. Review it, then: reconciler plan {quote(str(out))} --adopt")
    return 0
