"""Why an exchange failed, in words, by the type of the error. The words hold nothing of the request."""

import http.client
import ssl
from collections.abc import Iterator
from socket import gaierror

import urllib3.exceptions as urllib3

_CLOSED = (ConnectionResetError, BrokenPipeError, http.client.RemoteDisconnected, http.client.IncompleteRead)
_WORDS: dict[type[BaseException] | tuple[type[BaseException], ...], str] = {
    ssl.SSLCertVerificationError: "its certificate is not trusted ({0.verify_message}); if your company's own "
    "authority signed it, set REQUESTS_CA_BUNDLE or SSL_CERT_FILE to that authority's file",
    ssl.SSLError: "TLS failed ({0.reason})",
    gaierror: "its name cannot be resolved; check the API's URL and the network",
    TimeoutError: "time-out",
    (*_CLOSED, urllib3.IncompleteRead): "the connection was closed early",
    urllib3.DecodeError: "its gzip data is damaged",
    (http.client.HTTPException, urllib3.ProtocolError, ValueError): "the answer is not HTTP",
}
"""The words for each type of error, the most specific first."""


def reason(error: BaseException) -> str:
    """Why an exchange failed, in words: the most specific reason among ``error`` and the errors that it wraps."""
    wrapped = list(_wrapped(error, []))
    for kinds, words in _WORDS.items():
        if cause := next((candidate for candidate in wrapped if isinstance(candidate, kinds)), None):
            return words.format(cause)
    system = [candidate for candidate in wrapped if isinstance(candidate, OSError)]
    if strerror := next((system_error.strerror for system_error in system if system_error.strerror), None):
        return strerror.lower()
    refused = any(
        type(system_error) is OSError and system_error.args for system_error in system
    )  # http.client's for a CONNECT
    return "the proxy refused to connect" if refused else "no reason given"


def _wrapped(error: object, seen: list[object]) -> Iterator[BaseException]:
    """An error and the errors that it wraps."""
    if isinstance(error, BaseException) and not any(error is earlier for earlier in seen):
        seen.append(error)
        yield error
        for inner in (getattr(error, "reason", None), error.__cause__, error.__context__, *error.args):
            yield from _wrapped(inner, seen)
