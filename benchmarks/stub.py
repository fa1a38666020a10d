"""A fast server of the MedStack API for measurements: all in memory, without validation, with delayed answers.

    python benchmarks/stub.py PORT

It sends every answer ``delay`` seconds after the request, which simulates any round-trip time. It supports only the
requests of a plan and an apply; the emulator (``reconciler emulator``) behaves like the platform. ``POST /control``
controls it: ``{"delay": 0.04}``, ``{"empty": true}``, ``{"zero": true}``, ``{"keep": true}`` (saves the objects)
and ``{"restore": true}`` (restores them); the answer contains its counts.
"""

import asyncio
import itertools
import json
import sys
from collections import Counter
from typing import Any

COMPANY = {"object": "company", "id": "company_1", "name": "Bench"}
CLUSTER = {"object": "cluster", "id": "cluster_1", "label": "bench"}
BASE = f"/v1/companies/{COMPANY['id']}"
INSIDE = f"{BASE}/clusters/{CLUSTER['id']}/"
SETTINGS = {
    "update_order": "stop-first",
    "update_delay": 0,
    "update_parallelism": 1,
    "update_failure_action": "pause",
    "update_max_failure_ratio": 0.0,
    "update_monitor": 5,
    "rollback_order": "stop-first",
    "rollback_delay": 0,
    "rollback_parallelism": 1,
    "rollback_failure_action": "pause",
    "rollback_max_failure_ratio": 0.0,
    "rollback_monitor": 5,
}
"""The defaults of the platform for fields that a service does not set."""


MISSING = b'{"code": 404, "message": "not here"}'


class Api:
    """The objects, the counts, and the delay of answers."""

    def __init__(self) -> None:
        self.things: dict[str, dict[str, dict[str, Any]]] = {}
        self.kept: dict[str, dict[str, dict[str, Any]]] = {}
        self.lists: dict[str, bytes] = {}
        self.numbers = itertools.count(1)
        self.counted: Counter[str] = Counter()
        self.writes: Counter[str] = Counter()
        self.connections = 0
        self.delay = 0.0
        self.fixed = {"/v1/companies/current": _json(COMPANY), f"{BASE}/clusters": _list([CLUSTER])}

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer to a request."""
        if path == "/control":
            return 200, self.control(json.loads(body))
        self.counted[method] += 1
        if path in self.fixed:
            return 200, self.fixed[path]
        if not path.startswith(INSIDE):
            return 404, MISSING
        section, _, key = path.removeprefix(INSIDE).partition("/")
        if section == "tasks":
            return 200, _list(
                [task for service in self.things.get("services", {}).values() for task in self.tasks(service)]
            )
        there = self.things.setdefault(section, {})
        if method == "POST":
            return self.create(section, there, json.loads(body))
        if not key:
            if section not in self.lists:
                self.lists[section] = _list(list(there.values()))
            return 200, self.lists[section]
        return self.of_object(method, section, key, body) if key in there else (404, MISSING)

    def of_object(self, method: str, section: str, key: str, body: bytes) -> tuple[int, bytes]:
        """The answer to a request for one object."""
        there = self.things[section]
        if method == "GET":
            return 200, _json(there[key])
        self.lists.pop(section, None)
        self.writes[key] += 1
        if method == "DELETE":
            del there[key]
            return 204, b""
        there[key] = {**SETTINGS, **json.loads(body), "id": key, "name": there[key]["name"]}
        return 201, _json(there[key])

    def create(
        self, section: str, there: dict[str, dict[str, Any]], body: dict[str, Any]
    ) -> tuple[int, bytes]:
        """Create an object."""
        key = f"{section.removesuffix('s')}_{next(self.numbers)}"
        there[key] = {**(SETTINGS if section == "services" else {}), **body, "id": key}
        self.lists.pop(section, None)
        return 201, _json(there[key])

    def tasks(self, service: dict[str, Any]) -> list[dict[str, Any]]:
        """The tasks of a service, which run as soon as it is written."""
        prefix = f"task_{service['id']}_{self.writes[service['id']]}"
        running = {"service_id": service["id"], "desired_state": "running", "status": {"state": "running"}}
        return [
            {"object": "task", "id": f"{prefix}_{i}", **running} for i in range(service.get("replicas", 1))
        ]

    def control(self, order: dict[str, Any]) -> bytes:
        """Carry out a control request; returns the counts."""
        self.delay = order.get("delay", self.delay)
        if order.get("keep"):
            self.kept = {section: dict(there) for section, there in self.things.items()}
        if order.get("empty") or order.get("restore"):
            kept = self.kept if order.get("restore") else {}
            self.things = {section: dict(there) for section, there in kept.items()}
            self.lists = {}
        if order.get("zero"):
            self.counted.clear()
            self.connections = 0
        return _json({"requests": self.counted.total(), **self.counted, "connections": self.connections})


class Connection(asyncio.Protocol):
    """A connection with HTTP/1.1 keep-alive, as far as needed: a head, and a body with Content-Length."""

    def __init__(self, api: Api) -> None:
        self.api, self.read = api, b""
        api.connections += 1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the connection for answers."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every complete request."""
        self.read += data
        while (end := self.read.find(b"\r\n\r\n")) >= 0:
            head = self.read[:end].decode("latin-1")
            fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
            whole = end + 4 + int(fields.get("content-length", 0))
            if len(self.read) < whole:
                return
            body, self.read = self.read[end + 4 : whole], self.read[whole:]
            method, path, _ = head.split(" ", 2)
            status, text = self.api.answer(method, path, body)
            self.later(self.api.delay if path != "/control" else 0.0, status, text)

    def later(self, delay: float, status: int, text: bytes) -> None:
        """Send an answer after ``delay``."""
        head = f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
        if delay:
            asyncio.get_running_loop().call_later(delay, self.transport.write, head.encode() + text)
        else:
            self.transport.write(head.encode() + text)


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _list(values: list[dict[str, Any]]) -> bytes:
    return _json({"object": "list", "data": values})


async def serve(port: int) -> None:
    """Serve on loopback until killed."""
    api = Api()
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(api), "127.0.0.1", port, backlog=256
    )
    print("ready", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
