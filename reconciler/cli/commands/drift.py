"""``reconciler drift``: shows what was changed outside git since the last apply."""

import os

import click

from reconciler.cli import COMMANDS
from reconciler.cli.formats import output_format
from reconciler.cli.manifests import connected_with_manifests
from reconciler.cli.options import (
    CommandWithHeadings,
    ServerOptions,
    SourceOptions,
    clusters,
    mask,
    server,
)
from reconciler.cli.plans import show, warn
from reconciler.cli.sources import named_source


@click.command("drift", cls=CommandWithHeadings, short_help=COMMANDS["drift"])
@named_source
@clusters
@mask
@server
@output_format("text", "json", "markdown", "html")
def command(
    source: SourceOptions, cluster: tuple[str, ...], mask: tuple[str, ...], server: ServerOptions, style: str
) -> int:
    """Show what was changed outside git.

    Compares each managed object as it is now with what was last applied; your own edits since then are not
    drift, nor is what was never managed. A field is shown as it is now, then as the manifests have it, as in a plan;
    the symbol is for what an apply would do about it. Nothing is written.

    Exits 2 when live is not as declared, by spec and record: where something drifted, where changes are pending, and
    where a service is held after a rollback or was not verified. Exits 0 when all is as declared. The JSON counts each.

    \b
    Examples:
      reconciler drift
      reconciler drift environments/production --format json
    """
    from reconciler.pipeline.drift import drift
    from reconciler.render.lines import drift_line

    with connected_with_manifests(source, server, style=style, mask=mask) as (session, manifests):
        run = drift(session, manifests, os.environ, clusters=cluster, mask=mask)
    warn(run.warnings, server)
    meta = run.meta if style == "json" else None
    show(run.plans, run.diagnostics, meta, style, summary=drift_line)
    return run.exit_code(detailed=True)
