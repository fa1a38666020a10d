"""The progress of a run on standard error: live rows on a terminal, plain lines elsewhere.

Without a terminal each change has a single line: applied changes here, the others in the report at the end.
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
"""Takes an event: the outcome of a change, the progress of a change, or a sentence."""
Needs = Mapping["Address", Sequence["Address"]]
"""The changes in order, each with the changes that it waits for."""
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
"""The colour by action, or by status if the change was not applied."""
ROWS = 12
"""At most this many objects are shown at a time; the rest is counted."""


def line(event: "Outcome | str") -> str:
    """An event as a line of text: ``production/service/api: updated (12.3 s)``."""
    if isinstance(event, str):
        return event
    from reconciler.render.outcomes import error_text, note_text
    from reconciler.render.report import ended

    error, note = error_text(event), note_text(event)
    because = f": {error}" if error else f", {note}" if note else ""
    took = f" ({event.seconds:.1f} s)" if event.seconds else ""
    return f"{event.change.address}: {ended(event)}{took}{because}"


@contextmanager
def progress(needs: Needs, *, quiet: bool, what: str = "Applying") -> Iterator[Tell]:
    """Yield a function that shows the events of a run. With ``quiet`` it shows nothing: the report has everything."""
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
    """An object under way: its start, by ``time.monotonic``, and its progress."""

    since: float
    text: str


class _Rows:
    """The state of a live display: the objects under way, those that wait, and those that are done."""

    def __init__(self, needs: Needs, what: str) -> None:
        self._needs, self._what, self._began = needs, what, time.monotonic()
        self._under_way: dict[Address, _Row] = {}
        self._ended: set[Address] = set()

    def note(self, event: "Outcome | Progress") -> None:
        """Add the progress or the outcome of a change."""
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
            (str(address), row.text, _duration(now - row.since))
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
            table.add_row(*(Text(printable(cell)) for cell in (name, text, took)))
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
            Text(_duration(now - self._began)),
        )
        return Group(table, bar)

    def _open(self, address: "Address") -> str:
        """The first unfinished change that a change waits for, and the number of others."""
        left = [need for need in self._needs[address] if need in self._needs and need not in self._ended]
        if not left:
            return "its turn"
        return f"{left[0].kind}/{left[0].name}{f' and {len(left) - 1} more' if left[1:] else ''}"


def _duration(seconds: float) -> str:
    """A number of seconds as ``m:ss``."""
    return f"{seconds // 60:.0f}:{seconds % 60:02.0f}"


@contextmanager
def _live(needs: Needs, what: str) -> Iterator[Tell]:
    """Live rows at the bottom of the terminal, with lines for ended changes above."""
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
                short = event._replace(cause=None, rollout=None, hosts=None)
                text = line(event if event.status == "applied" else short)
                style = COLOURS[event.change.action if event.status == "applied" else event.status]
            with contextlib.suppress(OSError):  # a closed terminal does not end an apply
                live.console.print(Text(wrapped(printable(text), console.width), style=style), soft_wrap=True)

        yield tell
