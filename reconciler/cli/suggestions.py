"""Suggestions for unknown options and commands. Imported only after an error."""

from collections.abc import Iterable
from difflib import get_close_matches

import click

NEAR = 0.8
"""The similarity of two names, from 0 to 1, from which a name is suggested."""
INSTEAD = {"--dry-run": "To see what an apply would do, use `reconciler plan`, which cannot write."}
"""Hints for options of other tools."""


def wording(error: click.UsageError) -> str:
    """The error in the command line, with a suggestion."""
    if not isinstance(error, click.NoSuchOption):
        return error.format_message()
    parameters = error.ctx.command.get_params(error.ctx) if error.ctx else ()
    known = [name for parameter in parameters for name in parameter.opts if name.startswith("--")]
    hint = INSTEAD.get(error.option_name) or suggest(error.option_name, known)
    return f"No such option {error.option_name!r}.{' ' if hint else ''}{hint}"


def suggest(name: str, known: Iterable[str]) -> str:
    """A suggestion of the nearest of ``known``, or "" if none is near."""
    near = get_close_matches(name, known, n=1, cutoff=NEAR)
    return f"Did you mean {near[0]!r}?" if near else ""
