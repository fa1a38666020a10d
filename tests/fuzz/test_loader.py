"""Hostile manifests from a coverage-guided fuzzer give only diagnostics."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent.parent
RUNS = 5000
"""Runs for a few seconds; CONTRIBUTING.md says how to run it for hours."""


def run(tmp_path, *arguments):
    """Run the fuzzer in its own process: atheris changes imported code, and libFuzzer ends the process."""
    outcome = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONHASHSEED": "0", "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=900,
        check=False,
        encoding="utf-8",
    )
    return outcome.returncode, outcome.stdout + outcome.stderr


def test_hostile_manifests_give_only_diagnostics(tmp_path, record_property):
    status, said = run(
        tmp_path,
        *("-m", "tests.fuzz.loader"),
        *(f"-runs={RUNS}", "-max_total_time=30", "-seed=1", f"-artifact_prefix={tmp_path}/"),
        *(
            "-timeout=300",
            "-report_slow_units=300",
        ),  # a machine that stands still for a while is not a finding
    )

    done = re.search(r"^Done (\d+) runs", said, re.MULTILINE)
    record_property("fuzzed", done[1] if done else "no")
    assert (status, bool(done)) == (0, True), said[-5000:]
    assert list(tmp_path.iterdir()) == []


BREAKING = """
import os, socket, subprocess, sys
from pathlib import Path
from tests.fuzz.loader import AccessMonitor, furnish, try_out

place = Path(sys.argv[1])
root = furnish(place)
manifest = b"cluster: c\\nextends: ../outside/secret.yaml\\n\\x1e\\x1e\\0"
try_out(manifest, root, AccessMonitor(str(root)))
monitor = AccessMonitor(str(root))
sys.addaudithook(monitor)
assert [one.check for one in try_out(manifest, root, monitor)] == ["extends"]
from reconciler.loading import files, read
{breaking}
try_out(manifest, root, monitor)
"""


@pytest.mark.parametrize(
    "breaking, expected",
    [
        ("files.within = lambda path, root: str(path)", "outside/secret.yaml"),
        ("files.within = lambda path, root: str(root / '.git/config')", ".git/config"),
        ("files.text_of = lambda content: 1 / 0", "ZeroDivisionError"),
        ("files.text_of = lambda content: str(os.system('true'))", "os.system"),
        ("files.text_of = lambda content: str(subprocess.call('true'))", "subprocess.Popen"),
        ("files.text_of = lambda content: str(socket.socket())", "socket.__new__"),
        ("files.text_of = lambda content: str((root / 'a.yaml').write_text(''))", "root/a.yaml'"),
        ("files.shown = lambda path: 'kept-from-every-manifest'", "AssertionError"),
    ],
)
def test_the_fuzzer_notices_forbidden_behaviour(breaking, expected, tmp_path):
    status, said = run(tmp_path, "-c", BREAKING.format(breaking=breaking), str(tmp_path))

    assert (status, expected in said) == (1, True), said[-2000:]
