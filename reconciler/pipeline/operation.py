"""What one-off operations share: how one ended, and the clock by which they wait."""

import time
from collections.abc import Callable, Sequence

from msgspec import Struct

from reconciler.model import Status

Tell = Callable[[str], None]


class OperationResult(Struct, frozen=True):
    """How one operation ended; ``message`` is for people. ``unknown``: it may or may not have been carried out."""

    what: str
    status: Status
    message: str = ""

    def __str__(self) -> str:
        word = "done" if self.status == "applied" else self.status
        return f"{self.what}: {word}{', ' if self.message else ''}{self.message}"


class OperationClock(Struct, frozen=True):
    """Time as operations see it."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def exit_code(results: Sequence[OperationResult]) -> int:
    """0 only if everything was done."""
    return 0 if all(result.status == "applied" for result in results) else 1
