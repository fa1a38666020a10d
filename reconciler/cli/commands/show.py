"""``reconciler show``: plan files for people, or for another program."""

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

    No server is asked. Whether a plan still holds is seen when it is applied.

    \b
    Examples:
      reconciler show production.plan.json
      reconciler show production.plan.json --format markdown > comment.md
      reconciler show shard-*.plan.json --format markdown
    """
    held = [_held(file) for file in files]
    plans = [plan for one in held for plan in one.plans]
    diagnostics = dict.fromkeys(problem for one in held for problem in one.diagnostics)
    show(plans, tuple(diagnostics), held[0].meta if len(held) == 1 or style == "json" else None, style)
    return 0


def _held(file: Path) -> "Approved":
    """What a plan file holds. Raises UsageError for what is none: nothing was to be written in any case."""
    try:
        return plan_file(file)[1]
    except Refused as error:
        raise UsageError(f"{file}: {error}") from error
