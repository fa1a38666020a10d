"""How far a run is: a live display on a terminal, plain lines elsewhere. Always on standard error."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

from reconciler.cli.console import colourful, is_terminal, printable, say

if TYPE_CHECKING:
    from reconciler.model import Outcome

Tell = Callable[["Outcome | str"], None]
"""Takes what has happened: how a change ended, or a sentence on what is going on."""
DONE = {
    "create": "created",
    "update": "updated",
    "replace": "replaced",
    "delete": "deleted",
    "adopt": "adopted",
}


def line(event: "Outcome | str") -> str:
    """One event as a line of text: ``production/service/api: updated (12.3 s)``."""
    if isinstance(event, str):
        return event
    change = event.change
    ended = DONE[change.action] if event.status == "applied" else f"{change.action} {event.status}"
    because = f": {event.error}" if event.error else f", {event.note}" if event.note else ""
    took = f" ({event.seconds:.1f} s)" if event.seconds else ""
    return f"{change.address}: {ended}{took}{because}"


@contextmanager
def progress(total: int, *, quiet: bool) -> Iterator[Tell]:
    """Yield what tells people of the ``total`` changes of a run. With ``quiet`` only what failed is told."""
    if quiet:
        yield _failures
    elif colourful(sys.stderr) and is_terminal(sys.stderr):
        with _live(total) as tell:
            yield tell
    else:
        yield _plain(total)


def _failures(event: "Outcome | str") -> None:
    if not isinstance(event, str) and event.status != "applied":
        say(line(event))


def _plain(total: int) -> Tell:
    numbers = count(1)

    def tell(event: "Outcome | str") -> None:
        if not isinstance(event, str):
            say(f"[{next(numbers)}/{total}] {line(event)}")
        else:
            say(line(event))

    return tell


@contextmanager
def _live(total: int) -> Iterator[Tell]:
    """Lines that scroll by, above a bar that stays."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.text import Text

    colour = {"applied": "green", "failed": "bold red", "skipped": "yellow", "unknown": "bold magenta"}
    columns = (TextColumn("Applying"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)

        def tell(event: "Outcome | str") -> None:
            style = colour[event.status] if not isinstance(event, str) else ""
            with contextlib.suppress(OSError):  # a terminal that is gone does not end an apply
                bar.console.print(Text(printable(line(event)), style=style))
            bar.advance(task, int(not isinstance(event, str)))

        yield tell
