"""Measures the time of a run: seconds by stage."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stages:
    """The seconds of each stage so far, in the order in which they first began."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the time inside ``with`` for the stage ``name``."""
        began = self._clock()
        try:
            yield
        finally:
            self.move(self._clock() - began, to=name)

    def move(self, seconds: float, *, to: str, out_of: str = "") -> None:
        """Count ``seconds`` for one stage. If they were already counted for another, they are subtracted there."""
        if out_of:
            self.seconds[out_of] = self.seconds.get(out_of, 0.0) - seconds
        self.seconds[to] = self.seconds.get(to, 0.0) + seconds
