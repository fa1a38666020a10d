"""Messages go to standard error, results to standard output. What others wrote cannot steer the terminal."""

import contextlib
import os
from collections.abc import Iterable
from typing import TextIO

import click


def printable(text: str) -> str:
    """``text``, its lines kept, with all that could hide, reorder or overwrite shown as an escape."""
    from reconciler.render.visible import visible

    return "\n".join(visible(line) for line in text.split("\n"))


def say(text: str) -> None:
    """Write a message for people to standard error. Where nobody can be told any more, the work still goes on."""
    with contextlib.suppress(OSError):
        click.echo(printable(text), err=True)


def echo(text: str, *, err: bool = False) -> None:
    """Write a result as it is, with the colours that it has, to standard output or standard error."""
    click.echo(text, nl=False, err=err, color=True)


def colourful(stream: TextIO) -> bool:
    """Whether ``stream`` is to be given colour.

    Not with --no-color or NO_COLOR (https://no-color.org); else with FORCE_COLOR (https://force-color.org) or
    CLICOLOR_FORCE (https://bixense.com/clicolors), and on a terminal.
    """
    context = click.get_current_context(silent=True)
    if (context is not None and context.color is False) or os.environ.get("NO_COLOR"):
        return False
    forced = any(os.environ.get(name, "") not in {"", "0"} for name in ("FORCE_COLOR", "CLICOLOR_FORCE"))
    return forced or is_terminal(stream)


def is_terminal(stream: TextIO) -> bool:
    """Whether ``stream`` is a terminal that can do more than print lines."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def nothing(_: str) -> None:
    """In the place of ``say`` where nobody wants to hear."""


def show_done(ended: Iterable[object]) -> None:
    """Print how each operation ended, a line each, as the result."""
    for one in ended:
        click.echo(printable(str(one)))
