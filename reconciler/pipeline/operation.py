"""The clock and the exit code of one-off operations."""

import time
from collections.abc import Callable, Sequence

from msgspec import Struct

from reconciler.model.operation import OperationResult

Tell = Callable[[str], None]


class OperationClock(Struct, frozen=True):
    """The clock and the sleep of operations, in seconds."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def exit_code(results: Sequence[OperationResult]) -> int:
    """0 only if everything was done."""
    return 0 if all(result.status == "applied" for result in results) else 1
