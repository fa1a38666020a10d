"""How far a run is: what is under way and what waits on a terminal, plain lines elsewhere. Always on standard error.

Without a terminal each change has one line in all: those that were applied here, the rest in the report at the end.
"""

import contextlib
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from reconciler.cli.console import colourful, is_terminal, printable, say

if TYPE_CHECKING:
    from rich.console import Group

    from reconciler.model import Address, Event, Outcome, Progress

Tell = Callable[["Event"], None]
"""Takes what has happened: how a change ended, how far another is, or a sentence on what is going on."""
Needs = Mapping["Address", Sequence["Address"]]
"""What is to be done, in order, each with what it waits for."""
DONE = {
    "create": "created",
    "update": "updated",
    "replace": "replaced",
    "delete": "deleted",
    "adopt": "adopted",
}
COLOURS = {
    "create": "green",
    "update": "yellow",
    "replace": "red",
    "delete": "red",
    "adopt": "cyan",
    "failed": "bold red",
    "skipped": "yellow",
    "unknown": "bold magenta",
}
"""By what was done, or by how it ended where it was not."""
ROWS = 12
"""How many objects are shown at a time; the rest is counted."""


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
def progress(needs: Needs, *, quiet: bool, what: str = "Applying") -> Iterator[Tell]:
    """Yield what tells people how the run of ``needs`` goes. With ``quiet`` nothing is told: the report has it all."""
    if quiet:
        yield lambda _: None
    elif is_terminal(sys.stderr):
        with _live(needs, what) as tell:
            yield tell
    else:
        yield _plain(len(needs))


def _plain(total: int) -> Tell:
    from reconciler.model import Outcome

    numbers = count(1)

    def tell(event: "Event") -> None:
        if isinstance(event, str):
            say(event)
        elif isinstance(event, Outcome) and event.status == "applied":
            say(f"[{next(numbers)}/{total}] {line(event)}")

    return tell


class _Row(NamedTuple):
    """An object under way: since when, by ``time.monotonic``, and how far it is."""

    since: float
    text: str


class _Rows:
    """What is under way, what waits for what, and how much is done. ``shown`` is what a terminal shows of it."""

    def __init__(self, needs: Needs, what: str) -> None:
        self._needs, self._what, self._began = needs, what, time.monotonic()
        self._under_way: dict[Address, _Row] = {}
        self._ended: set[Address] = set()

    def note(self, event: "Outcome | Progress") -> None:
        """Take in how far a change is, or that it has ended."""
        from reconciler.model import Outcome

        if isinstance(event, Outcome):
            self._ended.add(event.change.address)
            self._under_way.pop(event.change.address, None)
        elif event.address not in self._ended:
            since = self._under_way.get(event.address, _Row(time.monotonic(), "")).since
            self._under_way[event.address] = _Row(since, event.text)

    def shown(self) -> "Group":
        """A row for each object that is under way or waits, then the bar."""
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        now = time.monotonic()
        running = [
            (str(address), row.text, _lasting(now - row.since))
            for address, row in list(self._under_way.items())
        ]
        waiting = [
            (str(address), f"waits for {self._open(address)}", "")
            for address in self._needs
            if address not in self._ended and address not in self._under_way
        ]
        room = max(1, min(ROWS, shutil.get_terminal_size().lines // 2))
        rows = [*running, *waiting]
        table = Table.grid(padding=(0, 2), expand=True)
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=3)
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=4)
        table.add_column(no_wrap=True, justify="right", width=7)
        for name, text, took in rows[:room]:
            table.add_row(*(Text(printable(one)) for one in (name, text, took)))
        if len(rows) > room:
            table.add_row(Text(f"and {len(rows) - room:,} more"), Text(""), Text(""))
        bar = Table.grid(padding=(0, 2))
        done, total = len(self._ended), len(self._needs)
        bar.add_row(
            Text(self._what),
            ProgressBar(
                total=max(1, total), completed=done, width=30, complete_style="cyan", finished_style="green"
            ),
            Text(f"{done}/{total}"),
            Text(_lasting(now - self._began)),
        )
        return Group(table, bar)

    def _open(self, address: "Address") -> str:
        """The first of what a change waits for that has not ended, and how many more."""
        left = [one for one in self._needs[address] if one in self._needs and one not in self._ended]
        if not left:
            return "its turn"
        return f"{left[0].kind}/{left[0].name}{f' and {len(left) - 1} more' if left[1:] else ''}"


def _lasting(seconds: float) -> str:
    """A time span as ``m:ss``."""
    return f"{seconds // 60:.0f}:{seconds % 60:02.0f}"


@contextmanager
def _live(needs: Needs, what: str) -> Iterator[Tell]:
    """Lines that scroll by, above rows that stay."""
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    from reconciler.model import Outcome
    from reconciler.render.wrap import wrapped

    console = Console(stderr=True, no_color=not colourful(sys.stderr), highlight=False)
    rows = _Rows(needs, what)

    with Live(console=console, get_renderable=rows.shown, refresh_per_second=8, transient=True) as live:

        def tell(event: "Event") -> None:
            if isinstance(event, str):
                text, style = event, ""
            else:
                rows.note(event)
                if not isinstance(event, Outcome):
                    return
                text = line(event if event.status == "applied" else event._replace(error="", note=""))
                style = COLOURS[event.change.action if event.status == "applied" else event.status]
            with contextlib.suppress(OSError):  # a terminal that is gone does not end an apply
                live.console.print(Text(wrapped(printable(text), console.width), style=style), soft_wrap=True)

        yield tell
