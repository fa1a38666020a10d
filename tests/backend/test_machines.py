"""Engines that are started here end with the process that started them, in any case."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.emulator.swarm.leftovers import remove_leftovers
from reconciler.emulator.swarm.namespaces import Namespaces
from reconciler.errors import UsageError
from tests.backend.conftest import HOW, MISSING
from tests.e2e.conftest import CLEAN, REPOSITORY

pytestmark = [
    pytest.mark.backend,
    pytest.mark.skipif(bool(MISSING) and not os.environ.get("TESTS_IN_CI"), reason=HOW),
]


def is_alive(process: int) -> bool:
    try:
        return "dockerd" in Path(f"/proc/{process}/cmdline").read_text(encoding="utf-8")
    except OSError:
        return False


def namespaces(word: str) -> list[str]:
    listed = subprocess.run(
        ["ip", "netns"], capture_output=True, text=True, check=True, encoding="utf-8"
    ).stdout
    return [line for line in listed.splitlines() if line.startswith(word)]


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder with a path that is short enough for the engines' sockets."""
    with tempfile.TemporaryDirectory(prefix="m", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_engines_end_with_the_emulator(short, how):
    folder = short
    command = [
        sys.executable,
        "-P",
        "-m",
        "reconciler",
        "emulator",
        "--backend",
        "swarm",
        "--machines",
        "machines",
        "--port",
        "0",
    ]
    with subprocess.Popen(
        command,
        cwd=folder,
        env={**CLEAN, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as emulator:
        assert emulator.stdout is not None
        first = emulator.stdout.readline()
        (pidfile,) = (folder / "machines").glob("*/docker.pid")
        engine = int(pidfile.read_text(encoding="utf-8"))
        assert is_alive(engine)
        emulator.send_signal(how)
        emulator.stdout.read()
    assert "The emulator listens on" in first
    end = time.monotonic() + 180
    while is_alive(engine):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert emulator.returncode == (0 if how == signal.SIGTERM else -how)
    word = f"medstack{emulator.pid}-"
    while namespaces(word) or list((folder / "machines").glob("medstack*")):
        assert time.monotonic() < end
        time.sleep(0.1)


def test_namespaces_that_a_process_left_before_its_engines_started_are_removed_at_the_next_start():
    with subprocess.Popen(["true"]) as ended:
        pass
    left, kept = f"medstack{ended.pid}-hub", f"medstack{os.getpid()}-900"
    try:
        for name in (left, kept):
            subprocess.run(["ip", "netns", "add", name], check=True)
        remove_leftovers()
        assert not namespaces(left)
        assert namespaces(kept)
    finally:
        for name in (left, kept):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


def test_a_folder_whose_path_is_too_long_for_sockets_is_refused(tmp_path):
    with pytest.raises(UsageError, match="too long for the engines' sockets"):
        Namespaces(tmp_path / ("x" * 100))


def test_machines_of_two_emulators_in_one_process_are_separate(short):
    first, second = Namespaces(short / "first"), Namespaces(short / "second")
    try:
        assert first.word != second.word
        second.close()
        assert namespaces(f"{first.word}-") == [f"{first.word}-hub"]
        assert namespaces(f"{second.word}-") == []
    finally:
        first.close()


@pytest.mark.parametrize("backend", ["swarm"], indirect=True)
def test_a_node_that_joins_or_leaves_is_not_touched(outside, api, backend, monkeypatch):
    def refused(node):
        """The message for each change of the node."""
        size = outside.ask("GET", f"{outside.cluster}/node-sizes")["data"][0]["id"]
        asked = (("PATCH", "", {"size_id": size}), ("DELETE", "", None), ("POST", "/reboot", None))
        answers = [api(method, f"/nodes/{node}{path}", body) for method, path, body in asked]
        return {(status, body["message"]) for status, body in answers}

    goes_on = {name: threading.Event() for name in ("start", "stop")}
    for name, event in goes_on.items():
        monkeypatch.setattr(Namespaces, name, held_back(getattr(Namespaces, name), event))
    (manager,) = outside.all("nodes")

    status, made = api("POST", "/nodes", {"size_id": manager["size"]})
    assert (status, made["status"]) == (202, "Creating")
    assert refused(made["id"]) == {(409, "The node is Creating")}
    goes_on["start"].set()
    api.until(lambda: api("GET", f"/nodes/{made['id']}")[1]["status"] == "Ready")
    status, going = api("DELETE", f"/nodes/{made['id']}")
    assert (status, going["id"], going["status"]) == (202, made["id"], "Deleting")
    assert refused(made["id"]) == {(409, "The node is Deleting")}
    goes_on["stop"].set()
    api.until(lambda: outside.all("nodes") == [manager])


def held_back(work, until):
    """A provider's action, delayed until an event."""

    def held(*arguments):
        until.wait()
        return work(*arguments)

    return held
