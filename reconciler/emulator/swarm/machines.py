"""Nodes of a Swarm, by the API's operations. Machines are created and removed by a ``Provider``.

A node's size is kept in the emulator's state: Swarm has none. Long work continues after the answer, in a thread.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import docker.errors
import requests

from reconciler.emulator.answers import (
    Answer,
    answer_json,
    conflict,
    encode,
    encode_list,
    invalid,
    not_found,
)
from reconciler.emulator.call import Call
from reconciler.emulator.identity import short_id
from reconciler.emulator.nodes import still_manager
from reconciler.emulator.swarm.engine import Engine
from reconciler.errors import UsageError

_SIZE = "size of a node"
"""The kind of the records that have sizes, by the id of the node as shown."""
JOINS_WITHIN = 60.0
"""Seconds for a new machine to become a node of the Swarm; after that it is removed."""
_NO_MACHINE = (docker.errors.DockerException, requests.RequestException, OSError, UsageError)
"""The errors of a machine that does not come up, or no longer answers."""


class Provider(Protocol):
    """Creates and removes machines with a Docker engine."""

    def start(self) -> Any:
        """A new machine's engine, which is in no Swarm yet."""
        ...

    def stop(self, node: str) -> None:
        """Remove the machine whose engine has this node id. Does nothing if it did not create that machine."""
        ...

    def restart(self, node: str) -> None:
        """Start the engine of the machine again."""
        ...

    def engines(self) -> Sequence[Any]:
        """The engines of all machines that it created."""
        ...


class Machines:
    """The handlers of nodes. Nodes that are being created or removed are kept here until that is done."""

    def __init__(self, engine: Engine, provider: Provider | None) -> None:
        self.engine, self.client, self.provider = engine, engine.client, provider
        self._lock = threading.Lock()
        self._busy: dict[str, str] = {}
        self._coming: dict[str, str] = {}
        """The host names of nodes that have not joined ("" until they are known), by the emulator's ids."""
        self._ids: dict[str, str] = {}
        """The emulator's id of a node before it joined, by the engine's id."""

    def list_nodes(self, call: Call) -> Answer:
        """All nodes, also those being created."""
        coming = dict(self._coming)
        with self.engine.asked():
            nodes = self.client.nodes()
        joining = {*coming.values(), *self._coming.values()}
        shown = {key: _new(call, key) for key in coming}
        for node in nodes:
            if (node.get("Description") or {}).get("Hostname") not in joining:
                shown_node = self._shown(call, node)
                shown[shown_node["id"]] = shown_node
        return Answer(200, encode_list([encode(shown[key]) for key in sorted(shown)]))

    def get_node(self, call: Call) -> Answer:
        """One node; the status is 202 (API: Nodes)."""
        if call.params["node_id"] in self._coming:
            return answer_json(202, _new(call, call.params["node_id"]))
        return answer_json(202, self._shown(call, self._found(call)))

    def create_node(self, call: Call) -> Answer:
        """Create a worker; its status is Creating at first."""
        size = _size(call)
        provider = self._provider()
        key = short_id("node")
        self._coming[key] = ""
        call.state.save(call.cluster, _SIZE, {"id": key, "size": size})
        self._begin(lambda: self._join(key, provider))
        return answer_json(202, _new(call, key))

    def resize_node(self, call: Call) -> Answer:
        """Change the size, which is kept in the emulator's state only."""
        size = _size(call)
        node = self._idle(call)
        call.state.save(call.cluster, _SIZE, {"id": self._ids.get(node["ID"], node["ID"]), "size": size})
        return answer_json(202, self._shown(call, node))

    def reboot_node(self, call: Call) -> Answer:
        """Reboot: stop the engine and start it again."""
        node = self._idle(call)
        provider = self._provider()
        self._run_busy(node["ID"], "Updating", lambda: self._restart(node, provider))
        return answer_json(202, self._shown(call, node))

    def delete_node(self, call: Call) -> Answer:
        """Delete: drain the node, stop it and remove it. Raises 409 for the manager."""
        node = self._idle(call)
        if node["Spec"]["Role"] == "manager":
            raise conflict(still_manager(str(node["ID"])))
        provider = self._provider()
        self._run_busy(node["ID"], "Deleting", lambda: self._leave(node["ID"], provider))
        return answer_json(202, self._shown(call, node))

    def _provider(self) -> Provider:
        if self.provider is None:
            raise conflict(
                "nodes cannot be made, removed or rebooted here: their engines were not started by this server"
            )
        return self.provider

    def _begin(self, work: Callable[[], None]) -> None:
        threading.Thread(target=work, name="node", daemon=True).start()

    def _run_busy(self, node: str, status: str, work: Callable[[], None]) -> None:
        self._busy[node] = status

        def run() -> None:
            try:
                work()
            except _NO_MACHINE:
                pass  # it is shown as it is
            finally:
                self._busy.pop(node, None)

        self._begin(run)

    def _restart(self, node: dict[str, Any], provider: Provider) -> None:
        if node["Spec"]["Role"] != "manager":
            provider.restart(node["ID"])
            return
        with self.engine.away():
            provider.restart(node["ID"])

    def _join(self, key: str, provider: Provider) -> None:
        try:
            with self._lock:
                client = provider.start()
                self._coming[key] = str(client.info()["Name"])
                swarm = self.client.inspect_swarm()
                own = self.client.info()["Swarm"]
                client.join_swarm(
                    [own["RemoteManagers"][0]["Addr"]],
                    swarm["JoinTokens"]["Worker"],
                    advertise_addr=_address(client),
                )
            self._ids[_wait_for_id(client)] = key
        except _NO_MACHINE:
            pass  # it did not become a node, so it is no longer shown
        finally:
            self._coming.pop(key)

    def _leave(self, node: str, provider: Provider) -> None:
        inspected = self.client.inspect_node(node)
        spec = {**inspected["Spec"], "Availability": "drain"}
        self.client.update_node(node, inspected["Version"]["Index"], spec)
        until = time.monotonic() + JOINS_WITHIN
        while time.monotonic() < until and self._has_tasks(node):
            time.sleep(0.2)
        provider.stop(node)
        self.client.remove_node(node, force=True)  # it has ended, though the Swarm notices only later

    def _has_tasks(self, node: str) -> bool:
        to_run = self.client.tasks(filters={"node": node, "desired-state": "running"})
        stopping = self.client.tasks(filters={"node": node, "desired-state": "shutdown"})
        return bool(to_run) or any(task["Status"]["State"] == "running" for task in stopping)

    def _found(self, call: Call) -> dict[str, Any]:
        """A node by the id that this API gave it."""
        key = call.params["node_id"]
        with self.engine.asked():
            for node in self.client.nodes():
                if key in (node["ID"], self._ids.get(node["ID"])):
                    found: dict[str, Any] = node
                    return found
        raise not_found("node")

    def _idle(self, call: Call) -> dict[str, Any]:
        """A node that is not being changed."""
        if call.params["node_id"] in self._coming:
            raise conflict("The node is Creating")
        node = self._found(call)
        if node["ID"] in self._busy:
            raise conflict(f"The node is {self._busy[node['ID']]}")
        return node

    def _shown(self, call: Call, node: dict[str, Any]) -> dict[str, Any]:
        key = node["ID"]
        own = self._ids.get(key, key)
        ready = node["Status"]["State"] == "ready"
        platform = (node.get("Description") or {}).get("Platform") or {}
        return {
            "id": own,
            "status": self._busy.get(key) or ("Ready" if ready else "Updating"),
            "public_ip_address": node["Status"].get("Addr", ""),
            "swarm_manager": node["Spec"]["Role"] == "manager",
            "size": _size_of(call, own),
            "operating_system": {"type": platform.get("OS", ""), "distribution": "", "version": ""},
        }


def _new(call: Call, key: str) -> dict[str, Any]:
    return {
        "id": key,
        "status": "Creating",
        "public_ip_address": "",
        "swarm_manager": False,
        "size": _size_of(call, key),
        "operating_system": {"type": "linux", "distribution": "", "version": ""},
    }


def _size_of(call: Call, key: str) -> str:
    """The size given to the node with this id; the smallest if none was given."""
    given = call.state.find(call.cluster, _SIZE, key)
    if given is not None:
        return str(given["size"])
    sizes = call.state.all(call.cluster, "node_size").values()
    return str(min(sizes, key=lambda size: float(size["memory"]), default={"id": ""})["id"])


def _size(call: Call) -> str:
    size = str(call.body["size_id"])
    if call.state.find(call.cluster, "node_size", size) is None:
        raise invalid("size_id", "is not a node size of this cluster")
    return size


def _address(client: Any) -> str:
    """The address under which a machine is reached, which its provider gives its engine as a label."""
    labels = dict(label.partition("=")[::2] for label in client.info().get("Labels") or ())
    return str(labels.get("address", "127.0.0.1"))


def _wait_for_id(client: Any) -> str:
    until = time.monotonic() + JOINS_WITHIN
    while time.monotonic() < until:
        node = str((client.info().get("Swarm") or {}).get("NodeID") or "")
        if node:
            return node
        time.sleep(0.1)
    raise UsageError("the machine did not join")
