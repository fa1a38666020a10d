"""Closed, full or missing outputs: a correct exit code and no traceback."""

import os
import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-m", "reconciler", "schema"]


def ended(command: list[str], stdout: int = subprocess.PIPE) -> tuple[int, str]:
    ran = subprocess.run(
        command, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False, encoding="utf-8"
    )
    return ran.returncode, ran.stderr


def test_a_closed_pipe_fails_without_a_message():
    reading, writing = os.pipe()
    os.close(reading)
    code, output = ended(COMMAND, stdout=writing)
    os.close(writing)

    assert code == 1
    assert "bug" not in output
    assert "Traceback" not in output
    assert "ignored" not in output


@pytest.mark.posix("closes streams with a shell")
@pytest.mark.parametrize("closed", [">&-", ">&- 2>&-"])
def test_a_process_without_outputs_does_its_work_silently(closed):
    assert ended(["sh", "-c", f'exec "$@" {closed}', "sh", *COMMAND]) == (0, "")
