"""Requests to a server and its responses, as plain values. Their ``repr`` shows no body and no header."""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct


class Request(Struct, frozen=True):
    """``path`` begins with ``/``, is relative to the base URL and percent-encoded. ``body`` is JSON, or None."""

    method: str
    path: str
    body: bytes | None = None

    def __repr__(self) -> str:
        return f"Request(method={self.method!r}, path={self.path!r})"


class Response(Struct, frozen=True):
    """A response. Header names are in lower case; ``body`` is decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"Response(status={self.status})"


class Exchange(NamedTuple):
    """A request and how it ended, for an observer.

    ``status`` is 0 without a complete response; ``began`` is a time of the monotonic clock, in seconds.
    """

    method: str
    path: str
    status: int
    seconds: float
    sent: int
    received: int
    began: float = 0.0
