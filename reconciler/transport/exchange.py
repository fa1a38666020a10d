"""One HTTP/1.1 exchange on a connected socket, over by a deadline however slowly the bytes drip.

It opens nothing, closes nothing and knows no credential. What goes wrong is raised as it comes: ``OSError``
(``TimeoutError`` among them), ``http.client.HTTPException``, ``zlib.error``, ``ValueError``, ``TooLarge``.
"""

import http.client
import io
import socket
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

CHUNK = 64 * 2**10


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """``path`` begins with ``/``, is relative to the base URL and quoted; ``body`` is JSON, or None."""

    method: str
    path: str
    body: bytes | None = None

    def __repr__(self) -> str:
        return f"Request({self.method} {self.path})"


@dataclass(frozen=True, slots=True, repr=False)
class Response:
    """Header names are in lower case. ``body`` is unpacked. ``seconds`` is the whole exchange."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float = 0.0

    def __repr__(self) -> str:
        return f"Response({self.status}, {len(self.body)} bytes)"


class TooLarge(Exception):
    """A body over the limit, as sent or as unpacked; ``status`` is the answer's."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(f"a body over the limit, with status {status}")


class _Stream(io.RawIOBase):
    """A socket's bytes until a point in time; stands where ``http.client`` expects the socket."""

    def __init__(self, connected: socket.socket, deadline: float) -> None:
        self._socket, self._deadline = connected, deadline
        self.ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed's Buffer is 3.12's
        self._socket.settimeout(left(self._deadline))
        count = self._socket.recv_into(buffer)
        self.ended = count == 0
        return count

    def makefile(self, *_: object) -> io.BufferedReader:
        """The one thing that ``http.client.HTTPResponse`` asks of a socket."""
        return io.BufferedReader(self, CHUNK)


def left(deadline: float) -> float:
    """Seconds to a point on the monotonic clock. Raises ``TimeoutError`` where it has passed."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def write(connected: socket.socket, data: bytes, *, deadline: float) -> None:
    """Send all of it."""
    view = memoryview(data)
    while view:
        connected.settimeout(left(deadline))
        view = view[connected.send(view[:CHUNK]) :]


def read(connected: socket.socket, method: str, *, deadline: float, limit: int) -> tuple[Response, bool]:
    """One answer, whole, and whether the connection can carry another request. ``limit`` is in bytes."""
    stream = _Stream(connected, deadline)
    with http.client.HTTPResponse(stream, method=method) as answer:  # type: ignore[arg-type]  # see makefile
        answer.begin()
        if stream.ended:  # http.client takes a head that is cut short for a whole one
            raise http.client.IncompleteRead(b"")
        if answer.status < 200:
            raise http.client.HTTPException("an interim answer that was not asked for")
        headers = {name.lower(): value for name, value in answer.getheaders()}
        body = _unpack(_body(answer, limit), headers, answer.status, limit)
        return Response(answer.status, headers, body), not answer.will_close


def _body(answer: http.client.HTTPResponse, limit: int) -> bytes:
    if (answer.length or 0) > limit:
        raise TooLarge(answer.status)
    parts: list[bytes] = []
    size = 0
    while part := answer.read(CHUNK):
        parts.append(part)
        size += len(part)
        if size > limit:
            raise TooLarge(answer.status)
    if answer.length:
        raise http.client.IncompleteRead(b"", answer.length)
    return b"".join(parts)


def _unpack(raw: bytes, headers: Mapping[str, str], status: int, limit: int) -> bytes:
    if not raw or headers.get("content-encoding", "").strip().lower() not in ("gzip", "x-gzip"):
        return raw
    unpacker = zlib.decompressobj(wbits=31)
    body = unpacker.decompress(raw, limit + 1)
    if len(body) > limit:
        raise TooLarge(status)
    if not unpacker.eof:
        raise http.client.IncompleteRead(b"")
    return body
