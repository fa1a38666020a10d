"""``reconciler show``: a plan file for people, or for another program."""

from pathlib import Path

import click

from reconciler.cli import COMMANDS
from reconciler.cli.options import CommandWithHeadings, output_format
from reconciler.cli.plans import show


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
    from reconciler.planfile import parse

    held = parse(file.read_text(encoding="utf-8"))
    show(held.plans, held.diagnostics, held.meta, style)
    return 0
