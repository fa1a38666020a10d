"""``reconciler import``: manifests for what is there already, to begin from."""

from pathlib import Path

import click

from reconciler.cli import COMMANDS
from reconciler.cli.account import connected
from reconciler.cli.console import say
from reconciler.cli.options import CommandWithHeadings, Server, option, server
from reconciler.errors import UsageError


@click.command("import", cls=CommandWithHeadings, short_help=COMMANDS["import"])
@option("--cluster", required=True, metavar="LABEL", heading="Scope", help="The cluster, by label or id.")
@option(
    "--stack", default="default", metavar="NAME", heading="Scope", help="The stack that is to own it all."
)
@server
@option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file, which must not exist yet.  [default: standard output]",
)
def command(cluster: str, stack: str, server: Server, out: Path | None) -> int:
    """Write manifests for what a cluster already holds.

    Nothing in the cluster is changed or taken over: review the manifests, commit them, then
    `reconciler apply --adopt`. A secret's value cannot be read back, so secrets come as `external: true`.

    \b
    Examples:
      reconciler clusters
      reconciler import --cluster production --out production.yaml
      reconciler plan production.yaml --adopt
    """
    from reconciler import pipeline

    if out and out.exists():
        raise UsageError(f"{out} exists already, and is not overwritten. Name another file.")
    with connected(server) as session:
        text = pipeline.import_manifests(session, cluster=cluster, stack=stack)
    if out:
        out.write_text(text, encoding="utf-8")
        say(f"Wrote {out}. Review it, then: reconciler plan {out} --adopt")
    else:
        click.echo(text, nl=False)
    return 0
