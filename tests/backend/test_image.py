"""A real engine builds the Containerfile, and the image works."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import reconciler
from reconciler.emulator.swarm.namespaces import namespaces
from tests.backend.base_image import PYTHON, write_base_image
from tests.backend.conftest import HOW, MISSING
from tests.e2e.conftest import REPOSITORY

NEEDED = (PYTHON, "apt-cache", "dpkg-query")
NO_BASE = [name for name in NEEDED if shutil.which(name) is None]
LOCKED = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
"""A container that can write only to its mounts, and in which no program can become root."""

pytestmark = [
    pytest.mark.backend,
    pytest.mark.skipif(
        bool(MISSING or NO_BASE) and not os.environ.get("TESTS_IN_CI"),
        reason=HOW if MISSING else f"a base is made from Debian's packages, with {', '.join(NEEDED)}",
    ),
]


class DockerCommand:
    """Docker's command on an engine without a network."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __call__(self, *words: str) -> str:
        """The output of a command, standard error first; it must succeed."""
        ended = subprocess.run(
            ["docker", "-H", self.url, *words],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
            encoding="utf-8",
        )
        assert ended.returncode == 0, ended.stderr + ended.stdout
        return ended.stderr + ended.stdout

    def run(self, *words: str, mount: str = "", options: tuple[str, ...] = ()) -> str:
        """The output of the image's command; ``mount`` is a folder of this machine and its path in the container."""
        mounts = ("--volume", mount) if mount else ()
        return self(
            "run", "--rm", "--network", "none", *LOCKED, *mounts, *options, "local/reconciler", *words
        )


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DockerCommand]:
    with (
        tempfile.TemporaryDirectory(prefix="m", ignore_cleanup_errors=True) as short,
        namespaces(Path(short)) as made,
    ):
        made.start()
        engine = DockerCommand(made.machines[0].url)
        wheels = tmp_path / "wheels"
        wheels.mkdir()
        write_base_image(tmp_path / "base.tar", wheels)
        engine("import", str(tmp_path / "base.tar"), "local/base")
        yield engine


@pytest.fixture
def manifests(tmp_path: Path) -> Path:
    """The quick start in a repository of root's that the container's user may write to."""
    folder = tmp_path / "manifests"
    shutil.copytree(REPOSITORY / "examples" / "quickstart", folder)
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    subprocess.run(["git", "add", "-A"], cwd=folder, check=True)
    folder.chmod(0o777)
    return folder


# A single test, since parallel tests would each build the image.
def test_the_image_is_built_without_a_network_and_runs_as_a_user_without_rights_on_a_read_only_root(
    engine: DockerCommand, manifests: Path
) -> None:
    build = ("build", "--network", "none", "--build-arg", "BASE=local/base", "--file", "Containerfile")
    engine(*build, "--tag", "local/reconciler", ".")

    assert engine.run("--version") == f"reconciler {reconciler.__version__}\n"
    assert engine.run("-u", options=("--entrypoint", "id")) == "1000\n"
    assert "Usage: reconciler" in engine.run()
    assert "Valid: 4 objects in 1 file." in engine.run("validate", ".", mount=f"{manifests}:/work:ro")
    applied = engine.run("apply", ".", "--emulator", "--yes", mount=f"{manifests}:/work")
    assert "Apply complete: 4 applied." in applied
    assert "No changes" in engine.run("plan", ".", "--emulator", mount=f"{manifests}:/work")
    assert (
        "no such file" in engine.run("-c", "ls /source 2>&1 || true", options=("--entrypoint", "sh")).lower()
    )
    assert sys.prefix not in engine("history", "--no-trunc", "local/reconciler")
