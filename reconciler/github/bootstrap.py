"""What ``action.yml`` starts, as a file, before any library is there: installs the locked ones, then runs the command.

Knows only the standard library and imports nothing of ours. Never looks into the caller's workspace: neither
this file nor what it starts has the working directory on its import path.
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


def key() -> str:
    """What the libraries of this lock file are called for this Python on this machine."""
    lock = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]
    version = f"{platform.python_implementation()}{sys.version_info.major}.{sys.version_info.minor}"
    machine = f"{platform.system()}-{platform.machine()}-{'-'.join(platform.libc_ver())}"
    return f"reconciler-{machine}-{version}-{lock}".rstrip("-").lower()


def folder() -> Path:
    """Where they are: in the runner's tool cache, which a machine of one's own keeps, else with temporary files."""
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
    """Tell the steps that follow where the libraries are to be, and whether they are there."""
    at = folder()
    lines = [f"folder={at}", f"key={key()}", f"there={'true' if at.is_dir() else 'false'}"]
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8", newline="\n") as output:
        output.writelines(f"{line}\n" for line in lines)


def install(at: Path) -> None:
    """Install the locked libraries at ``at``, all or nothing. Raises CalledProcessError with pip's own words above."""
    at.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f"{at.name}.", dir=at.parent))
    options = (
        "--quiet",
        "--no-compile",
        "--disable-pip-version-check",
        "--no-input",
        "--no-deps",
        "--require-hashes",
    )
    wheels = ("--only-binary", ":all:", "--target", str(partial), "-r", str(LOCK))
    try:
        subprocess.run(  # noqa: S603 - every word of it is ours
            [sys.executable, "-I", "-m", "pip", "install", *options, *wheels],
            check=True,
            cwd=at.parent,
        )
        partial.rename(at)
    except OSError:
        if not at.is_dir():  # else another job on this machine was faster
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def run(at: Path) -> int:
    """Run the command in place of this process. Only on Windows, which can't replace one, this returns."""
    path = os.pathsep.join((str(ROOT), str(at)))
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONNOUSERSITE": "1", "PYTHONUTF8": "1"}
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
    at = Path(os.environ["RECONCILER_LIBRARIES"])
    if not at.is_dir():
        try:
            install(at)
        except subprocess.CalledProcessError as error:
            sys.stdout.write(
                "::error title=reconciler::The libraries in requirements/action.txt could not be installed; "
                "pip says why above.\n"
            )
            return error.returncode
    return run(at)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
