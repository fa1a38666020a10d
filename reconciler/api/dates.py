"""The server's time by the Date headers of its answers, and whether these can be trusted.

A lease is judged by it, and an API can be several machines behind one name. So no time is better than a wrong one:
it is given only while all answers agree with each other, and with this machine's clock.
"""

import threading
from collections.abc import Callable
from email.utils import parsedate_to_datetime

SKEW = 10.0
"""Seconds by which clocks may differ: no write starts with under 60 s of a lease left, and an exchange takes 30."""
YEARS = range(2020, 2200)
"""Years of a Date header that can be meant."""


class ServerClock:
    """What the server's clock shows. Threads share it.

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
        """Note an answer's Date header (RFC 9110, 6.6.1), and between which times of ``now`` it was written."""
        if date is None:
            return
        with self._lock:
            if date != self._read[0]:
                self._read = date, _seconds(date)
            if (then := self._read[1]) is None:
                self._differs = True
                return
            # A Date is cut to whole seconds, so the clock showed up to one more.
            self._earliest = max(self._earliest, then - ended)
            self._latest = min(self._latest, then + 1.0 - began)
            self._offset = then - ended
            self._differs = self._differs or self._earliest > self._latest + SKEW

    def time(self) -> float | None:
        """Seconds since the epoch; None where the server has said no time so far, or none that can be trusted: its
        answers, or they and this machine, differ by more than ``SKEW``."""
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
