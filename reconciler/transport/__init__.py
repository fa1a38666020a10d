"""The one seam to the network: one session of requests over one adapter. A request goes out, a response comes back.

It repeats nothing, follows no redirect, keeps no cookie, reads no ``.netrc``, and speaks plain http to loopback
only. Of an exchange that fails it says whether the request can have reached the server, and no exchange lasts
longer than its time-out. Its messages never hold a credential, a header or a body.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import requests

from reconciler import __version__
from reconciler.errors import Ambiguous, BadAnswer, ReconcilerError, Unreachable, UsageError
from reconciler.transport.environment import certificates, proxy
from reconciler.transport.reasons import reason
from reconciler.transport.server import PATH, ServerAddress, server, token
from reconciler.transport.session import Attempt, attempt, make_session

__all__ = ["Counters", "Exchange", "Request", "Response", "Transport", "connect"]

TIMEOUT = 30.0
"""Seconds for one whole exchange."""
CONNECT_TIMEOUT = 10.0
"""Seconds for one address of the server, of which there may be several."""
IDLE = 4.0
"""Seconds without any exchange after which all connections are opened anew: servers close idle ones after five or
more, and a request that crosses such a close may or may not have been carried out."""
LIMIT = 64 * 2**20
"""Bytes of an answer's body that are accepted, unpacked."""
CHUNK = 16 * 2**10


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """``path`` begins with ``/``, is relative to the base URL and quoted; ``body`` is JSON, or None."""

    method: str
    path: str
    body: bytes | None = None

    def __repr__(self) -> str:
        return f"Request({self.method} {self.path})"


@dataclass(frozen=True, slots=True, repr=False)
class Response:
    """Header names are in lower case. ``body`` is unpacked. ``seconds`` is the whole exchange."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float = 0.0

    def __repr__(self) -> str:
        return f"Response({self.status}, {len(self.body)} bytes)"


class Exchange(NamedTuple):
    """One exchange, for an observer; ``status`` is 0 where no whole answer came."""

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


class _TooLarge(Exception):
    def __init__(self, status: int) -> None:
        self.status = status


class Transport:
    """Sends requests to one server as one user. Threads share it."""

    def __init__(
        self,
        session: requests.Session,
        to: ServerAddress,
        credentials: tuple[str, str],
        *,
        timeout: float,
        limit: int,
        observe: Callable[[Exchange], None] | None,
    ) -> None:
        self.confidential = credentials
        """What no message may hold: the Basic token, and the token value in it."""
        self.counters = Counters()
        self._session, self._to, self._observe = session, to, observe
        self._timeout, self._limit = timeout, limit
        self._headers = {
            "Authorization": f"Basic {credentials[0]}",
            "User-Agent": f"reconciler/{__version__}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
        }
        self._lock = threading.Lock()
        self._closed = False
        self._under_way, self._last = 0, time.monotonic()

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
        prepared = self._prepared(request)
        self._begin()
        started, ended = time.monotonic(), None
        try:
            ended = self._within_time(request, prepared, Attempt(started + self._timeout))
        finally:
            seconds = time.monotonic() - started
            self._end(request, ended, seconds)
        if isinstance(ended, Response):
            return replace(ended, seconds=seconds)
        raise ended

    def close(self) -> None:
        """Close what is idle now, and what is in use once its exchange is over."""
        self._closed = True
        self._session.close()

    def _prepared(self, request: Request) -> requests.PreparedRequest:
        if PATH.fullmatch(request.path) is None:
            raise UsageError("a name or id holds characters that cannot stand in a request's path")
        headers = self._headers
        if request.body is not None:
            headers = {**headers, "Content-Type": "application/json"}
        prepared = requests.PreparedRequest()
        prepared.prepare(request.method, self._to.url + request.path, headers=headers, data=request.body)
        return prepared

    def _within_time(
        self, request: Request, prepared: requests.PreparedRequest, current: Attempt
    ) -> Response | ReconcilerError:
        """In a thread of its own: a look-up of a name, a handshake and a head that drips know no time-out of all."""
        ended: list[Response | ReconcilerError] = []

        def carry_out() -> None:
            attempt.set(current)
            try:
                ended.append(self._exchange(prepared))
            except Exception as error:  # noqa: BLE001 - whatever was raised, it is known whether it was sent
                ended.append(self._error(request, error, sent=current.sent))

        thread = threading.Thread(target=carry_out, name="exchange", daemon=True)
        thread.start()
        try:
            thread.join(self._timeout)
        finally:
            late = thread.is_alive()
            if late:  # what the thread still gets is cut short by this, and no answer
                current.give_up()
        return self._error(request, TimeoutError(), sent=current.sent) if late else ended[0]

    def _exchange(self, prepared: requests.PreparedRequest) -> Response:
        times = (min(CONNECT_TIMEOUT, self._timeout), self._timeout)
        with self._session.send(prepared, stream=True, timeout=times, allow_redirects=False) as answer:
            if answer.status_code < 200:
                raise ValueError("an interim answer that was not asked for")
            headers = {name.lower(): text for name, text in answer.headers.items()}
            return Response(answer.status_code, headers, self._body(answer))

    def _body(self, answer: requests.Response) -> bytes:
        announced = answer.headers.get("Content-Length", "")
        size = int(announced[:20]) if announced.isascii() and announced.isdigit() else 0
        parts: list[bytes] = []
        if size <= self._limit:
            size = 0
            for part in answer.iter_content(CHUNK):
                parts.append(part)
                size += len(part)
                if size > self._limit:
                    break
        if size > self._limit:
            raise _TooLarge(answer.status_code)
        return b"".join(parts)

    def _error(self, request: Request, error: Exception, *, sent: bool) -> ReconcilerError:
        what, to = f"{request.method} {request.path}", self._to.netloc
        if isinstance(error, _TooLarge):
            return BadAnswer(
                f"{what}: the answer is larger than {self._limit:,} bytes",
                status=error.status,
                method=request.method,
                path=request.path,
            )
        if sent:
            return Ambiguous(
                f"{what} was sent to {to}, and no whole answer came (time-out {self._timeout:g} s): {reason(error)}"
            )
        proxied = " through the proxy that the environment names" if self._session.proxies else ""
        return Unreachable(f"cannot connect to {to}{proxied}: {reason(error)}")

    def _begin(self) -> None:
        with self._lock:
            if not self._under_way:
                if time.monotonic() - self._last >= IDLE:
                    self._session.close()
                self.counters = self.counters._replace(turns=self.counters.turns + 1)
            self._under_way += 1

    def _end(self, request: Request, ended: Response | ReconcilerError | None, seconds: float) -> None:
        sent = len(request.body or b"")
        status, received = (ended.status, len(ended.body)) if isinstance(ended, Response) else (0, 0)
        with self._lock:
            past = self.counters
            self._under_way -= 1
            self._last = time.monotonic()
            if self._closed and not self._under_way:
                self._session.close()
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
    parallelism: int = 16,
    timeout: float = TIMEOUT,
    limit: int = LIMIT,
    observe: Callable[[Exchange], None] | None = None,
) -> Transport:
    """A transport to ``base_url`` that signs in with the ``key`` and ``value`` of a token. Opens nothing yet.

    ``parallelism`` is how many connections are kept. ``timeout`` is for one whole exchange, in seconds, its
    connection included. ``observe`` is called after every exchange from the thread that asked for it: it must be
    quick and not raise. The environment's proxies and certificates (see ``environment.py``) are read once, here;
    proxies are not used for loopback. Raises ``UsageError`` for a URL, credentials, a proxy or certificates of no
    use.
    """
    to, credentials = server(base_url), token(key, value)
    session = make_session(
        width=parallelism,
        trusted=certificates() if to.secure else None,
        proxy=None if to.loopback else proxy(to.url),
    )
    return Transport(session, to, (credentials, value), timeout=timeout, limit=limit, observe=observe)
