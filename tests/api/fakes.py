"""A transport with scripted answers, and a clock that only moves during sleeps."""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.api.calls import Calls
from reconciler.api.rate_limiter import Clock, RateLimiter
from reconciler.transport import Request, Response

Reply = Response | Exception


def said(body: Any = None, status: int = 200, **headers: str) -> Response:
    """An answer with a JSON body, or with the bytes that are given."""
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return Response(status, {name.replace("_", "-"): text for name, text in headers.items()}, data)


@dataclass
class Fake:
    """Returns ``answers`` in turn; the last one is repeated."""

    answers: Sequence[Reply]
    confidential: tuple[str, ...] = ("dG9rZW4=", "token-value-of-mine")
    sent: list[Request] = field(default_factory=list)

    def send(self, request: Request) -> Response:
        self.sent.append(request)
        reply = self.answers[min(len(self.sent), len(self.answers)) - 1]
        if isinstance(reply, Exception):
            raise reply
        return reply


BEGAN = 1795513400.0
"""The time at which the clocks below show 0. They start at 1000, which is 2026-11-24 10:00:00 UTC."""


@dataclass
class FakeTime:
    """A clock whose ``sleep`` returns at once; ``slept`` are the requested sleeps, in seconds."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.now, sleep=self.sleep, wall=lambda: self.now + BEGAN)

    def sleep(self, seconds: float) -> None:
        with self.lock:
            self.slept.append(seconds)
            self.now += seconds


def calls(fake: Fake, *, time: FakeTime | None = None, chance: float = 0.5, pace: int = 8) -> Calls:
    clock = (time or FakeTime()).clock
    return Calls(fake, pace=RateLimiter(pace, clock=clock), clock=clock, chance=lambda: chance)
