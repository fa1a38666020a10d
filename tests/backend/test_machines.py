"""The engines that are started here end with the process that started them, however it ends."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

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
    listed = subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if line.startswith(word)]


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder whose path is short enough for the engines' sockets, whatever runs the tests."""
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
    ]
    with subprocess.Popen(
        command, cwd=folder, env={**CLEAN, "PYTHONPATH": str(REPOSITORY)}, stdout=subprocess.PIPE, text=True
    ) as emulator:
        assert emulator.stdout is not None
        first = emulator.stdout.readline()
        (pidfile,) = (folder / "machines").glob("*/docker.pid")
        engine = int(pidfile.read_text(encoding="utf-8"))
        assert is_alive(engine)
        emulator.send_signal(how)
        emulator.stdout.read()
    assert "The emulator listens on" in first
    end = time.monotonic() + 90
    while is_alive(engine):
        assert time.monotonic() < end
        time.sleep(0.1)
    word = f"medstack{emulator.pid}"
    if how == signal.SIGTERM:
        assert emulator.returncode == 0
        assert not namespaces(word)
        assert not list((folder / "machines").glob("medstack*"))
    for name in namespaces(word):  # a process that was killed leaves them empty
        subprocess.run(["ip", "netns", "del", name.split()[0]], check=True)


@pytest.mark.skipif(bool(MISSING), reason=HOW)
def test_a_folder_whose_path_is_too_long_for_sockets_is_refused(tmp_path):
    with pytest.raises(UsageError, match="too long for the engines' sockets"):
        Namespaces(tmp_path / ("x" * 100))
