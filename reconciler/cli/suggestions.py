"""What may have been meant by an option or a command that there is not. Loaded once something is wrong."""

from collections.abc import Iterable
from difflib import get_close_matches

import click

NEAR = 0.8
"""How alike two names have to be, from 0 to 1: a guess that is wrong is worse than none."""
INSTEAD = {"--dry-run": "To see what an apply would do, use `reconciler plan`, which cannot write."}
"""What other tools call what this one does otherwise."""


def wording(error: click.UsageError) -> str:
    """What is wrong with the command line, and what may have been meant."""
    if not isinstance(error, click.NoSuchOption):
        return error.format_message()
    parameters = error.ctx.command.get_params(error.ctx) if error.ctx else ()
    known = [name for one in parameters for name in one.opts if name.startswith("--")]
    hint = INSTEAD.get(error.option_name) or meant(error.option_name, known)
    return f"No such option {error.option_name!r}.{' ' if hint else ''}{hint}"


def meant(name: str, known: Iterable[str]) -> str:
    """A question after the nearest of ``known``, or "" where none is near."""
    near = get_close_matches(name, known, n=1, cutoff=NEAR)
    return f"Did you mean {near[0]!r}?" if near else ""
