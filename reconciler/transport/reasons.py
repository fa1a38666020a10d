"""Why an exchange failed, in words for people that hold nothing of the request. Decided by types alone."""

import http.client
import ssl
from collections.abc import Iterator
from socket import gaierror

import urllib3.exceptions as urllib3

_CLOSED = (ConnectionResetError, BrokenPipeError, http.client.RemoteDisconnected, http.client.IncompleteRead)
_WORDS: dict[type[BaseException] | tuple[type[BaseException], ...], str] = {
    ssl.SSLCertVerificationError: "its certificate is not trusted ({0.verify_message}); where your company's own "
    "authority signs it, name that authority's file in REQUESTS_CA_BUNDLE or SSL_CERT_FILE",
    ssl.SSLError: "TLS failed ({0.reason})",
    gaierror: "its name cannot be resolved; check the API's URL and the network",
    TimeoutError: "time-out",
    (*_CLOSED, urllib3.IncompleteRead): "the connection was closed early",
    urllib3.DecodeError: "its gzip coding is damaged",
    (http.client.HTTPException, urllib3.ProtocolError, ValueError): "the answer is not HTTP",
}
"""What was raised, the most telling first."""


def reason(error: BaseException) -> str:
    """The most telling of an error and of all that it was made from."""
    wrapped = list(_wrapped(error, []))
    for kinds, words in _WORDS.items():
        if cause := next((one for one in wrapped if isinstance(one, kinds)), None):
            return words.format(cause)
    system = [one for one in wrapped if isinstance(one, OSError)]
    if said := next((one.strerror for one in system if one.strerror), None):
        return said.lower()
    refused = any(type(one) is OSError and one.args for one in system)  # http.client's for a CONNECT
    return "the proxy refused to connect" if refused else "no reason given"


def _wrapped(error: object, seen: list[object]) -> Iterator[BaseException]:
    """An error and what it wraps: libraries put each other's and the system's errors into their own."""
    if isinstance(error, BaseException) and not any(error is one for one in seen):
        seen.append(error)
        yield error
        for inner in (getattr(error, "reason", None), error.__cause__, error.__context__, *error.args):
            yield from _wrapped(inner, seen)
