"""Why an exchange failed, in words for people that hold nothing of the request. Told by types alone."""

import http.client
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any

import urllib3.exceptions as urllib3

_CLOSED = (ConnectionResetError, BrokenPipeError, http.client.RemoteDisconnected, http.client.IncompleteRead)
_WORDS: tuple[tuple[Any, str | Callable[[Any], str]], ...] = (
    (
        ssl.SSLCertVerificationError,
        lambda error: (
            f"its certificate is not trusted ({error.verify_message}); where your company's own authority "
            "signs it, name that authority's file in REQUESTS_CA_BUNDLE or SSL_CERT_FILE"
        ),
    ),
    (
        ssl.SSLError,
        lambda error: f"TLS failed ({str(error.reason or 'no reason given').replace('_', ' ').lower()})",
    ),
    (socket.gaierror, "its name cannot be resolved; check the API's URL and the network"),
    (TimeoutError, "time-out"),
    ((*_CLOSED, urllib3.IncompleteRead), "the connection was closed early"),
    (urllib3.DecodeError, "its gzip coding is damaged"),
    ((http.client.HTTPException, urllib3.ProtocolError, ValueError), "the answer is not HTTP"),
    (OSError, lambda error: (error.strerror or "").lower()),
    (OSError, lambda error: "the proxy refused to connect" if type(error) is OSError and error.args else ""),
)
"""What was raised, the most telling first. The last is http.client's for a CONNECT that was refused."""


def reason(error: BaseException) -> str:
    """The most telling of an error and of all that it was made from."""
    wrapped = list(_wrapped(error, []))
    for kinds, words in _WORDS:
        for cause in wrapped:
            if isinstance(cause, kinds) and (text := words if isinstance(words, str) else words(cause)):
                return text
    return "no reason given"


def _wrapped(error: object, seen: list[object]) -> Iterator[BaseException]:
    """An error and what it wraps: libraries put each other's and the system's errors into their own."""
    if not isinstance(error, BaseException) or any(error is one for one in seen):
        return
    seen.append(error)
    yield error
    for inner in (getattr(error, "reason", None), error.__cause__, error.__context__, *error.args):
        yield from _wrapped(inner, seen)
