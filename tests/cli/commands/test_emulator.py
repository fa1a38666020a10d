import base64
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

import reconciler
from reconciler.cli import run
from reconciler.emulator import images

ROOT = Path(reconciler.__file__).parent.parent


@pytest.mark.posix("Windows kills a process without a signal")
def test_the_emulator_serves_until_a_signal(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-m", "reconciler", "emulator", "--port", "0", "--cluster", "clinic"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        assert process.stdout is not None
        shown = "".join(process.stdout.readline() for _ in range(5))
        exports = dict(re.findall(r"^export (\w+)=(\S+)$", shown, re.MULTILINE))
        token = f"{exports['MEDSTACK_TOKEN_KEY']}:{exports['MEDSTACK_TOKEN_VALUE']}".encode()
        asked = Request(
            f"{exports['MEDSTACK_API_URL']}/companies/current",
            headers={"Authorization": f"Basic {base64.b64encode(token).decode()}"},
        )
        with urlopen(asked, timeout=120) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)

    assert process.returncode == 0


def test_without_its_libraries_the_command_says_what_to_install(monkeypatch, capsys):
    def missing(**_):
        raise ModuleNotFoundError("No module named 'starlette'", name="starlette")

    monkeypatch.setattr("reconciler.emulator.run", missing)

    assert run(["emulator"]) == 1
    assert "pip install '.[emulator]'" in capsys.readouterr().err


def test_the_help_lists_the_images_that_fail(capsys):
    assert run(["emulator", "--help"]) == 0

    shown = capsys.readouterr().out
    for word in ("missing", "nonexistent", "crash"):
        image = images.parse(f"registry.example.com/{word}:1")
        assert image is not None
        assert images.fate(image) != "run"
        assert f"`{word}`" in shown
