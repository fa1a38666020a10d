"""``reconciler plan``: what an apply would do. Its client cannot write."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli import COMMANDS
from reconciler.cli.console import say
from reconciler.cli.formats import output_format
from reconciler.cli.manifests import connected_with_manifests
from reconciler.cli.options import (
    CommandWithHeadings,
    ServerOptions,
    SourceOptions,
    option,
    quiet,
    scope,
    server,
)
from reconciler.cli.plans import show, unsaved, warn
from reconciler.cli.resume import resume_command
from reconciler.cli.sources import named_source
from reconciler.cli.stats import print_costs, stats

if TYPE_CHECKING:
    from reconciler.pipeline.scope import Scope


@click.command("plan", cls=CommandWithHeadings, short_help=COMMANDS["plan"])
@named_source
@scope
@server
@option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write a plan file, for `reconciler apply --plan FILE`. It holds no secret.",
)
@output_format("text", "json", "markdown", "html")
@quiet
@stats
@option("--detailed-exitcode", is_flag=True, help="Exit with 2 instead of 0 when there are changes.")
def command(
    source: SourceOptions,
    scope: "Scope",
    server: ServerOptions,
    out: Path | None,
    style: str,
    quiet: bool,
    stats: bool,
    detailed_exitcode: bool,
) -> int:
    """Show what an apply would do; it cannot write.

    PATH is a file, or a folder with all the *.yaml and *.yml below it. The guards of an apply are checked too: if
    they would refuse the apply, the plan shows why, and the exit code is 3.

    \b
    Examples:
      reconciler plan
      reconciler plan environments/production --out production.plan.json
      reconciler plan --cluster production --target production/service/api
      reconciler plan examples/quickstart --emulator
    """
    with connected_with_manifests(source, server, style=style, mask=scope.mask) as (session, manifests):
        from reconciler import plan

        run = plan(session, manifests, scope, os.environ)
    if not quiet:
        warn(run.warnings, server)
    from reconciler.pipeline.approval import not_approvable, plan_file

    with session.stages.stage("render"):
        if out:  # first, so that it is written even if the output is closed
            out.write_text(plan_file(run, os.environ), encoding="utf-8", newline="\n")
        show(run.plans, run.diagnostics, run.meta if out or style == "json" else unsaved(run.meta), style)
    if out and not quiet:
        then = resume_command("--plan", str(out))
        use = "An apply would refuse it." if run.refusals else f"To apply exactly this plan: {then}"
        say(f"Saved the plan to {out}. {use}")
        if lacking := not_approvable(run, os.environ):
            say(lacking)
    if stats:
        print_costs(session)
    return run.exit_code(detailed=detailed_exitcode)
