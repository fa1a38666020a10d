"""The emulator as a server: authentication, the API and the control endpoints, on loopback only."""

import asyncio
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from email.utils import formatdate
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from reconciler.emulator import control, live
from reconciler.emulator.answers import Answer
from reconciler.emulator.app import Platform, build_api, is_authorized, to_response
from reconciler.emulator.faults import first_hit
from reconciler.emulator.wire import ServedRequest, spoil
from reconciler.errors import UsageError

LOOPBACK = "127.0.0.1"
_KEEP_ALIVE_SECONDS = 75


def build_app(platform: Platform) -> ASGIApp:
    """The whole emulator as one ASGI application."""
    api, steering = build_api(platform), control.build_control(platform)
    page = live.build_live(platform)
    expected, unauthorized = platform.authorization, to_response(Answer(401))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if live.is_of_page(scope["method"], scope["path"]):
            await page(scope, receive, send)
            return
        if scope["path"].startswith(control.PREFIX + "/"):
            target = steering if is_authorized(scope["headers"], expected) else unauthorized
            await target(scope, receive, send)
            return
        entry = platform.journal.arrived(scope["method"], scope["path"])
        exchange = ServedRequest(entry, platform.delay, scope, receive, _dated(send, platform))
        if not is_authorized(scope["headers"], expected):
            await exchange.answer(unauthorized)
            entry.processed = False
            return
        fault = first_hit(platform.faults, scope["method"], scope["path"]) if platform.faults else None
        with suppress(asyncio.CancelledError):  # the server stops, and drops the requests that it holds
            await (exchange.answer(api) if fault is None else spoil(fault, api, exchange))

    return app


def _dated(send: Send, platform: Platform) -> Send:
    """``send``, with the emulator's time in the Date header."""

    async def dated(message: Message) -> None:
        if message["type"] == "http.response.start":
            date = formatdate(platform.now(), usegmt=True).encode()
            message = {**message, "headers": [(b"date", date), *message["headers"]]}
        await send(message)

    return dated


class _Protocol(HttpToolsProtocol):
    """Gives the application its connection, so that it can close it before an answer is complete."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["transport"] = self.transport


class EmulatorServer(uvicorn.Server):
    """A uvicorn server that runs in a thread, reports when it is ready, and stops at once."""

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
                date_header=False,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            )
        )
        self._listener = listener
        self._ready = threading.Event()
        self._wake: Callable[[], Any] = lambda: None
        self._thread = threading.Thread(target=self.run, args=([listener],), name="emulator", daemon=True)

    def start(self) -> None:
        """Start, and return when requests are accepted."""
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Stop, and return when the port is free again."""
        self.should_exit = True
        self._wake()
        self._thread.join()

    async def main_loop(self) -> None:
        """uvicorn's own main loop, except that ``stop`` need not wait for its next tick."""
        stopping, loop = asyncio.Event(), asyncio.get_running_loop()
        self._wake = lambda: loop.call_soon_threadsafe(stopping.set)
        self._ready.set()
        counter = 0
        while not await self.on_tick(counter):
            counter += 1
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(stopping.wait(), 0.1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close all connections at once: committed changes stay, and no client waits for the rest."""
        for listener in (*self.servers, *(sockets or ())):
            listener.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)  # now they are marked as closed, and report no missing answer
        for task in list(self.server_state.tasks):
            task.cancel()
        await asyncio.gather(*self.server_state.tasks, return_exceptions=True)


def listen(port: int) -> socket.socket:
    """A listening socket on loopback; port 0: any free one.

    Raises: UsageError: the port is taken.
    """
    # If the protocol is named, asyncio turns Nagle's algorithm off; otherwise each small answer takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen()
        return listener
    except OSError as error:
        listener.close()
        raise UsageError(f"port {port} of {LOOPBACK} cannot be used: {error.strerror}") from error
