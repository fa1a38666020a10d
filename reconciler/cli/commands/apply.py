"""``reconciler apply``: plans, shows the plan, asks, and applies it."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli import COMMANDS
from reconciler.cli.confirm import ACTIONS, confirmed
from reconciler.cli.console import colourful, echo, say
from reconciler.cli.formats import output_format
from reconciler.cli.interrupts import Stop, graceful
from reconciler.cli.manifests import connected_with_manifests
from reconciler.cli.options import (
    CommandWithHeadings,
    ServerOptions,
    SourceOptions,
    option,
    quiet,
    scope,
    server,
    yes,
)
from reconciler.cli.plans import plan_file, show, unsaved, warn
from reconciler.cli.progress import progress
from reconciler.cli.resume import resume_command
from reconciler.cli.rollouts import rollout
from reconciler.cli.sources import named_source
from reconciler.cli.stats import print_costs, stats

if TYPE_CHECKING:
    from reconciler.model import Address, Plan, RunResult, Used
    from reconciler.pipeline.audit import Audit
    from reconciler.pipeline.manifests import Manifests
    from reconciler.pipeline.planned import PlannedRun
    from reconciler.pipeline.scope import Scope
    from reconciler.pipeline.session import Session


@click.command("apply", cls=CommandWithHeadings, short_help=COMMANDS["apply"])
@named_source
@scope
@rollout
@server
@option(
    "--plan",
    "approved",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Apply only what this plan file approves; refuse if anything else would change.",
)
@option(
    "--audit",
    "audit_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Append a JSON line to this file for each request: when, who, commit, plan, method, path, status, seconds.",
)
@yes
@output_format("text", "json", "html")
@quiet
@stats
def command(
    source: SourceOptions,
    scope: "Scope",
    server: ServerOptions,
    approved: Path | None,
    audit_file: Path | None,
    timeout: float | None,
    wait: bool,
    tasks: bool,
    yes: bool,
    style: str,
    quiet: bool,
    stats: bool,
) -> int:
    """Apply manifests.

    PATH is a file, or a folder with all the *.yaml and *.yml below it. The plan is shown, and applied after you
    answer yes. If the new tasks of a changed service do not run and stay up, the apply fails and deletes nothing.

    After Ctrl-C, the apply waits for the requests sent, records the results and releases its lease; press it again to
    stop at once. The next apply verifies open rollouts, and completes a run that was killed, after two minutes.

    \b
    Examples:
      reconciler apply environments/production --var API_TAG=1.4.2 --yes
      reconciler apply --plan production.plan.json environments/production --yes
      reconciler apply examples/quickstart --emulator
    """
    from reconciler.pipeline.audit import audit

    approval = plan_file(approved)[0] if approved else ""
    with (
        audit(audit_file, place=source.path) as log,
        connected_with_manifests(
            source, server, style=style, mask=scope.mask, observe=log.note if log else None
        ) as (
            session,
            given,
        ),
    ):
        run = _planned(session, given, scope, (server, timeout), shown=not (quiet and yes))
        uses = _check(run, approval, log)
        if run.changes and not confirmed(ACTIONS, yes=yes):
            return 1
        result, stop = _apply(session, run, uses, quiet=quiet, timeout=timeout, wait=wait, tasks=tasks)
    result.problems += [log.problem] if log and log.problem else []
    _tell(result, style, brief=not quiet)
    if stats:
        print_costs(session)
    return stop.exit_code or result.exit_code


def _planned(
    session: "Session",
    given: "Manifests",
    scope: "Scope",
    connection: "tuple[ServerOptions, float | None]",
    *,
    shown: bool,
) -> "PlannedRun":
    """Plan the run; with ``shown`` print the plan."""
    from reconciler import plan

    planned = plan(session, given, scope, os.environ)
    from reconciler.pipeline.patience import within

    run = within(planned, connection[1])
    if shown:
        with session.stages.stage("render"):
            show(run.plans, run.diagnostics, unsaved(run.meta), "text", err=True)
    warn(run.warnings, connection[0])
    return run


def _apply(
    session: "Session",
    run: "PlannedRun",
    uses: "Mapping[int, Used]",
    *,
    quiet: bool,
    timeout: float | None,
    wait: bool,
    tasks: bool,
) -> "tuple[RunResult, Stop]":
    """The result, and whether the run was stopped. If there is nothing to do, ``pipeline.apply`` is not imported."""
    from reconciler.model import RunResult

    with graceful(say) as stop, progress(_needs(run.plans), quiet=quiet) as tell:
        if run.is_settled:
            return RunResult(), stop
        from reconciler import ApplySettings, apply

        settings = ApplySettings(timeout=timeout, wait=wait, tasks=tasks, stop=stop, tell=tell, uses=uses)
        return apply(session, run, settings), stop


def _check(run: "PlannedRun", approval: str, log: "Audit | None") -> "Mapping[int, Used]":
    """Check guards and approval; return what is recorded about the approved changes. Add the plan to the audit log.

    Raises Refused by a guard, or if the plan file does not approve the changes.
    """
    from reconciler.pipeline.approval import check_approved
    from reconciler.pipeline.audit import fingerprint
    from reconciler.render import FORMATS

    run.raise_if_refused()
    uses = check_approved(run, approval, os.environ) if approval else {}
    if log:
        made = FORMATS["json"](run.plans, diagnostics=run.diagnostics, meta=run.meta)
        log.plan = fingerprint(approval or made)
    return uses


def _has_deletes_left(result: "RunResult") -> bool:
    """Whether deletes were skipped, which --no-wait would skip again."""
    return any(
        outcome.change.action == "delete" and outcome.status == "skipped" for outcome in result.outcomes
    )


def _needs(plans: "Sequence[Plan]") -> "Mapping[Address, Sequence[Address]]":
    """The changes of plans, each with the changes that it waits for."""
    return {change.address: change.needs for plan in plans for change in plan.changes}


def _tell(result: "RunResult", style: str, *, brief: bool) -> None:
    """Print how every change ended, and all other problems. As text, ``brief`` leaves out applied changes, which the
    progress has shown."""
    from reconciler.render import REPORT_FORMATS

    text = REPORT_FORMATS[style](
        result,
        continue_with=resume_command(without={"wait"} if _has_deletes_left(result) else ()),
        **({"colour": colourful(sys.stdout), "brief": brief} if style == "text" else {}),
    )
    echo(text, style=style)
