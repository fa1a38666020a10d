"""Limits the rate of requests for all threads together: if the server asks a thread to wait, all threads wait.

Retries are decided in ``retry.py``. Clock and sleep are parameters, so that tests need no time.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

SETTLE = 1.0
"""Seconds within which several refusals count as one, so that the rate is halved once."""


class Clock(NamedTuple):
    """A monotonic clock in seconds, a sleep, and the machine's time in seconds since the epoch."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] = time.sleep
    wall: Callable[[], float] = time.time


class RateLimiter:
    """At most ``parallelism`` requests at once and ``rate`` per second; fewer if the server asks for it."""

    def __init__(self, parallelism: int, *, rate: float | None = None, clock: Clock | None = None) -> None:
        self._most = max(1, parallelism)
        self._gap = 1.0 / rate if rate else 0.0
        self._clock = clock or Clock()
        self._room = threading.Condition()
        self._width, self._busy, self._good = self._most, 0, 0
        self._next = self._held = self._slowed = float("-inf")

    @property
    def width(self) -> int:
        """The number of requests that may be under way at present."""
        return self._width

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until a request may be sent, and count it as under way inside."""
        while (seconds := self._enter()) > 0:
            self._clock.sleep(seconds)
        try:
            yield
        finally:
            with self._room:
                self._busy -= 1
                self._room.notify()

    def _enter(self) -> float:
        """Count a request as under way and return 0, or return the seconds to wait first."""
        with self._room:
            while self._busy >= self._width:
                self._room.wait()
            now = self._clock.now()
            if (wait := max(self._held, self._next) - now) > 0:
                self._room.notify()
                return wait
            self._next = now + self._gap
            self._busy += 1
            return 0.0

    def refused(self, seconds: float) -> None:
        """The server is too busy: halve the number of requests at once, and send nothing for ``seconds``."""
        with self._room:
            now = self._clock.now()
            self._held = max(self._held, now + seconds)
            if now - self._slowed >= SETTLE:
                self._width = max(1, self._width // 2)
                self._slowed = now
            self._good = 0

    def answered(self) -> None:
        """The server answered: after as many answers as requests are allowed at once, allow one more."""
        if self._width == self._most:
            return
        with self._room:
            self._good += 1
            if self._good >= self._width and self._width < self._most:
                self._width += 1
                self._good = 0
                self._room.notify()
