"""The same tests with both backends: the simulation, and a real Docker Swarm that is started here.

The Swarm needs Linux, root, and Docker's engine (Debian: ``apt-get install docker.io iproute2 busybox-static``).
With CI set, a missing engine is an error; otherwise its tests are skipped with a message.
"""

import hashlib
import io
import json
import os
import platform
import shutil
import subprocess
import tarfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import docker
import docker.errors
import pytest
import requests

from reconciler import emulator
from tests.e2e.conftest import Bench
from tests.pipeline.outside import Outside

NEEDED = ("dockerd", "docker", "ip", "nsenter", "unshare", "busybox")
MISSING = [name for name in NEEDED if shutil.which(name) is None] + (["root"] if os.geteuid() else [])
HOW = f"a real Swarm needs {', '.join(MISSING)}: apt-get install docker.io iproute2 busybox-static, as root"
Found = TypeVar("Found")
RUNS = 'trap "exit 0" TERM; sleep 1000000 & wait'
IMAGES = {"1": RUNS, "2": RUNS, "crash": "exit 1", "crash-late": "sleep 3; exit 1", "complete": "exit 0"}
"""Tags of local/app with the script that each runs."""


@dataclass(frozen=True)
class Backend:
    """A backend under test. ``engine`` is the Swarm's manager, which listens at ``url``; None for the simulation."""

    name: str
    server: emulator.Emulator
    engine: Any
    url: str = ""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without CI, skip the tests of the Swarm if it cannot run, and say how to install it."""
    if MISSING and not os.environ.get("TESTS_IN_CI"):
        for item in items:
            if "[swarm" in item.name:
                item.add_marker(pytest.mark.skip(reason=HOW))


def _images(folder: Path) -> None:
    """An archive of images for an engine: a static busybox with a script each (OCI image layout of ``docker save``)."""
    busybox = shutil.which("busybox")
    assert busybox is not None
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        tar.add(busybox, arcname="bin/busybox", recursive=False)
        for name in ("sh", "sleep", "cat", "echo", "ls"):
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
    digest = hashlib.sha256(layer.getvalue()).hexdigest()
    files, manifest = {"layer.tar": layer.getvalue()}, []
    for tag, script in IMAGES.items():
        image = {
            "architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(
                platform.machine(), platform.machine()
            ),
            "os": "linux",
            "config": {"Cmd": ["/bin/sh", "-c", script]},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
        }
        files[f"{tag}.json"] = json.dumps(image).encode()
        manifest.append({"Config": f"{tag}.json", "RepoTags": [f"local/app:{tag}"], "Layers": ["layer.tar"]})
    files["manifest.json"] = json.dumps(manifest).encode()
    folder.mkdir()
    with tarfile.open(folder / "app.tar", "w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


class Swarms:
    """The Swarm of this process: started when a test needs it, and replaced if a test left it unusable."""

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self._folders, self._ended = folders, ExitStack()
        self._backend: Backend | None = None

    def ready(self) -> Backend:
        """A Swarm of one engine without objects."""
        if self._backend is None:
            folder = self._folders.mktemp("m")
            _images(folder / "images")
            swarm = emulator.Swarm(machines=folder, network="none")  # see test_network.py
            serving = emulator.serve(swarm=swarm, clusters=("production",))
            server = self._ended.enter_context(serving)
            (socket,) = folder.glob("*/docker.sock")
            engine = docker.APIClient(base_url=f"unix://{socket}", version="1.41", timeout=60)
            self._ended.callback(engine.close)
            self._backend = Backend("swarm", server, engine, f"unix://{socket}")
        return self._backend

    def give_back(self, *, is_whole: bool) -> None:
        """Empty the Swarm for the next test; end it if that or the test failed."""
        try:
            if is_whole and self._backend is not None and empty(self._backend):
                return
        except (docker.errors.DockerException, requests.RequestException):
            pass
        self.end()

    def end(self) -> None:
        """End the Swarm and remove everything of it."""
        self._backend = None
        self._ended.close()


@pytest.fixture(scope="session")
def swarms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Swarms]:
    """One Swarm at a time for the whole session."""
    if MISSING:
        pytest.fail(HOW)
    found = Swarms(tmp_path_factory)
    try:
        yield found
    finally:
        found.end()


@pytest.fixture(params=["memory", "swarm"])
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    """Each backend in turn, with an empty cluster."""
    if request.param == "memory":
        with emulator.serve(pace=0.1, clusters=("production",)) as server:
            yield Backend("memory", server, None)
        return
    swarms: Swarms = request.getfixturevalue("swarms")
    yield swarms.ready()
    swarms.give_back(is_whole=not request.node.stash.get(FAILED, False))


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Mark that a test failed, so that its Swarm is not used again."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


ENDED = ("complete", "failed", "orphaned", "rejected", "remove", "shutdown")
"""States of tasks that will not start a container again."""


def empty(backend: Backend) -> bool:
    """Remove everything that a test left on the engine.

    Returns whether it is still the only engine of its Swarm and no other is joining: containers and volumes of
    later tests could be placed on a node that joins.
    """
    engine = backend.engine
    for service in engine.services():
        engine.remove_service(service["ID"])
    for secret in engine.secrets():
        engine.remove_secret(secret["ID"])
    for config in engine.configs():
        engine.remove_config(config["ID"])
    end = time.monotonic() + 120
    while engine.containers(all=True) or any(task["Status"]["State"] not in ENDED for task in engine.tasks()):
        for container in engine.containers(all=True):
            with suppress(docker.errors.APIError):  # it is removed by itself
                engine.remove_container(container["Id"], force=True)
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    for volume in engine.volumes()["Volumes"] or ():
        engine.remove_volume(volume["Name"], force=True)
    with Outside(backend.server) as outside:
        return len(engine.nodes()) == len(outside.all("nodes")) == 1


@pytest.fixture
def bench(backend: Backend, tmp_path: Path) -> Bench:
    """A folder for manifests, and the backend to apply them to."""
    return Bench(tmp_path, backend.server)


@pytest.fixture
def outside(backend: Backend) -> Iterator[Outside]:
    """A client that changes the cluster outside git."""
    with Outside(backend.server) as found:
        yield found


@dataclass(frozen=True)
class Api:
    """The API of a backend's cluster, one request at a time."""

    outside: Outside

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """The status and the decoded body of an answer."""
        return self.outside.answer(method, f"{self.outside.cluster}{path}", body)

    def made(self, kind: str, **body: Any) -> dict[str, Any]:
        """Create an object, which must be accepted."""
        status, found = self("POST", f"/{kind}", body)
        assert status == 201, found
        made: dict[str, Any] = found
        return made

    def tasks(self, service: str) -> list[dict[str, Any]]:
        """The tasks of a service; none while a restarting engine does not answer."""
        status, found = self("GET", "/tasks")
        return [task for task in found["data"] if task["service_id"] == service] if status == 200 else []

    def running(self, service: str, count: int) -> set[str]:
        """The ids of a service's running tasks, once there are ``count`` and no other is starting."""

        def found() -> set[str]:
            wanted = [task for task in self.tasks(service) if task["desired_state"] in ("running", "ready")]
            ids = {task["id"] for task in wanted if task["status"]["state"] == "running"}
            return ids if len(ids) == len(wanted) == count else set()

        return self.until(found)

    def ended(self, service: str, *states: str) -> dict[str, Any]:
        """A task of a service that ended in one of these states and will not run again, once there is one."""

        def found() -> dict[str, Any] | None:
            return next(
                (
                    task
                    for task in self.tasks(service)
                    if task["status"]["state"] in states and task["desired_state"] == "shutdown"
                ),
                None,
            )

        return self.until(found)

    def until(self, look: Callable[[], Found | None]) -> Found:
        """Call ``look`` until it returns something, and return that. Fails after three minutes."""
        end = time.monotonic() + 180
        while not (found := look()):
            assert time.monotonic() < end
            time.sleep(0.1)
        return found


@pytest.fixture
def api(outside: Outside) -> Api:
    return Api(outside)


@pytest.fixture
def running(outside: Outside) -> Callable[[str], set[str]]:
    """A function that returns the ids of a service's running tasks."""

    def running(name: str) -> set[str]:
        service = outside.named("services", name)["id"]
        return {
            task["id"]
            for task in outside.all("tasks")
            if task["service_id"] == service
            and task["status"]["state"] == "running"
            and task["desired_state"] == "running"
        }

    return running


@pytest.fixture
def docker_command(backend: Backend) -> Callable[..., str]:
    """A function that runs Docker's command on the Swarm's manager and returns its output."""

    def run(*words: str) -> str:
        ended = subprocess.run(
            ["docker", "-H", backend.url, *words],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            encoding="utf-8",
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    return run


@pytest.fixture
def inside(backend: Backend) -> Callable[[str, str], str]:
    """A function that returns the output of a command in a container of a service; only with a Swarm."""

    def inside(service: str, command: str) -> str:
        for container in backend.engine.containers(
            filters={"label": f"com.docker.swarm.service.name={service}"}
        ):
            made = backend.engine.exec_create(container["Id"], ["/bin/sh", "-c", command])
            return str(backend.engine.exec_start(made["Id"]).decode())
        raise AssertionError(f"no container of {service} runs")

    return inside
