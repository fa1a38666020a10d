"""Checks the API's URL and the token. No I/O."""

import base64
import re
from typing import NamedTuple
from urllib.parse import urlsplit

from reconciler.errors import UsageError

EXAMPLE = "https://api.medstack.co/v1"
PATH = re.compile(r"/[!-~]*")
"""A path in a request: printable ASCII, no spaces."""


class ServerAddress(NamedTuple):
    """The address of a server. ``netloc`` is host and port as in the Host header; ``url`` does not end in a slash."""

    url: str
    secure: bool
    loopback: bool
    netloc: str


def server(url: str) -> ServerAddress:
    """The server of a base URL.

    Raises UsageError for a URL that cannot be used; a URL with an @, which may hold credentials, is not repeated in
    it, nor is a query or a fragment.
    """
    if (
        "@" in url
    ):  # anywhere: without a scheme, or with a slash in the password, it is no user name to urlsplit
        raise UsageError(
            "the API's URL holds a user name or password: credentials are given as MEDSTACK_TOKEN_KEY and "
            "MEDSTACK_TOKEN_VALUE only"
        )
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise UsageError(f"the API's URL is not a URL; it must look like {EXAMPLE}") from None
    shown = re.split("[?#]", url, maxsplit=1)[0]
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise UsageError(f"the API's URL must look like {EXAMPLE}, without a query, not {shown!r}")
    if not PATH.fullmatch(parts.path or "/") or not re.fullmatch(r"[!-~]+", parts.netloc):
        raise UsageError(f"the API's URL holds characters that cannot be sent: {shown!r}")
    loopback = host in ("localhost", "::1") or re.fullmatch(r"127(\.\d{1,3}){3}", host) is not None
    if parts.scheme == "http" and not loopback:
        raise UsageError(
            f"plain http would send the credentials to {host} readable by anyone on the way: use https (http "
            "is for this machine alone: localhost, 127.0.0.1, [::1])"
        )
    whole = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
    return ServerAddress(whole, parts.scheme == "https", loopback, parts.netloc)


def token(key: str, value: str) -> str:
    """The credentials for HTTP Basic (RFC 7617). Raises UsageError, whose message does not contain them."""
    for part, text in (("key", key), ("value", value)):
        name = f"MEDSTACK_TOKEN_{part.upper()}"
        if not text:
            raise UsageError(f"{name} is empty: set it to the {part} of a personal access token")
        if any(
            ord(character) < 32 or 127 <= ord(character) < 160 or 0xD800 <= ord(character) < 0xE000
            for character in text
        ):
            raise UsageError(
                f"{name} holds a line break, a control character or bytes that are not UTF-8: was it pasted "
                "completely?"
            )
    if ":" in key:
        raise UsageError("MEDSTACK_TOKEN_KEY holds a colon, which no key does: was the value pasted too?")
    return base64.b64encode(f"{key}:{value}".encode()).decode()
