"""``reconciler drift``: what differs from what was last applied, whoever changed it."""

import click

from reconciler.cli import COMMANDS
from reconciler.cli.account import connected
from reconciler.cli.manifests import labels, sound
from reconciler.cli.options import (
    CommandWithHeadings,
    Server,
    Source,
    clusters,
    output_format,
    server,
    source,
)
from reconciler.cli.plans import show


@click.command("drift", cls=CommandWithHeadings, short_help=COMMANDS["drift"])
@source
@clusters
@server
@output_format("text", "json", "markdown", "html")
def command(source: Source, cluster: tuple[str, ...], server: Server, style: str) -> int:
    """Show what was changed behind the manifests' back.

    Compares each managed object as it is now with what was last applied; your own edits since then are not
    drift. Nothing is written. Exits 2 when there is drift, so that a scheduled job can raise an alarm.

    \b
    Examples:
      reconciler drift
      reconciler drift environments/production --format json
    """
    from reconciler import pipeline

    manifests = sound(source)
    with connected(server, clusters=labels(manifests)) as session:
        run = pipeline.drift(session, manifests, clusters=cluster)
    show(run.plans, run.diagnostics, run.meta, style)
    return run.exit_code(detailed=True)
