"""What goes to a server and what comes back, as plain values. No body or header is in a representation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Request:
    """``path`` begins with ``/``, is relative to the base URL and quoted; ``body`` is JSON, or None."""

    method: str
    path: str
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Response:
    """Header names are in lower case. ``body`` is unpacked."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Exchange(NamedTuple):
    """One exchange, for an observer; ``status`` is 0 where no whole answer came, ``began`` on the monotonic clock."""

    method: str
    path: str
    status: int
    seconds: float
    sent: int
    received: int
    began: float = 0.0
