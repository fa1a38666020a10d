"""The same tests against both backends: the simulation, and a real Docker Swarm that is started here.

The Swarm needs Linux, root, and Docker's engine (Debian: ``apt-get install docker.io iproute2 busybox-static``). Where
CI is set, a missing engine is an error; elsewhere the tests of the Swarm are left out, and pytest says so.
"""

import json
import os
import shutil
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import pytest

from reconciler import emulator
from reconciler.emulator.swarm.namespaces import Namespaces
from tests.e2e.conftest import Bench
from tests.pipeline.outside import Outside

NEEDED = ("dockerd", "ip", "nsenter", "unshare", "busybox")
MISSING = [name for name in NEEDED if shutil.which(name) is None] + (["root"] if os.geteuid() else [])
HOW = f"a real Swarm needs {', '.join(MISSING)}: apt-get install docker.io iproute2 busybox-static, as root"
RUNS = 'trap "exit 0" TERM; sleep 1000000 & wait'
IMAGES = {"1": RUNS, "2": RUNS, "crash": "exit 1", "crash-late": "sleep 3; exit 1", "complete": "exit 0"}
"""Tags of local/app with the script that each runs."""


@dataclass(frozen=True)
class Backend:
    """One backend under test. ``engine`` is the Swarm's manager, which listens at ``url``; none for the simulation."""

    name: str
    server: emulator.Emulator
    engine: Any
    url: str = ""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Outside CI the tests of the Swarm are left out where it can't run, with the way to have them."""
    if MISSING and not os.environ.get("TESTS_IN_CI"):
        for item in items:
            if "[swarm" in item.name:
                item.add_marker(pytest.mark.skip(reason=HOW))


def _archive(folder: Path) -> None:
    """The images as an archive that an engine loads: a static busybox, and one script each."""
    made = Namespaces(folder)
    try:
        client = made.start()  # in no Swarm: it only packs the images
        root = folder / "rootfs"
        (root / "bin").mkdir(parents=True)
        busybox = shutil.which("busybox")
        assert busybox is not None
        shutil.copy(busybox, root / "bin" / "busybox")
        for name in ("sh", "sleep", "cat", "echo", "ls"):
            (root / "bin" / name).symlink_to("busybox")
        with tarfile.open(folder / "rootfs.tar", "w") as tar:
            tar.add(root, arcname=".")
        for tag, script in IMAGES.items():
            command = json.dumps(["/bin/sh", "-c", script])
            client.import_image(
                str(folder / "rootfs.tar"), repository="local/app", tag=tag, changes=[f"CMD {command}"]
            )
        (folder / "images").mkdir()
        names = [f"local/app:{tag}" for tag in IMAGES]
        with (folder / "images" / "app.tar").open("wb") as archive:
            subprocess.run(
                ["docker", "-H", made.machines[0].url, "save", *names], stdout=archive, check=True, timeout=60
            )
    finally:
        made.close()


@pytest.fixture(scope="session")
def swarm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """One Swarm for the whole session, with images that need no registry."""
    if MISSING:
        pytest.fail(HOW)
    folder = tmp_path_factory.mktemp("machines")
    _archive(folder)
    with emulator.serve(swarm=emulator.Swarm(machines=folder), clusters=("production",)) as server:
        (socket,) = folder.glob("*/docker.sock")
        engine = docker.APIClient(base_url=f"unix://{socket}", version="1.41")
        try:
            yield Backend("swarm", server, engine, f"unix://{socket}")
        finally:
            engine.close()


@pytest.fixture(params=["memory", "swarm"])
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    """Each backend in turn, with nothing in its cluster."""
    if request.param == "memory":
        with emulator.serve(pace=0.1, clusters=("production",)) as server:
            yield Backend("memory", server, None)
        return
    found: Backend = request.getfixturevalue("swarm")
    yield found
    empty(found)


def empty(backend: Backend) -> None:
    """Remove all that a test left on the engine."""
    engine = backend.engine
    for service in engine.services():
        engine.remove_service(service["ID"])
    for secret in engine.secrets():
        engine.remove_secret(secret["ID"])
    for config in engine.configs():
        engine.remove_config(config["ID"])
    for container in engine.containers(all=True):
        engine.remove_container(container["Id"], force=True)
    for volume in engine.volumes()["Volumes"] or ():
        engine.remove_volume(volume["Name"], force=True)


@pytest.fixture
def bench(backend: Backend, tmp_path: Path) -> Bench:
    """A folder for manifests, and the backend to apply them to."""
    return Bench(tmp_path, backend.server)


@pytest.fixture
def outside(backend: Backend) -> Iterator[Outside]:
    """Somebody who changes the cluster past the client."""
    with Outside(backend.server) as found:
        yield found


@dataclass(frozen=True)
class Api:
    """The API of one backend's cluster, call by call."""

    outside: Outside

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """The status and the decoded body of an answer."""
        return self.outside.answer(method, f"{self.outside.cluster}{path}", body)

    def made(self, kind: str, **body: Any) -> dict[str, Any]:
        """Add an object; it must be accepted."""
        status, found = self("POST", f"/{kind}", body)
        assert status == 201, found
        made: dict[str, Any] = found
        return made

    def tasks(self, service: str) -> list[dict[str, Any]]:
        """The tasks of a service; none while an engine that starts again does not answer."""
        status, found = self("GET", "/tasks")
        return [one for one in found["data"] if one["service_id"] == service] if status == 200 else []

    def running(self, service: str, count: int) -> set[str]:
        """The ids of the tasks of a service that run, once there are so many, and no other is on its way."""

        def found() -> set[str]:
            wanted = [one for one in self.tasks(service) if one["desired_state"] in ("running", "ready")]
            return (
                {one["id"] for one in wanted if one["status"]["state"] == "running"}
                if len(wanted) == count
                else set()
            )

        self.until(lambda: len(found()) == count)
        return found()

    def until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds; a test that waits in vain fails after a minute."""
        end = time.monotonic() + 60
        while not holds():
            assert time.monotonic() < end
            time.sleep(0.1)


@pytest.fixture
def api(outside: Outside) -> Api:
    return Api(outside)


@pytest.fixture
def running(outside: Outside) -> Callable[[str], set[str]]:
    """The ids of the tasks of a service that run now."""

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
def inside(backend: Backend) -> Callable[[str, str], str]:
    """What a command prints in a container of a service; only a Swarm has any."""

    def inside(service: str, command: str) -> str:
        for container in backend.engine.containers(
            filters={"label": f"com.docker.swarm.service.name={service}"}
        ):
            made = backend.engine.exec_create(container["Id"], ["/bin/sh", "-c", command])
            return str(backend.engine.exec_start(made["Id"]).decode())
        raise AssertionError(f"no container of {service} runs")

    return inside
