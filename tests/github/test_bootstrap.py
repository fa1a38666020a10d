"""The start of the Action, as the file that action.yml runs: libraries by hash, nothing of the workspace."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.github import bootstrap

ROOT = Path(__file__).parents[2]
FILE = ROOT / "reconciler" / "github" / "bootstrap.py"
SHADOWS = ("reconciler/__init__.py", "reconciler/__main__.py", "click.py", "yaml.py", "hashlib.py", "pip.py")


@pytest.fixture
def workspace(tmp_path):
    place = tmp_path / "workspace"
    for name in SHADOWS:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text('raise SystemExit("the workspace was imported")\n')
    return place


def libraries() -> str:
    """Where this Python has the libraries already: the install itself is tested end to end, by act."""
    import yaml

    return str(Path(yaml.__file__).parents[1])


def start(workspace, *arguments, **environment):
    return subprocess.run(
        [sys.executable, "-I", str(FILE), *arguments],
        cwd=workspace,
        env={**os.environ, "PYTHONPATH": str(workspace), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_tells_where_the_libraries_are_to_be(workspace, tmp_path):
    outputs = tmp_path / "outputs"
    cache = tmp_path / "tools"
    cache.mkdir()

    ran = start(workspace, "place", GITHUB_OUTPUT=str(outputs), RUNNER_TOOL_CACHE=str(cache))

    assert ran.returncode == 0, ran.stderr
    told = dict(line.split("=", 1) for line in outputs.read_text().splitlines())
    assert told["there"] == "false"
    assert told["folder"] == str(cache / "reconciler" / told["key"])
    assert re.fullmatch(r"[a-z0-9._-]+", told["key"])


def test_the_command_runs_from_the_actions_own_checkout(workspace):
    ran = start(workspace, "run", RECONCILER_LIBRARIES=libraries(), GITHUB_EVENT_NAME="")

    assert "the workspace was imported" not in ran.stdout + ran.stderr
    assert "::error title=reconciler::GITHUB_EVENT_NAME is not set" in ran.stdout
    assert ran.returncode == 1


def test_other_libraries_are_another_key(monkeypatch, tmp_path):
    before = bootstrap.key()
    changed = tmp_path / "action.txt"
    changed.write_text("another\n")
    monkeypatch.setattr(bootstrap, "LOCK", changed)

    assert bootstrap.key() != before


def test_libraries_that_can_not_be_installed_are_an_error_that_leaves_nothing(monkeypatch, tmp_path, capfd):
    changed = tmp_path / "action.txt"
    changed.write_text("click==8.1.8 --hash=sha256:" + "0" * 64 + "\n")
    monkeypatch.setattr(bootstrap, "LOCK", changed)
    monkeypatch.setenv("RECONCILER_LIBRARIES", str(tmp_path / "libraries" / "key"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")

    assert bootstrap.main(["run"]) != 0

    assert "::error title=reconciler::The libraries" in capfd.readouterr().out
    assert list((tmp_path / "libraries").iterdir()) == []


def test_where_the_tool_cache_can_not_be_written_they_go_with_temporary_files(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("RUNNER_TOOL_CACHE", str(tmp_path / "file" / "below"))
    monkeypatch.setenv("RUNNER_TEMP", str(tmp_path))

    assert bootstrap.folder().parent == tmp_path / "reconciler"


def installed(monkeypatch, at, *, meanwhile=False):
    """Install with a pip that only leaves a file, and perhaps another job that is faster."""

    def pip(command, **_):
        place = Path(command[command.index("--target") + 1])
        (place / "library.py").write_text("")
        if meanwhile:
            at.mkdir()
            (at / "library.py").write_text("of the faster one")

    monkeypatch.setattr("reconciler.github.bootstrap.subprocess.run", pip)
    bootstrap.install(at)
    return [path.name for path in at.parent.iterdir()], (at / "library.py").read_text()


def test_libraries_appear_whole_or_not_at_all(monkeypatch, tmp_path):
    assert installed(monkeypatch, tmp_path / "key") == (["key"], "")


def test_of_two_jobs_on_one_machine_the_faster_one_wins(monkeypatch, tmp_path):
    assert installed(monkeypatch, tmp_path / "key", meanwhile=True) == (["key"], "of the faster one")


def test_pip_is_held_to_hashes_and_wheels(monkeypatch, tmp_path):
    commands = []

    def pip(command, **_):
        commands.append(command)

    monkeypatch.setattr("reconciler.github.bootstrap.subprocess.run", pip)
    bootstrap.install(tmp_path / "key")

    (command,) = commands
    assert {"--require-hashes", "--no-deps", "-I"} <= set(command)
    assert command[command.index("--only-binary") + 1] == ":all:"


def test_an_old_python_is_told(monkeypatch):
    monkeypatch.setattr(bootstrap, "LEAST", (9, 0))

    with pytest.raises(SystemExit, match=r"Python 3\.11 or newer"):
        bootstrap.main(["run"])
