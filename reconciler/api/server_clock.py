"""The server's time, from the Date headers of its answers, and whether it is reliable.

Leases depend on it, and an API can be several machines behind a name. So the time is used only while all answers agree
with each other and with this machine's clock.
"""

import threading
from collections.abc import Callable
from email.utils import parsedate_to_datetime

SKEW = 10.0
"""Seconds by which clocks may differ: no write starts with under 60 s of a lease left, and an exchange takes 30."""
YEARS = range(2020, 2200)
"""Plausible years of a Date header."""


class ServerClock:
    """The server's clock. Threads share it.

    ``now`` is a monotonic clock in seconds, ``wall`` this machine's time in seconds since the epoch.
    """

    def __init__(self, now: Callable[[], float], wall: Callable[[], float]) -> None:
        self._now, self._wall = now, wall
        self._lock = threading.Lock()
        self._read: tuple[str, float | None] = "", None
        self._earliest, self._latest = float("-inf"), float("inf")
        self._offset: float | None = None
        self._differs = False

    def answered(self, date: str | None, *, began: float, ended: float) -> None:
        """Add an answer's Date header (RFC 9110, 6.6.1). ``began`` and ``ended`` are when the exchange did, by
        ``now``."""
        if date is None:
            return
        with self._lock:
            if date != self._read[0]:
                self._read = date, _seconds(date)
            if (then := self._read[1]) is None:
                self._differs = True
                return
            # A Date is cut to whole seconds, so the clock may have been up to a second ahead.
            self._earliest = max(self._earliest, then - ended)
            self._latest = min(self._latest, then + 1.0 - began)
            self._offset = then - ended
            self._differs = self._differs or self._earliest > self._latest + SKEW

    def time(self) -> float | None:
        """Seconds since the epoch; None if the server has sent no time, or its answers differ from each other or from
        this machine by more than ``SKEW``."""
        with self._lock:
            if self._offset is None or self._differs:
                return None
            time = self._offset + self._now()
        return time if abs(time - self._wall()) <= SKEW else None


def _seconds(date: str) -> float | None:
    try:
        then = parsedate_to_datetime(date)
        return then.timestamp() if then.year in YEARS else None
    except (ValueError, OverflowError):
        return None
