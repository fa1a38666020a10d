"""Shows plans, made now or read from a file."""

import sys
from collections.abc import Sequence

import click

from reconciler.cli.console import colourful
from reconciler.document import PlanMeta
from reconciler.model import Diagnostic, Plan


def show(
    plans: Sequence[Plan], diagnostics: Sequence[Diagnostic], meta: PlanMeta, style: str, *, err: bool = False
) -> None:
    """Print plans in one of ``reconciler.render.FORMATS``, with colour where that is seen."""
    from reconciler.render import FORMATS

    settings = {"colour": colourful(sys.stderr if err else sys.stdout)} if style == "text" else {}
    click.echo(FORMATS[style](plans, diagnostics=diagnostics, meta=meta, **settings), nl=False, err=err)
