"""Has a plan made as the options say, and shows it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.console import colourful
from reconciler.cli.options import Scope

if TYPE_CHECKING:
    from reconciler.pipeline import Loaded, PlanRun, Session


def planned(
    session: "Session", manifests: "Loaded", scope: Scope, *, approved: Path | None = None
) -> "PlanRun":
    """The plan of what ``manifests`` declare within ``scope``; where ``approved`` is a plan file, held to it."""
    from reconciler import pipeline

    return pipeline.plan(
        session,
        manifests,
        clusters=scope.clusters,
        targets=scope.targets,
        adopt=scope.adopt,
        prune=scope.prune,
        retry=scope.retry,
        approved=approved,
    )


def show(run: "PlanRun", style: str, *, err: bool = False) -> None:
    """Print a plan in one of ``reconciler.render.FORMATS``, with colour where that is seen."""
    from reconciler.render import FORMATS

    settings = {"colour": colourful(sys.stderr if err else sys.stdout)} if style == "text" else {}
    click.echo(
        FORMATS[style](run.plans, diagnostics=run.diagnostics, meta=run.meta, **settings), nl=False, err=err
    )
