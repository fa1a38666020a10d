"""Where the time of a run goes: seconds by stage. It measures, and decides nothing."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stages:
    """Seconds that each stage took so far, in the order in which they were first entered."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what passes inside for the stage ``name``."""
        began = self._clock()
        try:
            yield
        finally:
            self.move(self._clock() - began, to=name)

    def move(self, seconds: float, *, to: str, out_of: str = "") -> None:
        """Count ``seconds`` for one stage, and where they were counted for another already, not for that."""
        if out_of:
            self.seconds[out_of] = self.seconds.get(out_of, 0.0) - seconds
        self.seconds[to] = self.seconds.get(to, 0.0) + seconds
