"""``reconciler import``: writes manifests for existing objects, or from Compose files."""

from pathlib import Path
from shlex import quote

import click

from reconciler.cli import COMMANDS
from reconciler.cli.account import connected
from reconciler.cli.compose import Compose, compose, convert
from reconciler.cli.console import echo, say
from reconciler.cli.options import CommandWithHeadings, ServerOptions, option, server


@click.command("import", cls=CommandWithHeadings, short_help=COMMANDS["import"])
@click.argument("names", nargs=-1, metavar="CLUSTER | --compose FILE...")
@option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write to this folder: a manifest, and a file below configs/ for each config. Existing files with other "
    "content are not overwritten.  [default: one manifest, on standard output]",
)
@option(
    "--stack",
    metavar="NAME",
    heading="Scope",
    help="The stack that will own the objects.  [default: default, or a new name if that stack owns objects already]",
)
@compose
@server
def command(
    names: tuple[str, ...],
    out: Path | None,
    stack: str | None,
    compose: Compose | None,
    server: ServerOptions,
) -> int:
    """Write manifests from a cluster's objects, or from Compose files.

    CLUSTER is a label or an id. Nothing in the cluster is changed or adopted. Review the manifests and commit them.
    Then `reconciler apply DIR --adopt` adopts all objects that they declare, and restarts nothing. Use a separate
    folder for the manifests: all *.yaml and *.yml files below PATH are read as manifests.

    No secret's value is written. Secrets are declared as `external: true`, because their values cannot be read back.
    A variable that looks like a credential keeps its live value by `ignore_changes`, the URLs of webhooks are left
    out, and a config whose content seems to contain a credential is external. Comments name everything that is left
    out, with the reason: this includes objects that a stack owns already, and objects that cannot be managed without
    losing something. Objects of another stack that imported services use are external.

    With --compose, Compose and stack files become manifests. What the platform does not support is reported with
    its line and what to do instead, and written as comments in the manifest.

    \b
    Examples:
      reconciler clusters
      reconciler import production --out clusters
      reconciler plan clusters --adopt
      reconciler apply clusters --adopt
      reconciler import --compose docker-compose.yml --cluster production --out clusters/shop --stack shop
    """
    if compose is not None:
        return convert(compose, names, out=out, stack=stack or "default")
    if len(names) != 1:
        raise click.UsageError("name one CLUSTER, or Compose files with --compose FILE.")
    from reconciler.pipeline.imports import import_cluster, write

    with connected(server) as session:
        imported = import_cluster(session, cluster=names[0], stack=stack)
    if out is None:
        echo(imported.text(), style="yaml")
        return 0
    written = write(imported, out)
    shown = ", ".join(path.as_posix() for path in written)
    say(f"Wrote {shown}. Review it, then: reconciler plan {quote(out.as_posix())} --adopt")
    return 0
