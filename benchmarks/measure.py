"""Measures whole processes from outside.

Commands run in turn, so that a change of the machine's speed affects all of them equally.
"""

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Command = Sequence[str]


@dataclass(frozen=True, slots=True)
class Taken:
    """The result of a run: wall-clock seconds, CPU seconds, and peak memory in MB."""

    wall: float
    cpu: float
    memory: float


def once(command: Command, environment: Mapping[str, str]) -> Taken:
    """Run a command, discarding its output. Raises SystemExit with its messages if it fails."""
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
        ) as process,
    ):
        began = time.perf_counter()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            output = said.read().decode(errors="replace")[-2000:]
            raise SystemExit(f"exit code {process.returncode}: {' '.join(command)}\n{output}")
    return Taken(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def in_turn(commands: Sequence[Command], environment: Mapping[str, str], runs: int) -> list[list[Taken]]:
    """``runs`` runs of each command, in the order A B A B, after one warm-up run of each."""
    for command in commands:
        once(command, environment)
    return rounds(commands, environment, runs)


def rounds(commands: Sequence[Command], environment: Mapping[str, str], runs: int) -> list[list[Taken]]:
    """The same without warm-up runs, for commands that take very long."""
    taken = [[once(command, environment) for command in commands] for _ in range(runs)]
    return [list(measures) for measures in zip(*taken, strict=True)]


def middle(taken: Sequence[Taken], what: str = "wall") -> float:
    """The median of one measured value."""
    return float(statistics.median(getattr(measured, what) for measured in taken))


def ratio(left: Sequence[Taken], right: Sequence[Taken], what: str = "wall") -> float:
    """The median of the ratios of paired runs."""
    return float(
        statistics.median(getattr(a, what) / getattr(b, what) for a, b in zip(left, right, strict=True))
    )
