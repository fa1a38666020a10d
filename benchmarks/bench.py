"""The tools of all measurements: two stub servers that delay their answers, the command, and rows of the table."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.measure import Command, Taken, in_turn, once

HERE = Path(__file__).resolve().parent
TRIP = 0.04
"""Seconds of a round trip."""
PYTHON = sys.executable


class Server:
    """A running stub server, and its controls."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}/v1"

    def tell(self, **order: Any) -> dict[str, int]:
        """Send control options to the stub; returns its counts."""
        body = json.dumps(order).encode()
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/control", body) as answer:
            counted: dict[str, int] = json.load(answer)
            return counted


@contextmanager
def stub() -> Iterator[Server]:
    """A stub that runs during the block."""
    with subprocess.Popen(
        [PYTHON, str(HERE / "stub.py"), "0"], stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        try:
            yield Server(int(process.stdout.readline().split()[1]))
        finally:
            process.kill()


class Bench:
    """Two stub servers, one for objects that reconciler created and one for a peer's, and a folder for files."""

    def __init__(self, folder: Path, ours: Server, theirs: Server, runs: int) -> None:
        self.folder, self.ours, self.theirs, self.runs = folder, ours, theirs, runs
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": str(HERE.parent),
            "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
            "MEDSTACK_TOKEN_KEY": "bench",
            "MEDSTACK_TOKEN_VALUE": "bench",
            "MEDSTACK_API_URL": ours.url,
            "RECONCILER_DIGEST_KEY": "benchmarks-only-0123456789",
        }

    def command(self, *arguments: str) -> Command:
        """The reconciler command, as a user runs it."""
        return (PYTHON, "-m", "reconciler", *arguments)

    def create(self, manifest: Path, parallelism: int = 16) -> Command:
        """An apply that creates the declared objects and watches no rollouts."""
        words = ("--yes", "-q", "--no-wait", "--parallelism", str(parallelism))
        return self.command("apply", str(manifest), *words)

    def baseline(self, what: str, manifest: Path, parallelism: int = 16) -> Command:
        """The command of the baseline."""
        return (PYTHON, str(HERE / "baseline.py"), what, str(manifest), self.theirs.url, str(parallelism))

    def time(self, *commands: Command, runs: int = 0) -> list[list[Taken]]:
        """Run the commands in turn; returns the measurements of each command."""
        return in_turn(commands, self.environment, runs or self.runs)

    def delay(self, seconds: float) -> None:
        """Set the round-trip time of both servers."""
        self.ours.tell(delay=seconds)
        self.theirs.tell(delay=seconds)

    def empty(self) -> None:
        """Remove all objects from both servers, and reset their counts."""
        for server in (self.ours, self.theirs):
            server.tell(empty=True, zero=True)

    def made(self, manifest: Path) -> None:
        """Put the declared objects on both servers, verified."""
        self.delay(0.0)
        self.empty()
        once(self.command("apply", str(manifest), "--yes", "-q"), self.environment)
        once(self.baseline("create", manifest), self.environment)
        self.delay(TRIP)


def row(what: str, value: str, goal: str) -> None:
    """Print a row of the table."""
    print(f"| {what} | {value} | {goal} |", flush=True)
