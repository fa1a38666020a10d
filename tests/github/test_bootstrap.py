"""The start of the Action, as action.yml runs it: libraries by hash, and nothing from the workspace."""

import hashlib
import importlib.util
import os
import py_compile
import re
import signal
import subprocess
import sys
import zipfile
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
        (place / name).write_text('raise SystemExit("the workspace was imported")\n', encoding="utf-8")
    return place


def libraries() -> str:
    """The libraries of this Python; the test with act covers their installation."""
    import yaml

    return str(Path(yaml.__file__).parents[1])


def start(workspace, *arguments, program="", **environment):
    command = ["-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {program}"] if program else [str(FILE)]
    return subprocess.run(
        [sys.executable, "-I", *command, *arguments],
        cwd=workspace,
        env={**os.environ, "PYTHONPATH": str(workspace), **environment},
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )


def run_without_an_event(workspace, **environment):
    """Run the command as the Action does; it ends at once, since there is no event."""
    program = f"from reconciler.github import bootstrap; sys.exit(bootstrap.run({libraries()!r}))"
    return start(workspace, "run", program=program, GITHUB_EVENT_NAME="", **environment)


def test_the_folder_of_the_wheels_is_printed(workspace, tmp_path):
    outputs = tmp_path / "outputs"
    cache = tmp_path / "tools"
    cache.mkdir()

    ran = start(workspace, "place", GITHUB_OUTPUT=str(outputs), RUNNER_TOOL_CACHE=str(cache))

    assert ran.returncode == 0, ran.stderr
    outputs_of_step = dict(line.split("=", 1) for line in outputs.read_text(encoding="utf-8").splitlines())
    assert outputs_of_step["there"] == "false"
    assert outputs_of_step["folder"] == str(cache / "reconciler" / outputs_of_step["key"])
    assert re.fullmatch(r"[a-z0-9._-]+", outputs_of_step["key"])


def test_the_command_runs_from_the_actions_own_checkout(workspace):
    ran = run_without_an_event(workspace)

    assert "the workspace was imported" not in ran.stdout + ran.stderr
    assert "::error title=reconciler::GITHUB_EVENT_NAME is not set" in ran.stdout
    assert ran.returncode == 1


def test_a_completion_variable_in_a_jobs_environment_does_not_stop_it(workspace):
    ran = run_without_an_event(workspace, _RECONCILER_COMPLETE="bash_source")

    assert (ran.returncode, "GITHUB_EVENT_NAME is not set" in ran.stdout) == (1, True)


def test_bytecode_that_an_earlier_job_planted_is_not_run(workspace, tmp_path):
    """PYTHONPYCACHEPREFIX names a folder that all jobs of a machine may share."""
    planted = tmp_path / "planted.py"
    planted.write_text("raise SystemExit('planted bytecode ran')\n", encoding="utf-8")
    shared = tmp_path / "bytecode"
    for module in ("__main__", "cli/__init__"):
        place = Path(importlib.util.cache_from_source(str(ROOT / "reconciler" / f"{module}.py")))
        place = shared / place.parent.parent.relative_to(place.anchor) / place.name
        py_compile.compile(
            str(planted), cfile=str(place), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
        )

    ran = run_without_an_event(workspace, PYTHONPYCACHEPREFIX=str(shared), RUNNER_TEMP=str(tmp_path))

    assert "planted bytecode ran" not in ran.stdout + ran.stderr
    assert "GITHUB_EVENT_NAME is not set" in ran.stdout


@pytest.mark.parametrize(
    "setting", [{"PYTHONHOME": "/nowhere"}, {"PYTHONHASHSEED": "none"}, {"PYTHONWARNINGS": "error"}], ids=str
)
def test_a_jobs_settings_of_python_do_not_change_the_command(workspace, tmp_path, setting):
    ran = run_without_an_event(workspace, RUNNER_TEMP=str(tmp_path), **setting)

    assert "GITHUB_EVENT_NAME is not set" in ran.stdout, ran.stderr


ENDS = {
    "os.kill(os.getpid(), signal.SIGTERM)": signal.SIGTERM if os.name == "nt" else -signal.SIGTERM,
    "raise bootstrap.NotStarted('no library')": 1,
    "raise OSError('the disk is full')": 1,
    "raise KeyboardInterrupt": 130,
}
"""How the installation of the libraries may end, as a statement, and the exit code of the step then."""


@pytest.mark.parametrize("end", ENDS)
def test_a_step_that_ends_before_it_can_report_has_outputs_and_a_summary(workspace, tmp_path, end):
    program = (
        "import os, signal, subprocess\n"
        "from reconciler.github import bootstrap\n"
        "def install(kept):\n"
        f"    {end}\n"
        "bootstrap.install = install\n"
        "sys.exit(bootstrap.main(['run']))"
    )
    outputs, summary = tmp_path / "outputs", tmp_path / "summary"

    ran = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{program}"],
        env={
            **os.environ,
            "GITHUB_OUTPUT": str(outputs),
            "GITHUB_STEP_SUMMARY": str(summary),
            "RECONCILER_WHEELS": "",
        },
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )

    assert ran.returncode == ENDS[end], ran.stderr
    assert outputs.read_text(encoding="utf-8") == "exit-code=1\nfailure-reason=internal\n"
    assert "ended before it could report" in summary.read_text(encoding="utf-8")
    assert ran.stderr == ""
    if ran.returncode == 1:
        assert "::error title=reconciler::The Action could not start: " in ran.stdout


def test_other_libraries_have_another_cache_key(monkeypatch, tmp_path):
    before = bootstrap.key()
    changed = tmp_path / "action.txt"
    changed.write_text("another\n", encoding="utf-8")
    monkeypatch.setattr(bootstrap, "LOCK", changed)

    assert bootstrap.key() != before


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A runner with one library in the lock file, a wheel of it, and no index."""
    wheel = tmp_path / "kept" / "planted-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    write_wheel(wheel, "VALUE = 'as locked'\n")
    lock = tmp_path / "action.txt"
    lock.write_text(
        f"planted==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n", encoding="utf-8"
    )
    monkeypatch.setattr(bootstrap, "LOCK", lock)
    for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("RUNNER_TEMP", str(tmp_path))
    monkeypatch.setenv("RECONCILER_WHEELS", str(wheel.parent))
    return wheel


def write_wheel(place, module, library="planted"):
    info = f"{library}-1.0.dist-info"
    files = {
        f"{library}.py": module,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {library}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": f"{library}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n",
    }
    with zipfile.ZipFile(place, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)


def test_cached_wheels_are_installed_again_for_each_job(machine):
    first, second = bootstrap.install(machine.parent), bootstrap.install(machine.parent)

    assert first != second
    assert (first / "planted.py").read_text(encoding="utf-8") == "VALUE = 'as locked'\n"


def test_a_wheel_that_an_earlier_job_planted_is_not_installed(machine, monkeypatch, capfd):
    monkeypatch.setattr(bootstrap, "_index", lambda: {"PIP_NO_INDEX": "1"})
    write_wheel(machine, "raise SystemExit('the planted library was imported')\n")

    assert bootstrap.main(["run"]) != 0

    assert "requirements/action.txt could not be installed" in capfd.readouterr().out
    assert not machine.exists()
    assert list(machine.parents[1].glob("reconciler-*/libraries/planted.py")) == []


def test_an_unpacked_library_of_an_earlier_job_is_ignored(machine):
    (machine.parent / "planted.py").write_text("raise SystemExit('imported')\n", encoding="utf-8")
    (machine.parent / "click").mkdir()

    assert sorted(path.name for path in bootstrap.install(machine.parent).glob("*.py")) == ["planted.py"]


@pytest.mark.posix("creates symbolic links, which few users may do on Windows")
def test_a_link_among_the_wheels_is_not_followed(machine, monkeypatch, tmp_path):
    monkeypatch.setattr(bootstrap, "_index", lambda: {"PIP_NO_INDEX": "1"})
    elsewhere = tmp_path / "elsewhere.whl"
    machine.rename(elsewhere)
    machine.symlink_to(elsewhere)

    with pytest.raises(bootstrap.NotStarted):
        bootstrap.install(machine.parent)


def test_downloaded_wheels_are_cached_for_the_next_job(machine, monkeypatch, tmp_path):
    monkeypatch.setenv("PIP_FIND_LINKS", str(machine.parent))
    kept = tmp_path / "tools" / "key"

    bootstrap.install(kept)

    assert [path.name for path in kept.iterdir()] == [machine.name]
    assert [path.name for path in kept.parent.iterdir()] == ["key"]


@pytest.mark.parametrize("kept", [True, False])
def test_libraries_and_programs_that_settings_of_pip_name_are_not_used(machine, monkeypatch, tmp_path, kept):
    wheel = tmp_path / "more" / "sitecustomize-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    write_wheel(wheel, "raise SystemExit('the planted library was imported')\n", "sitecustomize")
    lock, ran, program = (tmp_path / name for name in ("more.txt", "ran", "python"))
    hashed = hashlib.sha256(wheel.read_bytes()).hexdigest()
    lock.write_text(
        f"--find-links {wheel.parent}\nsitecustomize==1.0 --hash=sha256:{hashed}\n", encoding="utf-8"
    )
    program.write_text(f"#!{sys.executable}\nopen({str(ran)!r}, 'w').close()\n", encoding="utf-8")
    program.chmod(0o755)
    settings = tmp_path / "pip.conf"
    settings.write_text(
        f"[global]\npython = {program}\nfind-links = {machine.parent}\n"
        f"[install]\nrequirement = {lock}\n[download]\nrequirement = {lock}\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(settings))
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)

    libraries = bootstrap.install(machine.parent if kept else tmp_path / "none")

    assert sorted(path.name for path in libraries.glob("*.py")) == ["planted.py"]
    assert not ran.exists()


def test_pip_is_given_no_credential(machine, monkeypatch, tmp_path):
    environments = []

    def pip(command, env, **_):
        environments.append(env)
        return subprocess.CompletedProcess(command, 0, "")

    monkeypatch.setattr("reconciler.github.bootstrap.subprocess.run", pip)
    for name in ("INPUT_TOKEN_VALUE", "INPUT_PLAN_KEY", "RECONCILER_SECRET_A", "RECONCILER_PLAN_KEY"):
        monkeypatch.setenv(name, "a-value-for-nobody-else")
    bootstrap.install(tmp_path / "none")

    assert len(environments) == 3
    assert not any("a-value-for-nobody-else" in given.values() for given in environments)


def test_without_a_writable_tool_cache_wheels_are_temporary(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("RUNNER_TOOL_CACHE", str(tmp_path / "file" / "below"))
    monkeypatch.setenv("RUNNER_TEMP", str(tmp_path))

    assert bootstrap.folder().parent == tmp_path / "reconciler"


def test_pip_installs_only_wheels_with_known_hashes(monkeypatch, tmp_path):
    commands = []

    def pip(command, **_):
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr("reconciler.github.bootstrap.subprocess.run", pip)
    monkeypatch.setattr(bootstrap, "_index", dict)
    bootstrap.install(tmp_path / "key")

    assert len(commands) == 2
    for command in commands:
        assert {"--require-hashes", "--no-deps", "-I"} <= set(command)
        assert command[command.index("--only-binary") + 1] == ":all:"


@pytest.mark.parametrize("step", ["place", "run"])
def test_a_too_old_python_is_reported(monkeypatch, capfd, step):
    monkeypatch.setattr(bootstrap, "LEAST", (9, 0))

    assert bootstrap.main([step]) == 1
    assert "The Action could not start: Python 3.11 or newer is needed" in capfd.readouterr().out
