"""The script that ``action.yml`` starts: installs the locked libraries, then runs the command.

Uses only the standard library and imports no other module of reconciler. Never reads the caller's workspace: the
working directory is not on the import path. Files of an earlier job on the machine are not trusted: libraries are
installed for each step, from wheels that are checked against the hashes in the lock file.
"""

import ast
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements" / "action.txt"
LEAST = (3, 11)
COMPLETION = "_RECONCILER_COMPLETE"
"""If this variable is set, click completes words instead of running the command."""
PIP = ("-I", "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input")
LOCKED = ("--no-deps", "--require-hashes", "--only-binary", ":all:", "-r")
LIST_SETTINGS = "config list"
"""pip's command that lists its settings."""
INDEX = frozenset({
    "index-url", "extra-index-url", "find-links", "no-index", "trusted-host", "cert", "client-cert", "proxy", "timeout",
    "default-timeout", "retries",
})  # fmt: skip
"""The settings of pip that are used: those that say where wheels come from. Others could name further libraries, or
programs to run."""
OF_PYTHON = "PYTHON"
"""The prefix of Python's settings. A job's own could load other code: PYTHONPYCACHEPREFIX names a folder with bytecode
of an earlier job."""
NOT_FOR_PIP = ("INPUT_", "RECONCILER_", "PIP_", OF_PYTHON)
"""Prefixes of environment variables that pip does not get: credentials, and settings that change its behaviour."""
NOT_REPORTED = (
    "❌ **Failed.** The step ended before it could report: its log says how far it came. If it was an apply, some "
    "changes may have been made. Run it again: it checks how each change ended, and continues from there.\n"
)
"""The step's summary until the command replaces it with its report."""


class NotStarted(Exception):
    """The command cannot be started; ``str(error)`` says why."""


def key() -> str:
    """The cache key of the wheels, for this lock file, this Python and this machine."""
    lock = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]
    version = f"{platform.python_implementation()}{sys.version_info.major}.{sys.version_info.minor}"
    machine = f"{platform.system()}-{platform.machine()}-{'-'.join(platform.libc_ver())}"
    return f"reconciler-wheels-{machine}-{version}-{lock}".rstrip("-").lower()


def folder() -> Path:
    """The folder for the wheels: in the runner's tool cache, which stays on a self-hosted runner, or else in the
    temporary folder."""
    for name in ("RUNNER_TOOL_CACHE", "RUNNER_TEMP"):
        place = Path(os.environ.get(name) or os.devnull, "reconciler")
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(place, os.W_OK):
            return place / key()
    return Path(tempfile.gettempdir()) / f"reconciler-{os.getpid()}" / key()


def place() -> None:
    """Write outputs for the next steps: the folder of the wheels, the cache key, and whether the folder exists."""
    wheels = folder()
    lines = [f"folder={wheels}", f"key={key()}", f"there={'true' if wheels.is_dir() else 'false'}"]
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8", newline="\n") as output:
        output.writelines(f"{line}\n" for line in lines)


def begin_report() -> None:
    """Write outputs and a summary that are true if the step ends before the command can replace them."""
    for name, text in (
        ("GITHUB_OUTPUT", "exit-code=1\nfailure-reason=internal\n"),
        ("GITHUB_STEP_SUMMARY", NOT_REPORTED),
    ):
        if file := os.environ.get(name):
            with suppress(OSError), Path(file).open("a", encoding="utf-8", newline="\n") as report:
                report.write(text)


def install(kept: Path) -> Path:
    """Install the locked libraries into a new folder, and return it. The wheels come from ``kept``, or are downloaded
    if they are missing or do not match the lock file.

    Raises NotStarted after pip has printed its error.
    """
    own = Path(tempfile.mkdtemp(prefix="reconciler-", dir=os.environ.get("RUNNER_TEMP") or None))
    wheels, libraries = own / "wheels", own / "libraries"
    wheels.mkdir()
    if kept.is_dir():
        _copy(kept, wheels)
        if _pip({}, "install", *_from(wheels, libraries), show_errors=False) == 0:
            return libraries
        sys.stdout.write(
            "The wheels kept on this machine are not those of requirements/action.txt: downloading them.\n"
        )
        for folder in (kept, wheels, libraries):
            shutil.rmtree(folder, ignore_errors=True)
    if _pip(_index(), "download", "--dest", str(wheels), *LOCKED, str(LOCK)) or _pip(
        {}, "install", *_from(wheels, libraries)
    ):
        raise NotStarted(
            "the libraries in requirements/action.txt could not be installed; pip says why above"
        )
    _keep(wheels, kept)
    return libraries


def _from(wheels: Path, libraries: Path) -> tuple[str, ...]:
    """pip's arguments to install the locked libraries from these wheels only, each checked by its hash."""
    where = ("--no-index", "--find-links", str(wheels), "--target", str(libraries), "--no-compile")
    return (*where, *LOCKED, str(LOCK))


def _pip(settings: Mapping[str, str], command: str, *words: str, show_errors: bool = True) -> int:
    return subprocess.run(  # noqa: S603 - no argument comes from outside
        [sys.executable, *PIP, command, *words],
        check=False,
        cwd=ROOT,
        env={**_environment(), "PIP_CONFIG_FILE": os.devnull, **settings},
        stderr=None if show_errors else subprocess.DEVNULL,
    ).returncode


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(NOT_FOR_PIP)}
    return {**kept, "PYTHONNOUSERSITE": "1"}


def _index() -> dict[str, str]:
    """The machine's settings of pip that say where wheels are downloaded from, as environment variables of pip.

    pip itself reads them, from files that an earlier job may have written: with ``--python`` it does not run a program
    that they may name.
    """
    given = {name: value for name, value in os.environ.items() if name.upper().startswith("PIP_")}
    listed = subprocess.run(  # noqa: S603 - no argument comes from outside
        [sys.executable, "-I", "-m", "pip", "--python", sys.executable, *LIST_SETTINGS.split()],
        check=False,
        cwd=ROOT,
        env={**_environment(), **given},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        errors="replace",
    ).stdout
    settings: dict[str, str] = {}
    lines = (line.partition("=") for line in listed.splitlines())
    for place, _, value in sorted(lines, key=lambda line: _PLACES.get(line[0].rpartition(".")[0], -1)):
        section, _, name = place.rpartition(".")
        if section in _PLACES and name in INDEX:
            settings[f"PIP_{name.upper().replace('-', '_')}"] = str(ast.literal_eval(value))
    return settings


_PLACES = {"global": 0, "download": 1, ":env:": 2}
"""The sections of pip's settings, and its environment (pip's User Guide, "Configuration"); the strongest last."""


def _copy(kept: Path, wheels: Path) -> None:
    """Copy the wheels, so that no other process can change them between check and installation."""
    for wheel in kept.glob("*.whl"):
        if wheel.is_file() and not wheel.is_symlink():
            shutil.copyfile(wheel, wheels / wheel.name)


def _keep(wheels: Path, kept: Path) -> None:
    """Keep the wheels for the next job, all or none. A failure only costs time."""
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f"{kept.name}.", dir=kept.parent))
    except OSError:
        return
    try:
        _copy(wheels, partial)
        partial.rename(kept)
    except OSError:  # another job on this machine was faster
        pass
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def run(libraries: Path) -> int:
    """Replace this process with the command. Returns its exit code only on Windows, which cannot replace a process."""
    bytecode = tempfile.mkdtemp(prefix="reconciler-", dir=os.environ.get("RUNNER_TEMP") or None)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith((OF_PYTHON, COMPLETION))},
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(libraries))),
        "PYTHONPYCACHEPREFIX": bytecode,
        "PYTHONNOUSERSITE": "1",
        "PYTHONUTF8": "1",
    }
    command = [sys.executable, "-P", "-m", "reconciler", "github"]
    if os.name != "nt":
        os.execve(sys.executable, command, environment)  # noqa: S606 - so signals reach the command itself
    return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603 - the same words


def _check_version() -> None:
    if sys.version_info < LEAST:
        raise NotStarted("Python 3.11 or newer is needed")


def main(arguments: list[str]) -> int:
    """Run ``place`` or the command, and return the exit code."""
    try:
        _check_version()
        if arguments == ["place"]:
            place()
            return 0
        begin_report()
        return run(install(Path(os.environ["RECONCILER_WHEELS"])))
    except (NotStarted, OSError) as error:
        why = str(error).replace("%", "%25").replace("\n", "%0A")
        sys.stdout.write(f"::error title=reconciler::The Action could not start: {why}\n")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
