"""What goes to a server and what comes back, as plain values. No body or header is in a representation."""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct


class Request(Struct, frozen=True):
    """``path`` begins with ``/``, is relative to the base URL and quoted; ``body`` is JSON, or None."""

    method: str
    path: str
    body: bytes | None = None

    def __repr__(self) -> str:
        return f"Request(method={self.method!r}, path={self.path!r})"


class Response(Struct, frozen=True):
    """Header names are in lower case. ``body`` is unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"Response(status={self.status})"


class Exchange(NamedTuple):
    """One exchange, for an observer; ``status`` is 0 where no whole answer came, ``began`` on the monotonic clock."""

    method: str
    path: str
    status: int
    seconds: float
    sent: int
    received: int
    began: float = 0.0
