"""``reconciler import``: manifests for what is there already, to begin from."""

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from reconciler.cli import COMMANDS
from reconciler.cli.account import connected
from reconciler.cli.console import echo, say
from reconciler.cli.options import CommandWithHeadings, Server, option, server

if TYPE_CHECKING:
    from reconciler.pipeline.compose import Request


@click.command("import", cls=CommandWithHeadings, short_help=COMMANDS["import"])
@click.argument("names", nargs=-1, metavar="CLUSTER | --compose FILE...")
@option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write to this folder: a manifest, and a file below configs/ for each config. Files that are there with "
    "other content are not overwritten.  [default: one manifest, on standard output]",
)
@option(
    "--stack", default="default", metavar="NAME", heading="Scope", help="The stack that is to own it all."
)
@option(
    "--compose",
    "compose",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    heading="Compose",
    help="Convert this Compose or Swarm stack file; asks no server. Further files are laid over it, as "
    "`docker compose -f` does.",
)
@option("--cluster", metavar="NAME", heading="Compose", help="The cluster that the manifests are for.")
@option(
    "--profile",
    multiple=True,
    metavar="NAME",
    heading="Compose",
    help="Convert the services of this profile too; * for all.",
)
@option(
    "--env-file",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    heading="Compose",
    help="Values of the variables.  [default: .env beside the first file]",
)
@option(
    "--project",
    default="",
    metavar="NAME",
    heading="Compose",
    help="Use the names that `docker stack deploy NAME` gave: for a stack that is live already.",
)
@option("--prefix", default="", metavar="TEXT", heading="Compose", help="Begin all names with this text.")
@option("--strict", is_flag=True, heading="Compose", help="Fail where something would change what runs.")
@option("--overwrite", is_flag=True, heading="Compose", help="Replace files that have other content.")
@option(
    "--report",
    type=click.Choice(["text", "json"]),
    default="text",
    heading="Compose",
    help="How to say what does not come along: text on standard error, or json on standard output.",
)
@server
def command(
    names: tuple[str, ...],
    out: Path | None,
    stack: str,
    server: Server,
    compose: tuple[Path, ...],
    cluster: str | None,
    profile: tuple[str, ...],
    env_file: tuple[Path, ...],
    project: str,
    prefix: str,
    strict: bool,
    overwrite: bool,
    report: str,
) -> int:
    """Write manifests for what exists already: a cluster, or Compose files.

    CLUSTER is a label or an id. Nothing in the cluster is changed or taken over: review the manifests, commit
    them, then `reconciler apply DIR --adopt`, which takes over all that they declare and restarts nothing. Give
    them a folder of their own: all *.yaml and *.yml below PATH are read as manifests.

    No secret is written. Secrets come as `external: true`, since their values can't be read back; variables
    that look like credentials and the URLs of webhooks are left out. What is left out is named in comments,
    with the reason: also what a stack owns already, and what can't be managed without losing something.

    With --compose, Compose and stack files become manifests. What the platform has no place for is reported with
    its line and what to do instead, and stands as comments in the manifest.

    \b
    Examples:
      reconciler clusters
      reconciler import production --out clusters
      reconciler plan clusters --adopt
      reconciler apply clusters --adopt
      reconciler import --compose docker-compose.yml --cluster production --out clusters/shop --stack shop
    """
    if compose:
        from reconciler.compose import Options
        from reconciler.pipeline.compose import Request

        if not cluster:
            raise click.UsageError("--compose needs --cluster NAME: the cluster that the manifests are for.")
        if project and prefix:
            raise click.UsageError(
                "--project and --prefix can't be given together: each of them makes the names."
            )
        files = [*compose, *map(Path, names)]
        options = Options(project=project, prefix=prefix, profiles=frozenset(profile))
        request = Request(files, cluster, stack, options, env_file)
        return _from_compose(request, out, strict=strict, overwrite=overwrite, report=report)
    if len(names) != 1:
        raise click.UsageError("name one CLUSTER, or Compose files with --compose FILE.")
    from reconciler.pipeline.imports import import_cluster, write

    with connected(server) as session:
        imported = import_cluster(session, cluster=names[0], stack=stack)
    if out is None:
        echo(imported.text(), style="yaml")
        return 0
    written = write(imported, out)
    say(f"Wrote {', '.join(map(str, written))}. Review it, then: reconciler plan {quote(str(out))} --adopt")
    return 0


def _from_compose(request: "Request", out: Path | None, *, strict: bool, overwrite: bool, report: str) -> int:
    from reconciler.pipeline.compose import import_compose, write
    from reconciler.render.compose import report_as_json, report_as_text

    made = import_compose(request)
    refused = strict and made.changes_what_runs
    written = write(made, out, overwrite=overwrite) if out is not None and not refused else ()
    if report == "json":
        click.echo(report_as_json(made.notes, list(map(str, written))))
    else:
        say(report_as_text(made.notes).rstrip())
    if refused:
        say("Error: --strict, and something would change what runs. Nothing was written.")
        return 1
    if out is None:
        if report != "json":
            click.echo(made.text(), nl=False)
        return 0
    say(f"Wrote {', '.join(map(str, written))}. Review it, then: reconciler validate {quote(str(out))}")
    return 0
