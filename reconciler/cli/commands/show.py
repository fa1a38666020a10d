"""``reconciler show``: a plan file for people, or for another program."""

import sys
from pathlib import Path

import click

from reconciler.cli import COMMANDS
from reconciler.cli.console import colourful
from reconciler.cli.options import CommandWithHeadings, output_format


@click.command("show", cls=CommandWithHeadings, short_help=COMMANDS["show"])
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@output_format("text", "json", "markdown", "html")
def command(file: Path, style: str) -> int:
    """Print a plan file that a plan wrote.

    No server is asked. Whether the plan still holds is seen when it is applied.

    \b
    Examples:
      reconciler show production.plan.json
      reconciler show production.plan.json --format markdown > comment.md
    """
    from reconciler import pipeline
    from reconciler.render import FORMATS

    run = pipeline.read_plan(file)
    shown = {"colour": colourful(sys.stdout)} if style == "text" else {}
    click.echo(FORMATS[style](run.plans, diagnostics=run.diagnostics, meta=run.meta, **shown), nl=False)
    return 0
