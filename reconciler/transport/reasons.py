"""Why an exchange failed, in words for people that hold nothing of the request."""

import http.client
import socket
import ssl
import zlib

_WORDS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (socket.gaierror, "its name cannot be resolved; check the API's URL and the network"),
    (TimeoutError, "time-out"),
    (
        (http.client.IncompleteRead, http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError),
        "the connection was closed early",
    ),
    (http.client.HTTPException, "the answer is not HTTP"),
    (zlib.error, "its gzip coding is damaged"),
    (ValueError, "the answer is not HTTP"),
)


def reason(error: BaseException) -> str:
    """The innermost cause that says something; libraries wrap the system's own errors in theirs."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"its certificate is not trusted ({error.verify_message}); where your company's own authority "
            "signs it, name that authority's file in REQUESTS_CA_BUNDLE"
        )
    if isinstance(error, ssl.SSLError):
        return f"TLS failed ({(error.reason or 'no reason given').replace('_', ' ').lower()})"
    for kinds, words in _WORDS:
        if isinstance(error, kinds):
            return words
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    if isinstance(error, OSError) and error.args and "unnel" in str(error.args[0]):
        return "the proxy refused to connect"
    return reason(error.__cause__) if error.__cause__ is not None else "no reason given"
