"""Carries out one operation: sends, sends again where ``retry.decide`` says so, and turns the answer into values.

It never lets a write look finished or failed that may be neither: that is ``Ambiguous``, for the caller to
settle by reading.
"""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

from reconciler.api import retry
from reconciler.api.answers import Shape, decode, to_error
from reconciler.api.dates import ServerClock
from reconciler.api.operations import Operation
from reconciler.api.pace import Clock, RateLimiter
from reconciler.api.redact import HiddenValues, confidential
from reconciler.errors import Ambiguous, BadAnswer, ReconcilerError, ServerFault, Unreachable
from reconciler.model import Body, Sensitive
from reconciler.transport import Request, Response

T = TypeVar("T")
WORTH_TELLING = 5.0
"""Seconds of waiting before a request is sent again that people are told of."""


LEAVE = 20.0
"""Seconds for which leave to write holds; a lease is given up 60 s before its end, and an exchange takes 30."""


class Sender(Protocol):
    """What is asked of a transport."""

    @property
    def confidential(self) -> tuple[str, ...]:
        """What no message may hold."""

    def send(self, request: Request) -> Response:
        """One exchange; raises ``Unreachable``, ``Ambiguous`` or ``BadAnswer``."""


class _Failure(NamedTuple):
    began: float
    happened: retry.Happened
    error: ReconcilerError
    retry_after: float | None = None


class Calls:
    """The way to the server that all threads of a run share, with one pace for all.

    ``sought`` are the values of the run that no message may repeat.
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
        """The server's time now, in seconds since the epoch; None where it is not known, or cannot be trusted."""
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
        """Carry out an operation and give its answer's body, of the shape.

        ``ids`` fill the path. ``permit`` is called before each attempt, at most ``LEAVE`` seconds before, and
        stops it by raising. Raises what ``reconciler.errors`` says of the answer; ``Ambiguous`` for a write that
        may have been carried out, whatever came.
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
        """One attempt. Leave is asked without holding a place: what gives it may need one itself."""
        while True:
            if permit is not None:
                permit()
            asked = self._clock.now()
            with self._pace.turn():
                if permit is None or self._clock.now() - asked < LEAVE:
                    return self._attempt(request, shape, body)

    def _wait(self, operation: Operation, failure: _Failure, attempt: int, spent: float) -> None:
        """Until it may be sent again; raises what happened where it may not."""
        decision = retry.decide(
            failure.happened,
            safe=operation.safe,
            attempt=attempt,
            spent=spent,
            retry_after=failure.retry_after,
            chance=self._chance(),
            patience=self._patience,
        )
        seconds = decision.seconds if isinstance(decision, retry.Wait) else 0.0
        if failure.happened in retry.BUSY:
            self._pace.refused(seconds)
        if isinstance(decision, retry.GiveUp):
            raise _verdict(operation, failure)
        self._tell_of(seconds, failure)
        self._clock.sleep(seconds)

    def _tell_of(self, seconds: float, failure: _Failure) -> None:
        """Tell of a long wait, once for all threads: a run that is waiting must not look as if it hung."""
        now = self._clock.now()
        if seconds >= WORTH_TELLING and now >= self._told:
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


@dataclass(frozen=True, slots=True)
class _Hidden:
    """What a message about a request must not hold; looked up only where there is a message."""

    transport: Sender
    sought: HiddenValues
    body: Body | None

    def __iter__(self) -> Iterator[str]:
        yield from self.transport.confidential
        yield from confidential(self.body)
        yield from self.sought


def _verdict(operation: Operation, failure: _Failure) -> ReconcilerError:
    """The error to raise: a write that may have been carried out is ambiguous, whatever the answer was."""
    error = failure.error
    if operation.safe or not (failure.happened == 408 or isinstance(error, ServerFault | BadAnswer)):
        return error
    doubt = Ambiguous(f"{error} (the change may or may not have been carried out)")
    doubt.__cause__ = error
    return doubt


def _reveal(value: Any) -> str:
    if isinstance(value, Sensitive):
        return value.reveal()
    raise TypeError(f"{type(value).__name__} cannot be sent")
