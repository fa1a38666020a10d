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

    Compares the live state of each managed object with what was last applied. Edits of the manifests since then are
    not drift. Objects that were never managed are not drift either. As in a plan, a field shows its live value first,
    then the value in the manifests; the symbol shows what an apply would do. Nothing is written.

    Exits 2 when live state differs from the manifests or the record: there is drift, changes are pending, or a
    service is held after a rollback or was not verified. Exits 0 when nothing differs. The JSON counts each.

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
