"""requests' session and adapter, set up for one server. What an error means is decided in ``__init__``."""

import contextlib
import socket
import ssl
import threading
import time
from contextvars import ContextVar
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection


class Attempt:
    """One exchange. ``sent`` is whether its request can have reached the server: final once it was given up."""

    def __init__(self, deadline: float) -> None:
        self.sent = False
        self._deadline, self._given_up = deadline, False
        self._connection: HTTPConnection | None = None
        self._lock = threading.Lock()

    def begin(self, connection: HTTPConnection) -> None:
        """Note that the request is sent now. Raises TimeoutError where nobody waits for an answer any more."""
        with self._lock:
            if self._given_up or time.monotonic() >= self._deadline:
                raise TimeoutError
            self.sent, self._connection = True, connection

    def give_up(self) -> None:
        """Send nothing after this, and end what is being read: the answer came too late, or an interrupt."""
        with self._lock:
            self._given_up = True
            connected = self._connection.sock if self._connection is not None else None
            if isinstance(connected, socket.socket):
                with contextlib.suppress(OSError):
                    connected.shutdown(socket.SHUT_RDWR)


attempt: ContextVar[Attempt] = ContextVar("attempt")
"""What the thread at hand carries out."""


def _begin(connection: HTTPConnection) -> None:
    if connection.is_closed:
        connection.connect()  # before the request counts as sent
    attempt.get().begin(connection)


class _Plain(HTTPConnection):
    def request(self, *args: Any, **options: Any) -> None:
        _begin(self)
        super().request(*args, **options)


class _Secure(HTTPSConnection):
    def request(self, *args: Any, **options: Any) -> None:
        _begin(self)
        super().request(*args, **options)


class _Adapter(HTTPAdapter):
    trusted: ssl.SSLContext | None = None
    opened: Any = None
    """The one pool of connections, once there is one: all requests go to one server."""

    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **options)
        pool.ConnectionCls = _Secure if pool.scheme == "https" else _Plain
        self.opened = pool
        return pool

    def close(self) -> None:
        """Close its connections now: urllib3 would leave those of a forgotten pool to the garbage collector."""
        if self.opened is not None:
            self.opened.close()
            self.opened = None
        super().close()

    def build_connection_pool_key_attributes(self, *args: Any, **options: Any) -> Any:
        host, tls = super().build_connection_pool_key_attributes(*args, **options)
        return host, tls | ({"ssl_context": self.trusted} if self.trusted else {})

    def cert_verify(self, *_: Any) -> None:
        """Nothing: the context has the certificates. Reading them again would take 30 ms for each connection."""


class _Session(requests.Session):
    def get_redirect_target(self, _: requests.Response) -> None:
        """None: a redirect is an answer like any other, and its body is not read without a limit."""


def make_session(*, width: int, trusted: ssl.SSLContext | None, proxy: str | None) -> requests.Session:
    """A session that keeps ``width`` connections, reads nothing of the environment, and keeps no cookies."""
    session, adapter = _Session(), _Adapter(pool_connections=1, pool_maxsize=width, max_retries=0)
    adapter.trusted = trusted
    session.trust_env = False
    session.proxies = {"https": proxy} if proxy else {}
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session
