"""The README's commands for your own Swarm work as written."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import CLEAN, REPOSITORY

pytestmark = pytest.mark.backend
SECTION = "## A MedStack-shaped API over your own Swarm"


@pytest.mark.parametrize("backend", ["swarm"], indirect=True)
def test_five_lines_of_the_readme_serve_ones_own_swarm(backend, api, tmp_path):
    service = api.made("services", name="shop_web", image="local/app:1")
    api.running(service["id"], 1)
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8").partition(SECTION)[2]
    found = re.search(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    lines = found[1].splitlines()
    assert len(lines) == 5
    served = "\n".join(lines[2:]).replace("unix:///var/run/docker.sock", f"{backend.url} --port 0")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"

    ended = subprocess.run(
        ["bash", "-euc", f"trap 'kill $!' EXIT\n{served}"],
        cwd=tmp_path,
        env={**CLEAN, "PATH": path},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        encoding="utf-8",
    )

    assert ended.returncode == 0, ended.stderr
    made = "".join(file.read_text(encoding="utf-8") for file in (tmp_path / "clusters").rglob("*.yaml"))
    assert "shop_web" in made
