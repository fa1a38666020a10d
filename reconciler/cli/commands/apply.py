"""``reconciler apply``: plans, shows, asks, and makes it so."""

import os
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from reconciler.cli import COMMANDS
from reconciler.cli.confirm import ACTIONS, confirmed
from reconciler.cli.console import say
from reconciler.cli.interrupts import graceful
from reconciler.cli.manifests import connected_meanwhile
from reconciler.cli.options import (
    CommandWithHeadings,
    Server,
    Source,
    option,
    output_format,
    quiet,
    rollout,
    scope,
    server,
    source,
    yes,
)
from reconciler.cli.plans import show
from reconciler.cli.progress import progress
from reconciler.cli.stats import stats, tell_costs

if TYPE_CHECKING:
    from reconciler.pipeline.apply import Report
    from reconciler.pipeline.audit import Audit
    from reconciler.pipeline.plan import Run, Scope


@click.command("apply", cls=CommandWithHeadings, short_help=COMMANDS["apply"])
@source
@scope
@rollout
@server
@option(
    "--plan",
    "approved",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Do only what this plan file approves; refuse if anything else would be needed.",
)
@option(
    "--audit",
    "audit_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Add a JSON line to this file for each request: when, who, commit, plan, method, path, status, seconds.",
)
@yes
@output_format("text", "json")
@quiet
@stats
def command(
    source: Source,
    scope: "Scope",
    server: Server,
    approved: Path | None,
    audit_file: Path | None,
    timeout: float,
    wait: bool,
    yes: bool,
    style: str,
    quiet: bool,
    stats: bool,
) -> int:
    """Make the clusters what the manifests say.

    PATH is a file, or a folder with all the *.yaml and *.yml below it. What would change is shown, and done
    once you answer yes. Then every changed service is watched until its new tasks run and stay up; one that
    does not come up fails the run, and nothing is deleted.

    Ctrl-C finishes what is under way, records it and frees the cluster. A run that died is resumed by the
    next.

    \b
    Examples:
      reconciler apply
      reconciler apply environments/production --var API_TAG=1.4.2 --yes
      reconciler apply --plan production.plan.json environments/production --yes
      reconciler apply examples/quickstart --emulator
    """
    from reconciler.pipeline.apply import Settings, apply
    from reconciler.pipeline.audit import audit
    from reconciler.pipeline.plan import plan

    with (
        audit(audit_file, place=source.path) as log,
        connected_meanwhile(source, server, observe=log.note if log else None) as (session, manifests),
    ):
        run = plan(session, manifests, scope, os.environ)
        if not (quiet and yes):
            with session.stages.stage("render"):
                show(run.plans, run.diagnostics, run.meta, "text", err=True)
        run.raise_if_refused()
        _check(run, approved, log)
        if run.changes and not confirmed(ACTIONS, yes=yes):
            return 1
        with graceful(say) as stop, progress(run.changes, quiet=quiet) as tell:
            report = apply(session, run, Settings(timeout=timeout, wait=wait, stop=stop, tell=tell))
    _tell(report, source, style)
    if stats:
        tell_costs(session)
    if log and log.problem:
        say(log.problem)
    return stop.exit_code or report.exit_code or int(bool(log and log.problem))


def _check(run: "Run", approved: Path | None, log: "Audit | None") -> None:
    """Raises Refused unless all of the plan is approved, where a file has to approve it. Say in the audit which it is."""
    from reconciler.pipeline.audit import fingerprint
    from reconciler.pipeline.plan import check_approved
    from reconciler.render import FORMATS

    text = approved.read_text(encoding="utf-8") if approved else ""
    if approved:
        check_approved(run, text, os.environ)
    if log:
        made = FORMATS["json"](run.plans, diagnostics=run.diagnostics, meta=run.meta)
        log.plan = fingerprint(text if approved else made)


def _tell(report: "Report", source: Source, style: str) -> None:
    """How every change ended, and what is wrong beside them."""
    from reconciler.render import REPORT_FORMATS

    again = f"reconciler apply {quote(str(source.path))}, with the same options"
    click.echo(REPORT_FORMATS[style](report.outcomes, continue_with=again), nl=False)
    for problem in report.problems:
        say(problem)
