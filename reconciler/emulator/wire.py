"""Sends answers: holds them, records them in the journal, and damages them if a fault says so.

It decides nothing about the answer itself.
"""

import asyncio
from contextlib import suppress

from msgspec import Struct
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reconciler.emulator.app import to_response
from reconciler.emulator.faults import DROPS, INSTEAD, Fault, answer_instead
from reconciler.emulator.journal import JournalEntry


class ServedRequest(Struct, frozen=True):
    """One request and the channel for its answer. ``delay`` is the seconds for which the answer is held."""

    entry: JournalEntry
    delay: float
    scope: Scope
    receive: Receive
    send: Send

    async def answer(self, app: ASGIApp) -> None:
        """Let ``app`` answer."""
        await app(self.scope, self.receive, self.noting)

    async def noting(self, message: Message) -> None:
        """Send, and write the answer into the journal."""
        if message["type"] == "http.response.start":
            self.entry.processed, self.entry.status = True, message["status"]
            if self.delay:
                await asyncio.sleep(self.delay)
            self.entry.state = "answered"
        await self.send(message)

    async def gone(self) -> None:
        """Wait until the server has noticed that the connection is closed, so that it misses no answer."""
        while (await self.receive())["type"] != "http.disconnect":
            pass


async def spoil(fault: Fault, api: ASGIApp, exchange: ServedRequest) -> None:
    """Carry out the request as ``fault`` says."""
    exchange.entry.fault = fault.kind
    body = await _whole_body(exchange.receive)
    if fault.kind == "drop-before":
        await _drop(exchange)
        return
    if fault.kind in INSTEAD:
        await exchange.answer(to_response(answer_instead(fault)))
        exchange.entry.processed = False
        return
    if fault.kind == "hang":
        await _held(fault)
    messages = await _carried_out(api, exchange.scope, body)
    exchange.entry.processed = True
    if fault.kind == "hang-after":
        await _held(fault)
    if fault.kind in DROPS:
        await _drop(exchange)
    elif fault.kind == "500-after":
        await exchange.answer(to_response(answer_instead(fault)))
    else:
        for message in _halved(messages) if fault.kind == "half-json" else messages:
            if fault.kind == "truncated" and message["type"] == "http.response.body":
                await _cut(exchange, message)
                return
            await exchange.noting(message)


async def _held(fault: Fault) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(fault.released.wait(), fault.seconds)


async def _whole_body(receive: Receive) -> bytes:
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return body


async def _carried_out(api: ASGIApp, scope: Scope, body: bytes) -> list[Message]:
    """The API's answer, not sent yet: the start and the only body of each answer here."""
    messages: list[Message] = []

    async def replay() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def collect(message: Message) -> None:
        messages.append(message)

    await api(scope, replay, collect)
    return messages


async def _drop(exchange: ServedRequest) -> None:
    exchange.entry.state = "dropped"
    exchange.scope["state"]["transport"].abort()
    await exchange.gone()


def _halved(messages: list[Message]) -> list[Message]:
    """The same answer with half its body, and a matching Content-Length."""
    start, whole = messages
    half = whole["body"][: len(whole["body"]) // 2]
    headers = [header for header in start["headers"] if header[0] != b"content-length"]
    length = (b"content-length", str(len(half)).encode())
    return [{**start, "headers": [*headers, length]}, {**whole, "body": half}]


async def _cut(exchange: ServedRequest, whole: Message) -> None:
    """Half the body, then a closed connection, although the whole was promised."""
    half = whole["body"][: len(whole["body"]) // 2]
    await exchange.send({**whole, "body": half, "more_body": True})
    exchange.scope["state"]["transport"].close()
    await exchange.gone()
