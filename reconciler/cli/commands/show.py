"""``reconciler show``: prints saved plan files."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli import COMMANDS
from reconciler.cli.formats import output_format
from reconciler.cli.options import CommandWithHeadings
from reconciler.cli.plans import plan_file, show
from reconciler.errors import Refused, UsageError

if TYPE_CHECKING:
    from reconciler.planfile import Approved


@click.command("show", cls=CommandWithHeadings, short_help=COMMANDS["show"])
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
)
@output_format("text", "json", "markdown", "html")
def command(files: tuple[Path, ...], style: str) -> int:
    """Print a saved plan file, or several as one report.

    No server is contacted: whether the plan is still valid is checked when it is applied.

    \b
    Examples:
      reconciler show production.plan.json
      reconciler show production.plan.json --format markdown > comment.md
      reconciler show shard-*.plan.json --format markdown
    """
    contents = [_held(file) for file in files]
    plans = [plan for approved in contents for plan in approved.plans]
    diagnostics = dict.fromkeys(problem for approved in contents for problem in approved.diagnostics)
    show(
        plans, tuple(diagnostics), contents[0].meta if len(contents) == 1 or style == "json" else None, style
    )
    return 0


def _held(file: Path) -> "Approved":
    """The content of a plan file. Raises UsageError if it is none."""
    try:
        return plan_file(file)[1]
    except Refused as error:
        raise UsageError(f"{file}: {error}") from error
