"""The real command as a process, with the emulator over real HTTP."""

import json
import os
import subprocess
import sys
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reconciler import emulator

REPOSITORY = Path(__file__).parents[2]
CLEAN = {
    name: value for name, value in os.environ.items() if not name.startswith(("MEDSTACK_", "RECONCILER_"))
}


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


@dataclass(frozen=True)
class Bench:
    """A folder for manifests, and a server to apply them to."""

    folder: Path
    server: emulator.Emulator

    def write(self, text: str, name: str = "manifest.yaml") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def run(
        self,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        stdin: str | None = None,
        folder: str = ".",
    ) -> Ended:
        """Run the command in the folder, with this server's credentials."""
        return command(*arguments, cwd=self.folder / folder, env={**self.account, **(env or {})}, stdin=stdin)

    def begin(
        self, *arguments: str, env: Mapping[str, str] | None = None, stderr: int = subprocess.DEVNULL
    ) -> "subprocess.Popen[bytes]":
        """Start the command in the folder; the caller ends it."""
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "reconciler", *arguments],
            cwd=self.folder,
            env={**_environment(self.folder), **self.account, **(env or {})},
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        )

    def requests(self) -> list[dict[str, Any]]:
        """All requests to the server, with ``method`` and ``path``, in order."""
        token = b64encode(f"{self.server.key}:{self.server.value}".encode()).decode()
        url = f"http://127.0.0.1:{self.server.port}/_emulator/requests"
        request = urllib.request.Request(url, headers={"Authorization": f"Basic {token}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: list[dict[str, Any]] = json.load(answer)["requests"]
        return found

    @property
    def account(self) -> Mapping[str, str]:
        """The server and its credentials, as environment variables."""
        return {
            "MEDSTACK_API_URL": self.server.url,
            "MEDSTACK_TOKEN_KEY": self.server.key,
            "MEDSTACK_TOKEN_VALUE": self.server.value,
        }

    def plan(self, **options: Any) -> dict[str, Any]:
        """The plan as JSON."""
        ended = self.run("plan", "--format", "json", **options)
        assert ended.code in {0, 3}, ended.text
        document: dict[str, Any] = json.loads(ended.out)
        return document


def _environment(cwd: Path) -> Mapping[str, str]:
    return {
        **CLEAN,
        "PYTHONPATH": str(REPOSITORY),
        "COLUMNS": "120",
        "XDG_CACHE_HOME": str(cwd / ".cache"),
    }


def command(
    *arguments: str, cwd: Path, env: Mapping[str, str] | None = None, stdin: str | None = None
) -> Ended:
    """Run ``reconciler`` of this checkout as a process, in any folder."""
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "reconciler", *arguments],
        cwd=cwd,
        env={**_environment(cwd), **(env or {})},
        input="" if stdin is None else stdin,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        encoding="utf-8",
    )
    assert "Traceback" not in ended.stderr, ended.stderr
    return Ended(ended.returncode, ended.stdout, ended.stderr)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with emulator.serve(pace=0.1) as server:
        yield Bench(tmp_path, server)


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Ended]:
    def run(*arguments: str, cwd: Path = tmp_path, **options: Any) -> Ended:
        return command(*arguments, cwd=cwd, **options)

    return run
