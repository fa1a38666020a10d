"""HTTP exchanges with the server: sends a request and returns the response.

It repeats nothing, follows no redirect, keeps no cookie, reads no ``.netrc``, and uses plain http for loopback only.
The error of a failed exchange says whether the request may have reached the server, and no exchange takes longer
than its time-out. Its messages never hold a credential, a header or a body.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager

from requests import PreparedRequest

from reconciler import __version__
from reconciler.endpoint import PATH, server, token
from reconciler.errors import Ambiguous, BadAnswer, Unreachable, UsageError
from reconciler.model.exchange import Exchange, Request, Response
from reconciler.transport.reasons import reason
from reconciler.transport.session import Attempt, attempt, make_session

__all__ = ["Exchange", "Request", "Response", "Transport"]

TIMEOUT = 30.0
"""Seconds for an exchange in total."""
CONNECT_TIMEOUT = 10.0
"""Seconds to connect to an address of the server, which may have several."""
IDLE = 4.0
"""After so many seconds without an exchange all connections are reopened: servers close idle connections after five
seconds or more, and a request sent at that moment may or may not be carried out."""
LIMIT = 64 * 2**20
"""Bytes of an answer's body that are accepted, unpacked."""
CHUNK = 16 * 2**10


class Transport(AbstractContextManager["Transport"]):
    """Sends requests to a server with a token. Threads share it. It connects at the first request."""

    def __init__(
        self,
        base_url: str,
        *,
        key: str,
        value: str,
        parallelism: int = 16,
        timeout: float = TIMEOUT,
        limit: int = LIMIT,
        observe: Callable[[Exchange], None] = lambda _: None,
    ) -> None:
        """Sign in with the ``key`` and ``value`` of a token, and keep ``parallelism`` connections.

        ``timeout`` is for an exchange with its connection, in seconds; ``limit`` is for the bytes of an answer's body.
        ``observe`` is called after every exchange, by the thread that sent it: it must not raise.
        Raises ``UsageError`` for an invalid URL, credentials, proxy or certificates.
        """
        to, basic = server(base_url), token(key, value)
        self.confidential = (basic, value)
        """Values that no message may hold: the Basic token, and the token value in it."""
        self.is_local = to.loopback
        """Whether the server is on this machine."""
        self._to, self._timeout, self._limit, self._observe = to, timeout, limit, observe
        self._last_used, self._closed = time.monotonic(), False
        self._session = make_session(to, width=parallelism)
        signed = {"Authorization": f"Basic {basic}", "User-Agent": f"reconciler/{__version__}"}
        accepted = {"Accept": "application/json", "Accept-Encoding": "gzip"}
        # The headers that all requests share, checked once: for each request it would take a fifth of its CPU time.
        self._common = PreparedRequest()
        self._common.prepare_headers({**self._session.headers, **signed, **accepted})

    def send(self, request: Request) -> Response:
        """Send a request and return the response, whatever its status.

        Raises ``Unreachable`` if the request cannot have reached the server, ``Ambiguous`` if it may have and no
        complete answer came in time, ``BadAnswer`` for a body over the limit, ``UsageError`` for an invalid path.
        """
        if PATH.fullmatch(request.path) is None:
            raise UsageError("a name or id contains characters that are not allowed in a request's path")
        began, response = time.monotonic(), None
        if began - self._last_used >= IDLE:
            self._session.close()
        self._last_used = began
        try:
            response = self._within_time(request)
        finally:
            self._last_used = time.monotonic()
            if self._closed:
                self._session.close()
            status, received = (response.status, len(response.body)) if response is not None else (0, 0)
            took, sent = self._last_used - began, len(request.body or b"")
            self._observe(Exchange(request.method, request.path, status, took, sent, received, began))
        return response

    def close(self) -> None:
        """Close idle connections now, and those in use after their exchange."""
        self._closed = True
        self._session.close()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _within_time(self, request: Request) -> Response:
        """Run the exchange in a thread: name look-up, handshake and slow headers have no total time-out otherwise."""
        current, ended = Attempt(), Future[Response]()

        def carry_out() -> None:
            attempt.set(current)
            try:
                ended.set_result(self._exchange(request))
            except Exception as error:  # noqa: BLE001 - any error; whether the request was sent is known
                ended.set_exception(error)

        threading.Thread(target=carry_out, name="exchange", daemon=True).start()
        try:
            error = ended.exception(self._timeout)
        except TimeoutError as late:
            error = late
        finally:
            if not ended.done():  # this ends the thread's reading; a late answer is ignored
                current.give_up()
        if error is None or isinstance(error, BadAnswer):
            return ended.result()
        if current.sent:
            raise Ambiguous(
                f"{request.method} {request.path} was sent to {self._to.netloc}, and no complete answer came "
                "(time-out "
                f"{self._timeout:g} s): {reason(error)}"
            )
        proxied = " through the proxy that the environment names" if self._session.proxies else ""
        raise Unreachable(f"cannot connect to {self._to.netloc}{proxied}: {reason(error)}")

    def _exchange(self, request: Request) -> Response:
        times = (min(CONNECT_TIMEOUT, self._timeout), self._timeout)
        prepared = self._common.copy()
        prepared.method, prepared.url = request.method, self._to.url + request.path
        if request.body is not None:
            prepared.headers["Content-Type"], prepared.body = "application/json", request.body
        prepared.prepare_content_length(request.body)
        with self._session.send(prepared, stream=True, timeout=times, allow_redirects=False) as answer:
            status, announced = answer.status_code, answer.raw.length_remaining or 0
            if status < 200:
                raise ValueError("an unexpected interim answer")
            body, parts = bytearray(), answer.iter_content(CHUNK)
            while max(announced, len(body)) <= self._limit and (part := next(parts, None)) is not None:
                body += part
            if max(announced, len(body)) > self._limit:
                text = f"{request.method} {request.path}: the answer is larger than {self._limit:,} bytes"
                raise BadAnswer(text, status=status, method=request.method, path=request.path)
            headers = {name.lower(): text for name, text in answer.headers.items()}
            return Response(status, headers, bytes(body))
