"""Carries out an operation: sends it, repeats it if ``retry.decide`` says so, and decodes the answer.

A write that may or may not have been carried out raises ``Ambiguous``; the caller finds out by reading.
"""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol, TypeVar

from msgspec import Struct

from reconciler.api import retry
from reconciler.api.answers import Shape, decode, to_error
from reconciler.api.operations import Operation
from reconciler.api.rate_limiter import Clock, RateLimiter
from reconciler.api.redact import HiddenValues, confidential
from reconciler.api.server_clock import ServerClock
from reconciler.credentials.known import KnownValues
from reconciler.errors import Ambiguous, BadAnswer, ReconcilerError, ServerFault, Unreachable
from reconciler.model import Body, Sensitive
from reconciler.transport import Request, Response

T = TypeVar("T")
LONG_WAIT = 5.0
"""A wait of at least so many seconds before a retry is reported."""


PERMIT_LASTS = 20.0
"""Seconds for which a permit to write is valid: a lease is given up 60 s before its end, an exchange takes up to 30."""


class Sender(Protocol):
    """The part of ``Transport`` that is used here."""

    @property
    def confidential(self) -> tuple[str, ...]:
        """Values that no message may hold."""

    def send(self, request: Request) -> Response:
        """Send a request and return the response. Raises ``Unreachable``, ``Ambiguous`` or ``BadAnswer``."""


class _Failure(NamedTuple):
    began: float
    result: retry.AttemptResult
    error: ReconcilerError
    retry_after: float | None = None


class Calls:
    """Calls to a server, shared by all threads of a run, with a common rate limit.

    ``sought`` are the run's hidden values, which are masked in all messages. ``chance`` gives a random number from 0
    to 1; ``tell`` is given messages for people.
    """

    def __init__(
        self,
        transport: Sender,
        *,
        pace: RateLimiter,
        patience: retry.RetryPolicy | None = None,
        clock: Clock | None = None,
        chance: Callable[[], float] = random.random,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._transport, self._pace = transport, pace
        self._patience = patience or retry.RetryPolicy()
        self._clock = clock or Clock()
        self._chance, self._tell = chance, tell
        self.sought = HiddenValues()
        self._told = float("-inf")
        self._server = ServerClock(self._clock.now, self._clock.wall)

    def server_time(self) -> float | None:
        """The server's time now, in seconds since the epoch; None if it is not known or not reliable."""
        return self._server.time()

    def call(
        self,
        operation: Operation,
        shape: Shape[T],
        ids: Mapping[str, str],
        body: Body | None = None,
        *,
        permit: Callable[[], None] | None = None,
    ) -> T:
        """Carry out an operation and return its answer's body, validated by ``shape``.

        ``ids`` fill the path. ``permit`` is called at most ``PERMIT_LASTS`` seconds before each attempt, and stops it
        by raising. Raises, after retries, ``Ambiguous`` for a write that may have been carried out; otherwise
        ``Unauthorized``, ``NotFound``, ``RateLimited``, ``Rejected``, ``ServerFault``, ``BadAnswer``, ``Unreachable``
        or ``Ambiguous``.
        """
        data = None if body is None else json.dumps(body, default=_reveal, allow_nan=False).encode()
        request = Request(operation.method, operation.fill(ids), data)
        attempt, began = 0, None
        while True:
            attempt += 1
            answer = self._in_turn(request, shape, body, permit)
            if not isinstance(answer, _Failure):
                self._pace.answered()
                return answer
            began = answer.began if began is None else began
            self._wait(operation, answer, attempt, self._clock.now() - began)

    def _in_turn(
        self, request: Request, shape: Shape[T], body: Body | None, permit: Callable[[], None] | None
    ) -> T | _Failure:
        """An attempt. ``permit`` is called without a slot of the rate limiter, since it may send a request itself."""
        while True:
            if permit is not None:
                permit()
            asked = self._clock.now()
            with self._pace.turn():
                if permit is None or self._clock.now() - asked < PERMIT_LASTS:
                    return self._attempt(request, shape, body)

    def _wait(self, operation: Operation, failure: _Failure, attempt: int, spent: float) -> None:
        """Wait until the request may be repeated; raise its error if it may not."""
        decision = retry.decide(
            failure.result,
            safe=operation.safe,
            attempt=attempt,
            spent=spent,
            retry_after=failure.retry_after,
            chance=self._chance(),
            policy=self._patience,
        )
        seconds = decision.seconds if isinstance(decision, retry.Wait) else 0.0
        if failure.result in retry.BUSY:
            self._pace.refused(seconds)
        if isinstance(decision, retry.GiveUp):
            raise _error(operation, failure)
        self._report_wait(seconds, failure)
        self._clock.sleep(seconds)

    def _report_wait(self, seconds: float, failure: _Failure) -> None:
        """Report a long wait, once for all threads, so that the run does not seem to hang."""
        now = self._clock.now()
        if seconds >= LONG_WAIT and now >= self._told:
            self._told = now + seconds
            self._tell(f"waiting {seconds:.0f} s before asking again: {failure.error}")

    def _attempt(self, request: Request, shape: Shape[T], body: Body | None) -> T | _Failure:
        began = self._clock.now()
        try:
            response = self._transport.send(request)
        except Unreachable as error:
            return _Failure(began, "unreachable", error)
        except Ambiguous as error:
            return _Failure(began, "ambiguous", error)
        except BadAnswer as error:
            return _Failure(began, error.status, error)
        self._server.answered(response.headers.get("date"), began=began, ended=self._clock.now())
        if 200 <= response.status < 300:
            try:
                return decode(shape, request, response, _Hidden(self._transport, self.sought, body))
            except BadAnswer as error:
                return _Failure(began, "unreadable", error)
        after = retry.retry_after(response.headers.get("retry-after"), now=self.server_time())
        return _Failure(
            began,
            response.status,
            to_error(request, response, _Hidden(self._transport, self.sought, body)),
            after,
        )


class _Hidden(Struct, frozen=True):
    """Values that a message about a request must not hold, read only if there is a message."""

    transport: Sender
    sought: HiddenValues
    body: Body | None

    def __iter__(self) -> Iterator[str | KnownValues]:
        yield from self.transport.confidential
        yield from confidential(self.body)
        yield self.sought.known


def _error(operation: Operation, failure: _Failure) -> ReconcilerError:
    """The error to raise: ``Ambiguous`` for a write that may have been carried out, whatever the answer was."""
    error = failure.error
    if operation.safe or not (failure.result == 408 or isinstance(error, ServerFault | BadAnswer)):
        return error
    doubt = Ambiguous(f"{error} (the change may or may not have been carried out)")
    doubt.__cause__ = error
    return doubt


def _reveal(value: Any) -> str:
    if isinstance(value, Sensitive):
        return value.reveal()
    raise TypeError(f"{type(value).__name__} cannot be sent")
