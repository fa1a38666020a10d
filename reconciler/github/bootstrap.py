"""What ``action.yml`` starts, as a file, before any library is there: installs the locked ones, then runs the command.

Knows only the standard library and imports nothing of ours. Never looks into the caller's workspace: neither
this file nor what it starts has the working directory on its import path. What an earlier job left on the machine is
not trusted: libraries are installed afresh for each step, from wheels that are checked against the lock file's hashes.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements" / "action.txt"
LEAST = (3, 11)
COMPLETION = "_RECONCILER_COMPLETE"
"""With this in its environment a command line of click's completes words, and does nothing else."""
PIP = ("-I", "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input")
LOCKED = ("--no-deps", "--require-hashes", "--only-binary", ":all:", "-r")


def key() -> str:
    """What the wheels of this lock file are called for this Python on this machine."""
    lock = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]
    version = f"{platform.python_implementation()}{sys.version_info.major}.{sys.version_info.minor}"
    machine = f"{platform.system()}-{platform.machine()}-{'-'.join(platform.libc_ver())}"
    return f"reconciler-wheels-{machine}-{version}-{lock}".rstrip("-").lower()


def folder() -> Path:
    """Where the wheels are kept: in the runner's tool cache, which lasts on a machine of one's own, else with temporary
    files."""
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
    """Tell the steps that follow where the wheels are to be, and whether they are there."""
    at = folder()
    lines = [f"folder={at}", f"key={key()}", f"there={'true' if at.is_dir() else 'false'}"]
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8", newline="\n") as output:
        output.writelines(f"{line}\n" for line in lines)


def install(kept: Path) -> Path:
    """A new folder with the locked libraries, from the wheels at ``kept``, which are downloaded where they are missing
    or not those of the lock file.

    Raises CalledProcessError with pip's own words above.
    """
    own = Path(tempfile.mkdtemp(prefix="reconciler-", dir=os.environ.get("RUNNER_TEMP") or None))
    wheels, libraries = own / "wheels", own / "libraries"
    wheels.mkdir()
    if kept.is_dir():
        _copy(kept, wheels)
        if _pip("install", *_from(wheels, libraries), heard=False) == 0:
            return libraries
        sys.stdout.write(
            "The wheels kept on this machine are not those of requirements/action.txt: downloading them.\n"
        )
        for one in (kept, wheels, libraries):
            shutil.rmtree(one, ignore_errors=True)
    if code := _pip("download", "--dest", str(wheels), *LOCKED, str(LOCK)):
        raise subprocess.CalledProcessError(code, "pip download")
    if code := _pip("install", *_from(wheels, libraries)):
        raise subprocess.CalledProcessError(code, "pip install")
    _keep(wheels, kept)
    return libraries


def _from(wheels: Path, libraries: Path) -> tuple[str, ...]:
    """pip's words to install the locked libraries from these wheels alone, each checked by its hash."""
    where = ("--no-index", "--find-links", str(wheels), "--target", str(libraries), "--no-compile")
    return (*where, *LOCKED, str(LOCK))


def _pip(command: str, *words: str, heard: bool = True) -> int:
    return subprocess.run(  # noqa: S603 - every word of it is ours
        [sys.executable, *PIP, command, *words],
        check=False,
        cwd=ROOT,
        stderr=None if heard else subprocess.DEVNULL,
    ).returncode


def _copy(kept: Path, wheels: Path) -> None:
    """A copy of our own, so that what is checked is what is installed."""
    for one in kept.glob("*.whl"):
        if one.is_file() and not one.is_symlink():
            shutil.copyfile(one, wheels / one.name)


def _keep(wheels: Path, kept: Path) -> None:
    """Keep wheels for the next job, all of them or none. That it can't be done only costs time."""
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


def run(at: Path) -> int:
    """Run the command in place of this process. Only on Windows, which can't replace one, this returns."""
    path = os.pathsep.join((str(ROOT), str(at)))
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONNOUSERSITE": "1", "PYTHONUTF8": "1"}
    environment.pop(COMPLETION, None)
    command = [sys.executable, "-P", "-m", "reconciler", "github"]
    if os.name != "nt":
        os.execve(sys.executable, command, environment)  # noqa: S606 - so signals reach the command itself
    return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603 - the same words


def main(arguments: list[str]) -> int:
    """``place`` or ``run``; the exit code."""
    if sys.version_info < LEAST:
        sys.exit("::error title=reconciler::Python 3.11 or newer is needed.")
    if arguments == ["place"]:
        place()
        return 0
    try:
        libraries = install(Path(os.environ["RECONCILER_WHEELS"]))
    except subprocess.CalledProcessError as error:
        sys.stdout.write(
            "::error title=reconciler::The libraries in requirements/action.txt could not be installed; "
            "pip says why above.\n"
        )
        return error.returncode
    return run(libraries)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
