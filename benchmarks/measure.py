"""Whole processes, timed from outside, in turn, so that a machine that speeds up or slows down spoils no ratio."""

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
    """What one run took: seconds by the wall's clock and of the processor, and the peak of its memory in MB."""

    wall: float
    cpu: float
    memory: float


def once(command: Command, environment: Mapping[str, str]) -> Taken:
    """Run a command to its end, its output thrown away. Raises SystemExit where it fails, with what it said."""
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
            told = said.read().decode(errors="replace")[-2000:]
            raise SystemExit(f"exit code {process.returncode}: {' '.join(command)}\n{told}")
    return Taken(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def in_turn(commands: Sequence[Command], environment: Mapping[str, str], runs: int) -> list[list[Taken]]:
    """``runs`` runs of each command, A B A B, after one of each that does not count."""
    for command in commands:
        once(command, environment)
    return rounds(commands, environment, runs)


def rounds(commands: Sequence[Command], environment: Mapping[str, str], runs: int) -> list[list[Taken]]:
    """The same, and every run counts: for what takes too long to be run in vain."""
    taken = [[once(command, environment) for command in commands] for _ in range(runs)]
    return [list(measures) for measures in zip(*taken, strict=True)]


def middle(taken: Sequence[Taken], what: str = "wall") -> float:
    """The median of one measure."""
    return float(statistics.median(getattr(measured, what) for measured in taken))


def ratio(left: Sequence[Taken], right: Sequence[Taken], what: str = "wall") -> float:
    """The median of the pairs' ratios."""
    return float(
        statistics.median(getattr(a, what) / getattr(b, what) for a, b in zip(left, right, strict=True))
    )
