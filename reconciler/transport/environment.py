"""The proxy and the trusted certificates, from the environment."""

import os
import re
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import certifi
from requests.utils import get_environ_proxies, select_proxy

from reconciler.errors import UsageError
from reconciler.transport.reasons import reason


def certificates() -> ssl.SSLContext:
    """The trusted certificates: those of ``REQUESTS_CA_BUNDLE`` or ``CURL_CA_BUNDLE`` (a file or a folder), as in
    requests; else of ``SSL_CERT_FILE`` and ``SSL_CERT_DIR``, as in OpenSSL; else certifi's.

    Raises ``UsageError`` if they cannot be read.
    """
    bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    given = (bundle,) if bundle else (os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    places = [Path(place) for place in given if place] or [Path(certifi.where())]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for at in places:
        if at.is_fifo():  # without a writer it has no end
            raise UsageError(f"the certificates to trust cannot be read from {at}: it is a pipe")
        try:
            context.load_verify_locations(*((None, str(at)) if at.is_dir() else (str(at), None)))
        except OSError as why:
            raise UsageError(f"the certificates to trust cannot be read from {at}: {reason(why)}") from None
    return context


def proxy(url: str) -> str | None:
    """The proxy for a server, or None: ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``, in upper or lower case, else
    the system's setting; without a scheme it is an HTTP proxy, as in curl.

    Raises ``UsageError`` for an invalid proxy, without repeating it: it may hold a password.
    """
    found = select_proxy(url, get_environ_proxies(url))
    if not found:
        return None
    text = found if "://" in found else f"http://{found}"
    try:
        parts = urlsplit(text)
        scheme = parts.scheme if parts.hostname and parts.port != 0 and re.fullmatch(r"[!-~]+", text) else ""
    except ValueError:
        scheme = ""
    if scheme in ("http", "https"):
        return text
    what = f"a {scheme} proxy, which is not supported" if scheme else "not a URL"
    raise UsageError(
        f"the proxy that the environment names (HTTPS_PROXY or ALL_PROXY) is {what}; expected http://HOST:PORT or "
        "HOST:PORT. NO_PROXY names the hosts that need none"
    )
