"""Opens connections to one server: straight, or by requests through the proxy that the environment names.

Straight is the usual way, and then requests is not loaded: it would take longer than the whole start-up without
it, and 9 MB. It sends nothing, and keeps nothing but the certificates to trust.
"""

import http.client
import os
import socket
import ssl
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from reconciler.errors import Unreachable, UsageError
from reconciler.transport.reasons import reason
from reconciler.transport.server import Server

if TYPE_CHECKING:
    from urllib3.connectionpool import HTTPConnectionPool

Open = Callable[[float], http.client.HTTPConnection]
"""Connects within so many seconds. Raises ``Unreachable``."""


def opener(to: Server) -> Open:
    """How connections to a server are opened. The environment's proxies are read once, here.

    Raises ``UsageError`` where the certificates to trust are not there. They are loaded with the first connection,
    which may be in another thread than the caller's: it takes some 30 ms.
    """
    trust = _Trust() if to.secure else None
    proxy = None if to.loopback or not _may_be_proxied() else _proxy(to.url)
    return (
        partial(_straight, to, trust) if proxy is None else partial(_through, _Proxied(to, proxy, trust), to)
    )


def is_idle(connected: socket.socket) -> bool:
    """Whether nothing came on a connection that is not in use: no end, and no answer that nobody asked for.

    What TLS itself sends after its handshake (RFC 8446, 4.6) is neither.
    """
    try:
        connected.setblocking(False)
        connected.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        return False
    return False


class _Trust:
    """The certificates to trust, loaded once for all connections: that costs more than a connection does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None
        self._place = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or _usual()
        try:
            Path(self._place).stat()
        except OSError as error:
            raise self._unreadable(error) from None

    def context(self) -> ssl.SSLContext:
        """Raises ``UsageError`` where the certificates cannot be read."""
        with self._lock:
            if self._context is None:
                folder = Path(self._place).is_dir()
                try:
                    context = ssl.create_default_context(
                        cafile=None if folder else self._place, capath=self._place if folder else None
                    )
                except OSError as error:
                    raise self._unreadable(error) from None
                context.set_alpn_protocols(["http/1.1"])
                self._context = context
            return self._context

    def _unreadable(self, error: OSError) -> UsageError:
        return UsageError(f"the certificates to trust cannot be read from {self._place}: {reason(error)}")


class _Proxied:
    """requests' way to a server behind a proxy, built with the first connection."""

    def __init__(self, to: Server, proxy: str, trust: _Trust | None) -> None:
        self._to, self._proxy, self._trust = to, proxy, trust
        self._lock = threading.Lock()
        self._pool: HTTPConnectionPool | None = None

    def pool(self) -> "HTTPConnectionPool":
        """The pool that makes connections; it holds none."""
        with self._lock:
            if self._pool is None:
                from requests.adapters import HTTPAdapter

                secured = {"ssl_context": self._trust.context()} if self._trust else {}
                manager = HTTPAdapter(max_retries=0).proxy_manager_for(self._proxy, **secured)
                self._pool = manager.connection_from_url(self._to.url)
            return self._pool


def _usual() -> str:
    import certifi

    return certifi.where()


def _may_be_proxied() -> bool:
    """Elsewhere than on Linux and its like, proxies are also set in the system, which requests looks up."""
    if sys.platform in ("darwin", "win32"):
        return True
    return any(name.lower() in ("http_proxy", "https_proxy", "all_proxy") for name in os.environ)


def _proxy(url: str) -> str | None:
    from requests.utils import get_environ_proxies, select_proxy

    return select_proxy(url, get_environ_proxies(url))


def _straight(to: Server, trust: _Trust | None, seconds: float) -> http.client.HTTPConnection:
    connection = (
        http.client.HTTPSConnection(to.netloc, timeout=seconds, context=trust.context())
        if trust
        else http.client.HTTPConnection(to.netloc, timeout=seconds)
    )
    try:
        connection.connect()
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        raise Unreachable(f"cannot connect to {to.netloc}: {reason(error)}") from None
    except BaseException:
        connection.close()
        raise
    return connection


def _through(proxied: _Proxied, to: Server, seconds: float) -> http.client.HTTPConnection:
    from urllib3.exceptions import HTTPError

    pool = proxied.pool()
    # There is no public way that opens and sends nothing.
    connection = cast(http.client.HTTPConnection, pool._new_conn())  # noqa: SLF001
    connection.timeout = seconds
    try:
        pool._prepare_proxy(connection)  # type: ignore[arg-type]  # noqa: SLF001 - see above; as urllib3 itself does
    except (OSError, HTTPError, http.client.HTTPException) as error:
        connection.close()
        raise Unreachable(
            f"cannot connect to {to.netloc} through the proxy that the environment names: {reason(error)}"
        ) from None
    except BaseException:
        connection.close()
        raise
    return connection
