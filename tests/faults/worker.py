"""Applies as processes of their own, forked from one that has everything loaded: as good as started anew, and
twenty times as fast. Run as a program it takes a JSON object a line, and answers with one.

{"folder", "environment", "url", "key", "value", "parallelism", "die_after", "out"} → {"pid"}: an apply has begun;
with ``die_after`` it kills itself after so many answers. {"wait": pid} → {"status"}: how it ended, negative for
a signal.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from reconciler.transport import Exchange


class Workers:
    """The side that asks."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def begin(self, **order: Any) -> int:
        return int(self._ask(order)["pid"])

    def wait(self, pid: int) -> int:
        return int(self._ask({"wait": pid})["status"])

    def _ask(self, message: dict[str, Any]) -> Any:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(message) + "\n")
        stdin.flush()
        return json.loads(stdout.readline())


@contextmanager
def workers() -> Iterator[Workers]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        encoding="utf-8",
    ) as process:
        yield Workers(process)
        assert process.stdin is not None
        process.stdin.close()


def dying_after(answers: int | None) -> Callable[[Exchange], None] | None:
    """An observer that kills the process after this number of answers."""
    if answers is None:
        return None
    count = 0

    def observe(_: Exchange) -> None:
        nonlocal count
        count += 1
        if count >= answers:
            os.kill(os.getpid(), signal.SIGKILL)

    return observe


def serve() -> None:
    """Serve requests until the other side closes."""
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            _, status = os.waitpid(order["wait"], 0)
            answer = {"status": os.waitstatus_to_exitcode(status)}
        else:
            answer = {"pid": _fork(order)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _fork(order: dict[str, Any]) -> int:
    manifests = _loaded(order["folder"], json.dumps(order["environment"]))
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        code = _apply(order, manifests)
    finally:
        os._exit(code)


def _apply(order: dict[str, Any], manifests: Any) -> int:
    from tests.faults.world import FaultWorld

    world = FaultWorld(order["url"], order["key"], order["value"], process=None)
    result = world.apply(manifests, parallelism=order["parallelism"], observe=dying_after(order["die_after"]))
    Path(order["out"]).write_text(result.text, encoding="utf-8")
    return result.exit_code


@cache
def _loaded(folder: str, environment: str) -> Any:
    """Loaded once, before the fork; the folder does not change."""
    from reconciler.pipeline.manifests import load
    from reconciler.pipeline.sources import Sources

    path = Path(folder)
    sources = Sources(path, root=path)
    found = load(path, root=path, variables={}, environment=json.loads(environment), sources=sources)
    found.raise_if_invalid()
    return found


if __name__ == "__main__":
    import_module("reconciler.pipeline.apply")  # before any fork, so that no child has to load it
    import_module("tests.faults.world")
    serve()
