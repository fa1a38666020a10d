"""The API v1 in memory, as far as an apply uses it, over ``swarm.py``; it replaces the transport.

Requests take no time. Every write is passed to ``watch`` before it is carried out, so that laws can be checked at
that moment. A run can be killed at a write, before or after it is carried out: its later requests do not arrive.
"""

import json
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, NamedTuple

from reconciler.transport import Request, Response
from tests.model.swarm import ModelSwarm, Schedule, Spec, SwarmService, shown

COMPANY, CLUSTER, LABEL = "company_1", "cluster_1", "production"
_POLICY = {
    "order": "stop-first", "delay": 0, "parallelism": 1, "failure_action": "pause", "max_failure_ratio": 0.0,
    "monitor": 5,
}  # fmt: skip
DEFAULTS: Mapping[str, Any] = {
    "image": "", "replicas": 1, "command": "", "args": "", "hosts": [], "protocol": "", "healthcheck_path": "",
    "secrets": [], "configs": [], "mounts": [], "environment_variables": [], "placement_constraints": [],
    **{f"{when}_{what}": value for when in ("update", "rollback") for what, value in _POLICY.items()},
}  # fmt: skip
_PATH = re.compile(rf"/companies/{COMPANY}/clusters/{CLUSTER}/([a-z-]+)(?:/([^/]+))?(/refresh_image)?")
_WEBHOOKS = re.compile(rf"/companies/{COMPANY}/webhooks/outgoing(?:/([^/]+))?")
SIZES = ("small", "large")
MADE_IN, GONE_IN = 20.0, 10.0
"""Seconds until a new node is Ready, and until a deleted one is gone."""


Killed = SystemExit
"""The process of the run has ended. No error handler catches it, and a thread ends with it silently."""


class PlatformRefused(Exception):
    """The platform refuses a request."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(message)


class Write(NamedTuple):
    """A request that changes something and will be carried out next. ``name`` is the live name."""

    method: str
    kind: str
    name: str
    id: str
    body: Mapping[str, Any]


@dataclass(eq=False)
class Blob:
    """A secret or config with its data."""

    id: str
    name: str
    data: str


@dataclass(eq=False)
class Node:
    """A machine; ``size`` is the id of one."""

    id: str
    size: str
    is_manager: bool = False
    status: str = "Creating"

    @property
    def counts(self) -> bool:
        return self.status != "Deleting"


@dataclass
class ModelPlatform:
    """A company with one cluster.

    ``blobs`` and ``volumes`` are by kind and id, and by id; ``webhooks`` are bodies by id. Nodes do not affect
    tasks: whether a task finds a node is ``swarm.lost``.
    """

    time: Schedule = field(default_factory=lambda: Schedule(1_800_000_000.0))
    watch: Callable[[Write], None] = lambda _: None
    blobs: dict[str, dict[str, Blob]] = field(default_factory=lambda: {"secret": {}, "config": {}})
    volumes: dict[str, str] = field(default_factory=dict)
    webhooks: dict[str, dict[str, Any]] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    shows_tasks: bool = True
    hides: set[str] = field(default_factory=set)
    dies_at: tuple[int, bool] | None = None
    stops_at: int | None = None
    writes: int = 0
    dead: bool = False
    lists_of_tasks: int = 0
    confidential: tuple[str, ...] = ()
    is_local: bool = True

    def __post_init__(self) -> None:
        self._made = 0
        self._lock = threading.RLock()
        self.swarm = ModelSwarm(self.time, self._new_id, self._missing)
        self.swarm.create("loadbalancer", {**DEFAULTS, "image": "traefik:v2.11"})
        for is_manager in (True, False):
            node = Node(self._new_id(), SIZES[0], is_manager, "Ready")
            self.nodes[node.id] = node

    # The interface of the transport.

    def send(self, request: Request) -> Response:
        with self._lock:
            if self.dead:
                raise Killed
            try:
                status, body = self._answer(request)
            except PlatformRefused as refusal:
                body = {"code": refusal.status, "type": "error", "message": str(refusal)}
                status = refusal.status
        headers = {"date": formatdate(self.time.now, usegmt=True), "content-type": "application/json"}
        return Response(status, headers, b"" if body is None else json.dumps(body).encode())

    def warm(self) -> None:
        pass

    def now(self) -> float:
        return self.time.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            if self.dead:
                raise Killed
            self.time.pass_by(seconds)

    def stops(self) -> bool:
        return self.stops_at is not None and self.writes >= self.stops_at

    def begin_run(self, *, dies_at: tuple[int, bool] | None = None, stops_at: int | None = None) -> None:
        self.dies_at, self.stops_at, self.writes, self.dead = dies_at, stops_at, 0, False

    # The live objects.

    def services(self) -> list[SwarmService]:
        return list(self.swarm.services.values())

    def service(self, name: str) -> SwarmService | None:
        return next((service for service in self.services() if service.name == name), None)

    def nodes_of(self, size: str) -> list[Node]:
        """The nodes of a size, without those being deleted."""
        return [node for node in self.nodes.values() if node.size == size and node.counts]

    def new_node(self, size: str) -> Node:
        node = Node(self._new_id(), size)
        self.nodes[node.id] = node
        self.time.after(MADE_IN, lambda: setattr(node, "status", "Ready" if node.counts else node.status))
        return node

    def named(self, kind: str, name: str) -> Blob | None:
        return next((blob for blob in self.blobs[kind].values() if blob.name.lower() == name.lower()), None)

    def stored(self, body: Mapping[str, Any]) -> Spec:
        """A request's fields as they are stored. Raises PlatformRefused."""
        spec = {**DEFAULTS, **{key: value for key, value in body.items() if key not in ("name", "mode")}}
        for section in ("secrets", "configs"):
            spec[section] = [
                self._reference(section.removesuffix("s"), reference) for reference in spec[section]
            ]
        spec["mounts"] = [{"readonly": False, **item, "type": "volume"} for item in spec["mounts"]]
        for mount in spec["mounts"]:
            if mount["source"] not in self.volumes.values():
                raise PlatformRefused(400, f"volume not found: {mount['source']}")
        spec["environment_variables"] = [
            {"key": variable["key"], "value": variable.get("value", "")}
            for variable in spec["environment_variables"]
        ]
        return spec

    def taken(self, hosts: Iterable[str], service_id: str = "") -> list[str]:
        """The hosts among these that other services have."""
        wanted = {host.lower() for host in hosts}
        others = [service for service in self.services() if service.id != service_id]
        return sorted(host for other in others for host in other.spec["hosts"] if host.lower() in wanted)

    def _reference(self, kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
        found = self.named(kind, given["name"])
        if found is None:
            raise PlatformRefused(400, f"{kind} not found: {given['name']}")
        numbers = {key: int(given.get(key) or 0) for key in ("uid", "gid")}
        return {
            "id": found.id, "name": found.name, "file_name": given.get("file_name") or found.name, **numbers,
            "mode": str(given.get("mode") or "292"),
        }  # fmt: skip

    def _missing(self, spec: Spec) -> str:
        for kind in ("secret", "config"):
            for reference in spec[f"{kind}s"]:
                if reference["id"] not in self.blobs[kind]:
                    return f"unable to get {kind} from {kind} store: {kind} {reference['id']} not found"
        return ""

    def _new_id(self) -> str:
        self._made += 1
        return f"{self._made:025}"

    # The operations.

    def _answer(self, request: Request) -> tuple[int, Any]:
        if request.path == "/companies/current":
            return 200, {"object": "company", "id": COMPANY, "name": "Clinic Inc."}
        if request.path == f"/companies/{COMPANY}/clusters":
            return 200, _list([{"object": "cluster", "id": CLUSTER, "label": LABEL}])
        if match := _WEBHOOKS.fullmatch(request.path):
            section, key, refresh = "webhooks", match[1] or "", None
        elif match := _PATH.fullmatch(request.path):
            section, key, refresh = match[1], match[2] or "", match[3]
        else:
            raise PlatformRefused(404, "Path not found")
        if request.method == "GET":
            return 200, self._read(section, key)
        body = json.loads(request.body) if request.body else {}
        kind = section.removesuffix("s")
        write = Write(request.method, kind, body.get("name") or self._name_of(kind, key), key, body)
        return self._written(write, refresh=bool(refresh))

    def _written(self, write: Write, *, refresh: bool) -> tuple[int, Any]:
        if write.kind == "config" and write.name.startswith("reconciler.") and write.method == "DELETE":
            return self._delete(write)  # it is deleted besides the work, so it does not count
        self.writes += 1
        before, after = (
            (self.dies_at == (self.writes, False), self.dies_at == (self.writes, True))
            if self.dies_at
            else (False, False)
        )
        if before:
            self.dead = True
            raise Killed
        self.watch(write)
        answer = self._restart(write) if refresh else self._changed(write)
        if after:
            self.dead = True
            raise Killed
        return answer

    def _changed(self, write: Write) -> tuple[int, Any]:
        match write.method:
            case "POST":
                return self._create(write)
            case "PUT":
                return self._put(write)
            case "DELETE":
                return self._delete(write)
        raise PlatformRefused(405, f"{write.method} is not a method of this path")

    def _read(self, section: str, key: str) -> Any:
        if section == "tasks":
            if not self.shows_tasks:
                raise PlatformRefused(404, "tasks not found")
            self.lists_of_tasks += 1
            return _list(
                [
                    shown(task, service)
                    for service in self.services()
                    if service.name not in self.hides
                    for task in service.tasks
                ]
            )
        if section == "services":
            bodies = [_service(service) for service in self.services()]
        elif section == "volumes":
            bodies = [self._volume(key, name) for key, name in self.volumes.items()]
        elif section in ("secrets", "configs"):
            bodies = [_blob(section, blob) for blob in self.blobs[section.removesuffix("s")].values()]
        elif section == "webhooks":
            bodies = [
                {"object": "outgoing_webhook", "id": each, **webhook}
                for each, webhook in self.webhooks.items()
            ]
        elif section == "nodes":
            bodies = [_node(node) for node in self.nodes.values()]
        elif section == "node-sizes":
            bodies = [{"object": "node_size", "id": size, "title": size.title(), **_SIZE} for size in SIZES]
        else:
            raise PlatformRefused(404, "Path not found")
        if not key:
            return _list(bodies)
        for body in bodies:
            if body["id"] == key:
                return body
        raise PlatformRefused(404, f"{section} not found")

    def _volume(self, key: str, name: str) -> dict[str, Any]:
        users = [
            service.name
            for service in self.services()
            if any(m["source"] == name for m in service.spec["mounts"])
        ]
        return {"object": "volume", "id": key, "name": name, "created": "", "service_usage": users}

    def _name_of(self, kind: str, key: str) -> str:
        if kind == "service":
            return self.swarm.services[key].name if key in self.swarm.services else ""
        if kind == "volume":
            return self.volumes.get(key, "")
        if kind == "webhook":
            return str(self.webhooks[key]["label"]) if key in self.webhooks else ""
        if kind == "node":
            return key
        return self.blobs[kind][key].name if key in self.blobs.get(kind, {}) else ""

    def _create(self, write: Write) -> tuple[int, Any]:
        if write.kind == "service":
            if any(service.name.lower() == write.name.lower() for service in self.services()):
                raise PlatformRefused(409, f"name conflicts with an existing object: service {write.name}")
            self._hosts_are_free(write)
            made = self.swarm.create(write.name, self.stored(write.body))
            return 201, _service(made)
        if write.kind == "volume":
            if write.name in self.volumes.values():
                raise PlatformRefused(409, f"volume {write.name} already exists")
            key = self._new_id()
            self.volumes[key] = write.name
            return 201, self._volume(key, write.name)
        if write.kind == "webhook":
            key = self._new_id()
            self.webhooks[key] = {"cluster_id": None, **write.body}
            return 201, self._read("webhooks", key)
        if write.kind == "node":
            return 202, _node(self.new_node(write.body["size_id"]))
        if self.named(write.kind, write.name):
            raise PlatformRefused(409, f"{write.kind} {write.name} already exists")
        blob = Blob(self._new_id(), write.name, str(write.body["data"]))
        self.blobs[write.kind][blob.id] = blob
        return 201, _blob(f"{write.kind}s", blob)

    def _put(self, write: Write) -> tuple[int, Any]:
        if write.kind == "webhook":
            if write.id not in self.webhooks:
                raise PlatformRefused(404, "webhook not found")
            self.webhooks[write.id] = {"cluster_id": None, **write.body}
            return 200, self._read("webhooks", write.id)
        service = self.swarm.services.get(write.id)
        if service is None:
            raise PlatformRefused(404, "service not found")
        self._hosts_are_free(write)
        self.swarm.put(service, self.stored(write.body))
        return 201, _service(service)

    def _hosts_are_free(self, write: Write) -> None:
        if taken := self.taken(write.body.get("hosts") or (), write.id):
            raise PlatformRefused(400, f"host is already used by another service: {', '.join(taken)}")

    def _restart(self, write: Write) -> tuple[int, Any]:
        service = self.swarm.services.get(write.id)
        if service is None:
            raise PlatformRefused(404, "service not found")
        self.swarm.restart(service)
        return 200, _service(service)

    def _delete(self, write: Write) -> tuple[int, Any]:
        if write.kind == "service":
            if (service := self.swarm.services.get(write.id)) is None:
                raise PlatformRefused(404, "service not found")
            self.swarm.delete(service)
        elif write.kind == "volume":
            if write.id not in self.volumes:
                raise PlatformRefused(404, "volume not found")
            if self.swarm.uses(write.name):
                raise PlatformRefused(409, f"remove {write.name}: volume is in use - [container]")
            del self.volumes[write.id]
        elif write.kind == "webhook":
            if self.webhooks.pop(write.id, None) is None:
                raise PlatformRefused(404, "webhook not found")
        elif write.kind == "node":
            return 202, _node(self._end(write.id))
        else:
            if write.id not in self.blobs[write.kind]:
                raise PlatformRefused(404, f"{write.kind} not found")
            section = f"{write.kind}s"
            if users := [
                user.name for user in self.services() if any(r["id"] == write.id for r in user.spec[section])
            ]:
                raise PlatformRefused(
                    400, f"{write.kind} '{write.name}' is in use by the following services: {users}"
                )
            del self.blobs[write.kind][write.id]
        return 204, None

    def _end(self, key: str) -> Node:
        node = self.nodes.get(key)
        if node is None:
            raise PlatformRefused(404, "node not found")
        if node.is_manager or node.status != "Ready":
            raise PlatformRefused(409, f"node {key} is {'a manager' if node.is_manager else node.status}")
        node.status = "Deleting"

        def gone() -> None:
            del self.nodes[key]

        self.time.after(GONE_IN, gone)
        return node


_SIZE = {"description": "", "memory": 4096, "vcpus": 2, "disk": 80}


def _node(node: Node) -> dict[str, Any]:
    return {
        "object": "node", "id": node.id, "label": node.id, "status": node.status, "size": node.size,
        "swarm_manager": node.is_manager, "public_ip_address": f"10.0.0.{int(node.id) % 250}",
    }  # fmt: skip


def _list(bodies: list[Any]) -> dict[str, Any]:
    return {"object": "list", "data": bodies}


def _service(service: SwarmService) -> dict[str, Any]:
    return {"object": "service", "id": service.id, "name": service.name, **service.spec}


def _blob(section: str, blob: Blob) -> dict[str, Any]:
    data = {"data": blob.data} if section == "configs" else {}
    return {"object": section.removesuffix("s"), "id": blob.id, "name": blob.name, "created": "", **data}
