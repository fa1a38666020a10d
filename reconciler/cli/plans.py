"""Shows plans, made now or read from a file."""

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.console import colourful

if TYPE_CHECKING:
    from reconciler.document import PlanMeta
    from reconciler.model import Diagnostic, Plan


def show(
    plans: "Sequence[Plan]",
    diagnostics: "Sequence[Diagnostic]",
    meta: "PlanMeta | None",
    style: str,
    *,
    err: bool = False,
    summary: "Callable[[Sequence[Plan]], str] | None" = None,
) -> None:
    """Print plans in one of ``reconciler.render.FORMATS``, with colour where that is seen.

    ``summary`` makes the one sentence that says it all, where plans stand for something else than what to do.
    """
    from reconciler.render import FORMATS

    settings: dict[str, Any] = {}
    if style == "text":
        settings["colour"] = colourful(sys.stderr if err else sys.stdout)
    if summary is not None and style != "json":
        settings["summary"] = summary
    click.echo(FORMATS[style](plans, diagnostics=diagnostics, meta=meta, **settings), nl=False, err=err)
