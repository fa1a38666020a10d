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


def colourful(stream: TextIO) -> bool:
    """Whether ``stream`` is a terminal that is to be given colour (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def nothing(_: str) -> None:
    """In the place of ``say`` where nobody wants to hear."""


def show_done(ended: Iterable[object]) -> None:
    """Print how each operation ended, a line each, as the result."""
    for one in ended:
        click.echo(printable(str(one)))
