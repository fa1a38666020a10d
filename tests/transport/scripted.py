"""A server with real sockets that follows a test's script, one step per request, and stores the requests."""

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

CERTIFICATE = Path(__file__).with_name("localhost.pem")
"""Key and certificate for localhost, trusted only if configured; used only by these tests."""

Step = Callable[[socket.socket], bool]
"""Answers a request; returns whether the connection stays open."""


@dataclass
class Received:
    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Scripted:
    url: str
    port: int
    received: list[Received] = field(default_factory=list)
    connections: int = 0


def answer(body: bytes = b"{}", status: int = 200, *, length: int | None = None, **headers: str) -> Step:
    """A complete answer, unless ``length`` differs."""
    return raw(
        head(status, {"Content-Length": str(len(body) if length is None else length), **headers}) + body
    )


def head(status: int, headers: dict[str, str]) -> bytes:
    lines = [
        f"HTTP/1.1 {status} Scripted",
        *(f"{name.replace('_', '-')}: {text}" for name, text in headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def raw(data: bytes) -> Step:
    def step(connection: socket.socket) -> bool:
        connection.sendall(data)
        return True

    return step


def cut(data: bytes = b"") -> Step:
    """Sends this data and closes the connection."""

    def step(connection: socket.socket) -> bool:
        connection.sendall(data)
        return False

    return step


def reset(connection: socket.socket) -> bool:
    """Closes the connection as a crashed server does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def drip(beginning: bytes) -> Step:
    """Sends one byte every 20 ms until the client closes the connection."""

    def step(connection: socket.socket) -> bool:
        connection.sendall(beginning)
        while True:
            connection.sendall(b"x")
            time.sleep(0.02)

    return step


def silent(connection: socket.socket) -> bool:
    """Sends nothing until the client closes the connection."""
    connection.recv(1)
    return False


@contextlib.contextmanager
def scripted(*steps: Step, tls: bool = False) -> Iterator[Scripted]:
    """Serve the steps in order, on any connection; the last one is repeated."""
    rest = list(steps)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        server = Scripted(f"http{'s' if tls else ''}://127.0.0.1:{port}/v1", port)
        serving: list[threading.Thread] = []
        ended = threading.Event()
        accepting = threading.Thread(target=_accept, args=(listener, server, rest, serving, tls, ended))
        accepting.start()
        try:
            yield server
        finally:
            ended.set()
            socket.create_connection(("127.0.0.1", port)).close()  # not every system can shut a listener down
            accepting.join()
            for thread in serving:
                thread.join()


def _accept(
    listener: socket.socket,
    server: Scripted,
    steps: list[Step],
    serving: list[threading.Thread],
    tls: bool,
    ended: threading.Event,
) -> None:
    while True:
        connection, _ = listener.accept()
        if ended.is_set():
            connection.close()
            return
        server.connections += 1
        thread = threading.Thread(target=_serve, args=(connection, server, steps, tls))
        serving.append(thread)
        thread.start()


def _serve(connection: socket.socket, server: Scripted, steps: list[Step], tls: bool) -> None:
    with contextlib.suppress(OSError), contextlib.closing(connection):
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            connection = context.wrap_socket(connection, server_side=True)
        with contextlib.closing(connection), connection.makefile("rb") as stream:
            while (request := _read(stream)) is not None:
                server.received.append(request)
                if not (steps.pop(0) if len(steps) > 1 else steps[0])(connection):
                    return


def _read(stream: BinaryIO) -> Received | None:
    line = stream.readline().decode("latin-1").rstrip()
    if not line:
        return None
    headers: dict[str, str] = {}
    while field_line := stream.readline().decode("latin-1").rstrip():
        name, _, text = field_line.partition(":")
        headers[name.lower()] = text.strip()
    body = stream.read(int(headers.get("content-length", "0")))
    return Received(line, headers, body)
