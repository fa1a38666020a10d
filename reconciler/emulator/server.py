"""The wire: authentication, journal, faults and delay around the API, served by uvicorn on loopback alone."""

import asyncio
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from reconciler.emulator import control
from reconciler.emulator.answers import Answer
from reconciler.emulator.app import Platform, build_api, is_authorized, to_response
from reconciler.emulator.faults import DROPS, INSTEAD, SPOILED, Fault, answer_instead, first_hit
from reconciler.emulator.journal import Entry
from reconciler.errors import UsageError

LOOPBACK = "127.0.0.1"
_KEEP_ALIVE_SECONDS = 75


def build_app(platform: Platform) -> ASGIApp:
    """The whole emulator as one ASGI application."""
    api, steering = build_api(platform), control.build_control(platform)
    expected = platform.authorization

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if not is_authorized(scope["headers"], expected):
            await to_response(Answer(401))(scope, receive, send)
        elif scope["path"].startswith(control.PREFIX + "/"):
            await steering(scope, receive, send)
        else:
            entry = platform.journal.arrived(scope["method"], scope["path"])
            fault = first_hit(platform.faults, scope["method"], scope["path"]) if platform.faults else None
            if fault is None:
                await api(scope, receive, _noting(entry, send, platform.delay))
            else:
                entry.fault = fault.kind
                await _faulty(api, fault, entry, scope, receive, send)

    return app


def _noting(entry: Entry, send: Send, delay: float) -> Send:
    """``send`` that holds the answer for ``delay`` seconds and writes it into the journal."""

    async def noting(message: Message) -> None:
        if message["type"] == "http.response.start":
            entry.processed, entry.status = True, message["status"]
            if delay:
                await asyncio.sleep(delay)
            entry.state = "answered"
        await send(message)

    return noting


async def _faulty(
    api: ASGIApp, fault: Fault, entry: Entry, scope: Scope, receive: Receive, send: Send
) -> None:
    body = await _whole_body(receive)
    if fault.kind in INSTEAD:
        await to_response(answer_instead(fault))(scope, receive, _noting(entry, send, 0))
        entry.processed = False
        return
    if fault.kind == "drop-before":
        await _drop(entry, scope, receive)
        return
    if fault.kind == "hang":
        await asyncio.sleep(fault.seconds)
    messages = await _carried_out(api, scope, body)
    entry.processed = True
    if fault.kind == "hang-after":
        await asyncio.sleep(fault.seconds)
    if fault.kind in DROPS:
        await _drop(entry, scope, receive)
    elif fault.kind in SPOILED:
        await _spoil(fault, messages, entry, scope, receive, send)
    else:
        for message in messages:
            await _noting(entry, send, 0)(message)


async def _whole_body(receive: Receive) -> bytes:
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return body


async def _carried_out(api: ASGIApp, scope: Scope, body: bytes) -> list[Message]:
    """What the API answers, unsent."""
    messages: list[Message] = []

    async def replay() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def collect(message: Message) -> None:
        messages.append(message)

    await api(scope, replay, collect)
    return messages


async def _drop(entry: Entry, scope: Scope, receive: Receive) -> None:
    entry.state = "dropped"
    scope["state"]["transport"].abort()
    await _gone(receive)


async def _gone(receive: Receive) -> None:
    """Wait until the server has noticed, so that it does not miss an answer."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _spoil(
    fault: Fault, messages: list[Message], entry: Entry, scope: Scope, receive: Receive, send: Send
) -> None:
    start, body = messages[0], b"".join(message.get("body", b"") for message in messages[1:])
    if fault.kind == "500-after":
        await to_response(answer_instead(fault))(scope, receive, _noting(entry, send, 0))
        return
    half = body[: len(body) // 2]
    entry.status, entry.state = start["status"], "answered"
    if fault.kind == "half-json":
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(half)).encode())]
        await send({"type": "http.response.start", "status": start["status"], "headers": headers})
        await send({"type": "http.response.body", "body": half})
        return
    transport = scope["state"]["transport"]
    head = f"HTTP/1.1 {start['status']} Cut\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    transport.write(head.encode() + half)
    transport.close()
    await _gone(receive)


class _Protocol(HttpToolsProtocol):
    """Lets the application reach its connection, to close it in the middle of things."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["transport"] = self.transport


class Server(uvicorn.Server):
    """A uvicorn that runs in a thread, says when it is ready, and stops at once."""

    def __init__(self, app: ASGIApp, listener: socket.socket) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=_Protocol,
                loop="asyncio",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            )
        )
        self._listener = listener
        self._ready = threading.Event()
        self._wake: Callable[[], Any] = lambda: None
        self._thread = threading.Thread(target=self.run, args=([listener],), name="emulator", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        self.should_exit = True
        self._wake()
        self._thread.join()

    async def main_loop(self) -> None:
        stopping, loop = asyncio.Event(), asyncio.get_running_loop()
        self._wake = lambda: loop.call_soon_threadsafe(stopping.set)
        self._ready.set()
        counter = 0
        while not await self.on_tick(counter):
            counter += 1
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(stopping.wait(), 0.1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close every connection at once: whatever was committed has been, and nobody waits for the rest."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        for task in list(self.server_state.tasks):
            task.cancel()
        await asyncio.gather(*self.server_state.tasks, return_exceptions=True)


def listen(port: int) -> socket.socket:
    """A listening socket on loopback; port 0: any free one.

    Raises: UsageError: the port is taken.
    """
    # With the protocol named, asyncio turns Nagle's algorithm off; else every small answer takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen()
        return listener
    except OSError as error:
        listener.close()
        raise UsageError(f"port {port} of {LOOPBACK} cannot be used: {error.strerror}") from error
