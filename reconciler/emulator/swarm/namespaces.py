"""Simulated machines on this one: a Docker engine each, in its own network namespace, connected by a bridge.

Needs Linux, root, Docker's engine and iproute2. Everything is created below one folder, and in namespaces with names
that begin with one word; ``close`` ends and removes it all, and so does the end of this process (``leftovers``). The
machine's own network and iptables are not changed.
"""

import contextlib
import itertools
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker
import docker.errors
import requests
from msgspec import Struct

from reconciler.emulator.swarm.leftovers import (
    AGAIN,
    GUARDED,
    NAMESPACES,
    PREFIX,
    clear,
    remove_leftovers,
    remove_namespace,
)
from reconciler.errors import UsageError

STARTS_WITHIN, STOPS_WITHIN = 60.0, 90.0
"""Seconds for an engine to answer, and for one to end before it is killed."""
_PROGRAMS = ("dockerd", "ip", "nsenter", "unshare")
API = "1.41"
"""The version of the Engine API: that of Docker 20.10, which later engines support too."""
_NETWORK = "10.77.0"
_LAST = 250
_LONGEST_SOCKET = 107
"""The most bytes of a socket's path on Linux (unix(7))."""


class Machine(Struct, frozen=True):
    """One engine. ``name`` is its host name and its namespace."""

    name: str
    folder: Path
    process: subprocess.Popen[bytes]
    client: Any

    @property
    def url(self) -> str:
        """The URL on which its engine listens."""
        return f"unix://{self.folder / 'docker.sock'}"


class Namespaces:
    """A ``Provider`` of machines below ``folder``. Archives in ``folder/images`` are loaded into each engine."""

    def __init__(self, folder: Path, word: str = "") -> None:
        """``word`` begins the names of namespaces and hosts; default: one that no other process has.

        Raises UsageError if this machine does not support it.
        """
        word = word or _new_word()
        missing = [name for name in _PROGRAMS if shutil.which(name) is None]
        if missing or os.name != "posix" or os.geteuid() != 0:
            wants = f" and these programs: {', '.join(missing)}" if missing else ""
            raise UsageError(f"starting engines needs Linux, root{wants}")
        self.folder, self.word = folder.resolve(), word
        longest = f"{self.folder}/{word}-{_LAST}/exec/containerd/containerd-debug.sock"
        if len(longest.encode()) > _LONGEST_SOCKET:
            raise UsageError(
                f"{self.folder}: the path is too long for the engines' sockets; use a shorter one"
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        remove_leftovers()
        self.machines: list[Machine] = []
        self._number = 0
        self._is_closed = False
        self._lock = threading.Lock()  # so that ``close`` also ends a machine that is being started
        self._hub = f"{word}-hub"
        _run("ip", "netns", "add", self._hub)
        try:
            _run("ip", "-n", self._hub, "link", "add", "br0", "type", "bridge")
            _run("ip", "-n", self._hub, "link", "set", "br0", "up")
        except UsageError:
            self.close()
            raise

    def manager(self) -> str:
        """Start the first machine as the manager of a new Swarm; returns its engine's URL."""
        client = self.start()
        client.init_swarm(advertise_addr=f"{_NETWORK}.{self._number}")
        return self.machines[-1].url

    def start(self) -> Any:
        """A new machine's engine, which is in no Swarm yet. Raises UsageError if it does not start in time."""
        with self._lock:
            return self._start()

    def _start(self) -> Any:
        if self._is_closed:
            raise UsageError("the machines have been stopped")
        if self._number >= _LAST:
            raise UsageError(f"at most {_LAST} machines can be started")
        self._number += 1
        name = f"{self.word}-{self._number}"
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        try:
            address = self._connect(name)
            machine = self._engine(name, address, folder)
        except UsageError:
            clear(name, folder)
            raise
        self.machines.append(machine)
        for archive in sorted((self.folder / "images").glob("*.tar")):
            with archive.open("rb") as content:
                machine.client.load_image(content.read())
        return machine.client

    def _connect(self, name: str) -> str:
        """Create a namespace of this name, connected to the bridge; returns its address."""
        plug, address = f"v{self._number}", f"{_NETWORK}.{self._number}"
        _run("ip", "netns", "add", name)
        _run(
            "ip",
            "link",
            "add",
            plug,
            "netns",
            self._hub,
            "type",
            "veth",
            "peer",
            "name",
            "eth0",
            "netns",
            name,
        )
        _run("ip", "-n", self._hub, "link", "set", plug, "master", "br0", "up")
        _run("ip", "-n", name, "addr", "add", f"{address}/24", "dev", "eth0")
        for link in ("lo", "eth0"):
            _run("ip", "-n", name, "link", "set", link, "up")
        return address

    def stop(self, node: str) -> None:
        """Remove the machine whose engine has this node id. Does nothing if it did not create that machine."""
        for machine in list(self.machines):
            if _node_id(machine.client) == node:
                with contextlib.suppress(docker.errors.APIError, requests.RequestException):
                    machine.client.leave_swarm(force=True)
                self.machines.remove(machine)
                self._remove(machine)

    def restart(self, node: str) -> None:
        """Start the engine of the machine again."""
        with self._lock:
            for at, machine in enumerate(self.machines):
                if _node_id(machine.client) != node:
                    continue
                _end(machine.process, AGAIN)
                address = f"{_NETWORK}.{machine.name.rpartition('-')[2]}"
                machine.client.close()
                self.machines[at] = self._engine(machine.name, address, machine.folder)

    def engines(self) -> Sequence[Any]:
        """The engines of all machines."""
        return [machine.client for machine in self.machines]

    def close(self) -> None:
        """Stop and remove everything that was created, and create nothing more."""
        with self._lock:
            self._is_closed = True
            for machine in reversed(self.machines):
                self._remove(machine)
            self.machines.clear()
        remove_namespace(self._hub)

    def _engine(self, name: str, address: str, folder: Path) -> Machine:
        listens = folder / "docker.sock"
        command = [
            *("nsenter", f"--net=/run/netns/{name}", "unshare", "--uts"),
            *("sh", "-c", GUARDED, "sh", name, self.word, str(folder)),
            *("dockerd", "--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec"),
            *("-H", f"unix://{listens}", "--pidfile", f"{folder}/docker.pid"),
            *("--userland-proxy=false", "--label", f"address={address}"),
        ]
        (folder / "docker.pid").unlink(missing_ok=True)
        with (folder / "log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - the words are ours, the folder is one argument
                command, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
            )
        until = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < until and process.poll() is None:
            if _answers(listens):
                client = docker.APIClient(base_url=f"unix://{listens}", version=API, timeout=60)
                return Machine(name, folder, process, client)
            time.sleep(0.05)
        _end(process)
        raise UsageError(f"the engine {name} did not start: {_last_line(folder / 'log')}")

    def _remove(self, machine: Machine) -> None:
        machine.client.close()
        _end(machine.process)
        clear(machine.name, machine.folder)


@contextmanager
def namespaces(folder: Path) -> Iterator[Namespaces]:
    """``Namespaces``, which are stopped and removed when the block ends."""
    made = Namespaces(folder)
    try:
        yield made
    finally:
        made.close()


def _new_word() -> str:
    """The prefix of names: with this process's id, and not used by its earlier engines."""
    own = f"{PREFIX}{os.getpid()}"
    words = itertools.chain([own], (f"{own}x{count}" for count in itertools.count(2)))
    return next(word for word in words if not (NAMESPACES / f"{word}-hub").exists())


def _node_id(client: Any) -> str:
    try:
        return str((client.info().get("Swarm") or {}).get("NodeID") or "")
    except (docker.errors.DockerException, requests.RequestException):
        return ""


def _end(process: subprocess.Popen[bytes], message: bytes = b"") -> None:
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(message)
            process.stdin.close()
    try:
        process.wait(STOPS_WITHIN)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _answers(listens: Path) -> bool:
    """Whether an engine answers at this socket. Uses plain HTTP: the client of Docker's library does not close a
    refused socket."""
    try:
        with socket.socket(socket.AF_UNIX) as asked:
            asked.settimeout(STARTS_WITHIN)
            asked.connect(str(listens))
            asked.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return asked.recv(12).endswith(b" 200")
    except OSError:
        return False


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return lines[-1] if lines else "its log is empty"


def _run(*command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, encoding="utf-8")  # noqa: S603 - the words are ours
    if done.returncode:
        raise UsageError(f"{' '.join(command)}: {done.stderr.strip()}")
