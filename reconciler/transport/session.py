"""The session and adapter of requests for a server. Errors are interpreted in ``__init__``."""

import contextlib
import socket
import ssl
import threading
from contextvars import ContextVar
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from reconciler.endpoint import ServerAddress
from reconciler.transport.environment import certificates, proxy


class Attempt:
    """An exchange. ``sent``: its request may have reached the server; final after ``give_up``."""

    def __init__(self) -> None:
        self.sent = self._given_up = False
        self._socket: object = None
        self._lock = threading.Lock()

    def begin(self, connection: HTTPConnection) -> None:
        """Record that the request is sent now. Raises TimeoutError after ``give_up``."""
        with self._lock:
            if self._given_up:
                raise TimeoutError
            self.sent, self._socket = True, connection.sock

    def give_up(self) -> None:
        """Send nothing after this, and stop reading: the time is over, or the run was interrupted."""
        with self._lock, contextlib.suppress(OSError):
            self._given_up = True
            if isinstance(self._socket, socket.socket):
                self._socket.shutdown(socket.SHUT_RDWR)


attempt: ContextVar[Attempt] = ContextVar("attempt")
"""The exchange of the current thread."""


class _Plain(HTTPConnection):
    def request(self, *args: Any, **options: Any) -> None:
        if self.is_closed:
            self.connect()  # before the request counts as sent
        attempt.get().begin(self)
        super().request(*args, **options)


class _Secure(_Plain, HTTPSConnection):
    """The same over TLS."""


class _Adapter(HTTPAdapter):
    trusted: ssl.SSLContext | None = None
    pool: Any = None
    """The pool of connections after the first request; all requests go to the same server."""

    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> Any:
        self.pool = super().get_connection_with_tls_context(*args, **options)
        self.pool.ConnectionCls = _Secure if self.pool.scheme == "https" else _Plain
        return self.pool

    def close(self) -> None:
        """Close the connections now: urllib3 leaves those of an unused pool to the garbage collector."""
        if self.pool is not None:
            self.pool.close()
        super().close()

    def build_connection_pool_key_attributes(self, *args: Any, **options: Any) -> Any:
        host, tls = super().build_connection_pool_key_attributes(*args, **options)
        return host, tls | ({"ssl_context": self.trusted} if self.trusted else {})

    def cert_verify(self, *_: Any) -> None:
        """Do nothing: the context has the certificates, and reading them again would take 30 ms per connection."""


class _Session(requests.Session):
    def get_redirect_target(self, _: requests.Response) -> None:
        """None: a redirect is an answer like any other, and its body is read with a limit."""


def make_session(to: ServerAddress, *, width: int) -> requests.Session:
    """A session that keeps ``width`` connections and no cookies. Proxies and certificates are read here from the
    environment (see ``environment.py``); loopback uses no proxy. Raises ``UsageError`` if they are invalid."""
    session, adapter = _Session(), _Adapter(pool_connections=1, pool_maxsize=width, max_retries=0)
    adapter.trusted = certificates() if to.secure else None
    session.trust_env = False
    if not to.loopback and (found := proxy(to.url)):
        session.proxies = {"https": found}
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session
