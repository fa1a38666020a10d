"""A proxy between a client and the emulator, which stores every request's bytes."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Proxy:
    """``requests`` are complete, with head and body, in the order in which they ended."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def heard(self, request: bytes) -> None:
        with self._lock:
            self.requests.append(request)


@contextmanager
def proxy(port: int) -> Iterator[Proxy]:
    """A proxy to ``port`` on loopback."""
    listener = socket.create_server(("127.0.0.1", 0))
    running = Proxy(listener.getsockname()[1])
    threads = [threading.Thread(target=_accept, args=(listener, port, running), daemon=True)]
    threads[0].start()
    try:
        yield running
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        threads[0].join(5)


def _accept(listener: socket.socket, port: int, running: Proxy) -> None:
    workers = []
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            workers.append(threading.Thread(target=_serve, args=(client, port, running), daemon=True))
            workers[-1].start()
    for worker in workers:
        worker.join(5)


def _serve(client: socket.socket, port: int, running: Proxy) -> None:
    with client, socket.create_connection(("127.0.0.1", port)) as server, suppress(OSError):
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        back = threading.Thread(target=_pump, args=(server, client), daemon=True)
        back.start()
        while request := _request(client):
            running.heard(request)
            server.sendall(request)
        server.shutdown(socket.SHUT_WR)
        back.join(5)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_RDWR)


def _request(client: socket.socket) -> bytes:
    """One request, whole; empty at the end of the connection."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = client.recv(65536)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    length = int(lengths[0].partition(b":")[2]) if lengths else 0
    while len(body) < length:
        body += client.recv(65536)
    return head + b"\r\n\r\n" + body
