"""The one seam to the network: a request goes out, a response comes back, over connections kept alive.

Connections are opened by ``opening.py`` (certificates, proxies, host names). What is written to them and
read from them is one plain exchange (``exchange.py``), so that two things are certain which a session leaves
open: whether a request that failed can have reached the server, and when it is all over.

It never retries, never follows a redirect, never reads ``.netrc``, and speaks plain http to loopback only.
Its messages never hold a credential, a header or a body.
"""

import http.client
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple, Self

from reconciler import __version__
from reconciler.errors import Ambiguous, BadAnswer, Unreachable, UsageError
from reconciler.transport.exchange import Request, Response, TooLarge, read, write
from reconciler.transport.opening import Open, is_idle, opener
from reconciler.transport.reasons import reason
from reconciler.transport.server import PATH, Server, server, token

__all__ = ["Counters", "Exchange", "Request", "Response", "Transport", "connect"]

TIMEOUT = 30.0
"""Seconds for one whole exchange."""
CONNECT_TIMEOUT = 10.0
IDLE = 4.0
"""Seconds after which an unused connection is not trusted any more: servers close theirs from five on, and a
request that crosses such a close cannot be told from one that was carried out."""
LIMIT = 64 * 2**20
"""Bytes of an answer's body that are accepted."""


class Exchange(NamedTuple):
    """What an observer is told of one exchange; ``status`` is 0 where no whole answer came."""

    method: str
    path: str
    status: int
    seconds: float
    sent: int
    received: int


class Counters(NamedTuple):
    """Requests so far, and the bytes of their bodies and of the answers' (unpacked).

    ``turns`` are the times that something was sent while nothing was under way: round trips that were waited for.
    """

    requests: int = 0
    sent: int = 0
    received: int = 0
    turns: int = 0


class Transport:
    """Sends requests to one server as one user. Threads share it; an exchange has a connection to itself."""

    def __init__(
        self,
        connect: Open,
        to: Server,
        credentials: tuple[str, str],
        *,
        timeout: float,
        limit: int,
        observe: Callable[[Exchange], None] | None,
    ) -> None:
        self.confidential = credentials
        """What no message may hold: the Basic token, and the token value in it."""
        self.counters = Counters()
        self._connect, self._to, self._observe = connect, to, observe
        self._timeout, self._limit = timeout, limit
        self._head = (
            f" HTTP/1.1\r\nHost: {to.netloc}\r\nAuthorization: Basic {credentials[0]}\r\n"
            f"User-Agent: reconciler/{__version__}\r\nAccept: application/json\r\nAccept-Encoding: gzip\r\n"
        )
        self._idle: deque[tuple[float, http.client.HTTPConnection]] = deque()
        self._lock = threading.Lock()
        self._closed = False
        self._under_way = 0

    @property
    def is_local(self) -> bool:
        """Whether the server is on this machine."""
        return self._to.loopback

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, request: Request) -> Response:
        """Carry out one exchange; any status is an answer.

        Raises ``Unreachable`` where the request cannot have reached the server, ``Ambiguous`` where it may
        have and no whole answer came in time, ``BadAnswer`` for a body over the limit.
        """
        started = time.monotonic()
        response: Response | None = None
        wire = self._wire(request)
        self._begin()
        try:
            response = self._exchange(request, wire, started + self._timeout)
        finally:
            seconds = time.monotonic() - started
            self._count(request, response, seconds)
        return replace(response, seconds=seconds)

    def warm(self) -> None:
        """Open one more connection for the next request. If that fails, the request will say why."""
        try:
            self._keep(self._open())
        except Unreachable:
            return

    def close(self) -> None:
        """Close what is idle now, and what is in use once its exchange is over."""
        self._closed = True
        while self._idle:
            self._idle.pop()[1].close()

    def _exchange(self, request: Request, wire: bytes, deadline: float) -> Response:
        connection = self._take()
        again = False
        try:
            if time.monotonic() >= deadline:
                raise Unreachable(f"no connection to {self._to.netloc} within {self._timeout:g} s")
            connected = connection.sock
            write(connected, wire, deadline=deadline)
            response, again = read(connected, request.method, deadline=deadline, limit=self._limit)
        except (OSError, http.client.HTTPException, zlib.error, ValueError) as error:
            raise Ambiguous(
                f"{request.method} {request.path} was sent to {self._to.netloc}, and no whole answer came "
                f"(time-out {self._timeout:g} s): {reason(error)}"
            ) from None
        except TooLarge as error:
            raise BadAnswer(
                f"{request.method} {request.path}: the answer is larger than {self._limit:,} bytes",
                status=error.status,
                method=request.method,
                path=request.path,
            ) from None
        finally:
            if again:
                self._keep(connection)
            else:
                connection.close()
        return response

    def _take(self) -> http.client.HTTPConnection:
        """The connection used last, if it can be trusted: the longer unused, the more likely closed."""
        while True:
            try:
                since, connection = self._idle.pop()
            except IndexError:
                return self._open()
            if time.monotonic() - since < IDLE and is_idle(connection.sock):
                return connection
            connection.close()

    def _keep(self, connection: http.client.HTTPConnection) -> None:
        if self._closed:
            connection.close()
        else:
            self._idle.append((time.monotonic(), connection))

    def _open(self) -> http.client.HTTPConnection:
        return self._connect(min(CONNECT_TIMEOUT, self._timeout))

    def _wire(self, request: Request) -> bytes:
        if PATH.fullmatch(request.path) is None:
            raise UsageError("a name or id holds characters that cannot stand in a request's path")
        head = f"{request.method} {self._to.prefix}{request.path}{self._head}"
        if request.body is not None:
            head += f"Content-Type: application/json\r\nContent-Length: {len(request.body)}\r\n"
        elif request.method != "GET":
            head += "Content-Length: 0\r\n"
        return f"{head}\r\n".encode("ascii") + (request.body or b"")

    def _begin(self) -> None:
        with self._lock:
            if not self._under_way:
                self.counters = self.counters._replace(turns=self.counters.turns + 1)
            self._under_way += 1

    def _count(self, request: Request, response: Response | None, seconds: float) -> None:
        sent = len(request.body or b"")
        status, received = (response.status, len(response.body)) if response is not None else (0, 0)
        with self._lock:
            past = self.counters
            self._under_way -= 1
            self.counters = past._replace(
                requests=past.requests + 1, sent=past.sent + sent, received=past.received + received
            )
        if self._observe is not None:
            self._observe(Exchange(request.method, request.path, status, seconds, sent, received))


def connect(
    base_url: str,
    *,
    key: str,
    value: str,
    timeout: float = TIMEOUT,
    limit: int = LIMIT,
    observe: Callable[[Exchange], None] | None = None,
) -> Transport:
    """A transport to ``base_url`` that signs in with the ``key`` and ``value`` of a token. Opens nothing yet.

    ``timeout`` is for one whole exchange, in seconds, its connection included. ``observe`` is called after
    every exchange from the thread that made it: it must be quick and not raise. The environment's proxies are
    read once, here, and not used for loopback; ``REQUESTS_CA_BUNDLE`` names the certificates to trust instead
    of the usual ones. Raises ``UsageError`` for a URL or credentials of no use.
    """
    to, credentials = server(base_url), token(key, value)
    return Transport(opener(to), to, (credentials, value), timeout=timeout, limit=limit, observe=observe)
