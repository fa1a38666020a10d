"""A base image without a registry, from the Debian or Ubuntu packages that are installed on this machine.

It replaces ``python:3.13-slim`` and has this machine's Python, pip's wheels and git. It can install the project
without a network: it contains the wheels, and its pip.conf names them.
"""

import io
import os
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests.e2e.conftest import REPOSITORY

PYTHON = "/usr/bin/python3"
PACKAGES = ("apt", "passwd", "python3", "git", "ca-certificates")
UNREAD = ("/usr/share/doc/", "/usr/share/man/", "/usr/share/locale/", "/usr/share/info/")
LINKS = ("/bin", "/sbin", "/lib", "/lib64")
MADE_AT_INSTALLATION = ("/etc/alternatives", "/etc/ssl/certs", "/var/lib/dpkg/status")
"""Files that no package lists, since they were created during installation."""
WRITTEN = {
    "etc/pip.conf": "[global]\nno-index = true\nfind-links = /wheels\ndisable-pip-version-check = true\n",
}
COPIED = {
    "etc/passwd": Path("/usr/share/base-passwd/passwd.master"),
    "etc/group": Path("/usr/share/base-passwd/group.master"),
}
"""The accounts of a new system, instead of those of this machine."""


def write_base_image(archive: Path, wheels: Path) -> None:
    """Write the file system of a base image for ``docker import``, including the downloaded wheels."""
    download_wheels(wheels)
    with tarfile.open(archive, "w") as tar:
        for path in files():
            tar.add(path, recursive=False)
        for wheel in wheels.iterdir():
            tar.add(wheel, f"wheels/{wheel.name}")
        for name, text in WRITTEN.items():
            add(tar, name, text.encode())
        for name, original in COPIED.items():
            add(tar, name, original.read_bytes())
        link = tarfile.TarInfo("usr/local/bin/python")
        link.type, link.linkname = tarfile.SYMTYPE, PYTHON
        tar.addfile(link)


def add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    """Add a file that all users may read."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o644
    tar.addfile(entry, io.BytesIO(content))


def files() -> list[str]:
    """The paths of the packages' files and folders, a folder before its contents.

    Where ``/bin`` is a link, packages list ``/bin/sh`` for ``/usr/bin/sh``.
    """
    listed = [*lines("dpkg-query", "-L", *packages()), *made_at_installation()]
    found = {
        os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))  # noqa: PTH118, PTH119, PTH120 - a link stays a link
        for path in listed
        if path.startswith("/") and not path.startswith(UNREAD)
    }
    return [path for path in (*LINKS, *sorted(found - {*LINKS, "/"})) if os.path.lexists(path)]


def made_at_installation() -> Iterator[str]:
    for path in map(Path, MADE_AT_INSTALLATION):
        yield str(path)
        if path.is_dir():
            yield from map(str, path.iterdir())


def packages() -> set[str]:
    """The essential packages of a system and those that the image needs, with all their dependencies."""
    essential = [
        line.removesuffix(" yes")
        for line in lines("dpkg-query", "-W", "-f", "${Package} ${Essential}\n")
        if line.endswith(" yes")
    ]
    unwanted = ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")
    options = ["--recurse", "--installed", *(f"--no-{relation}" for relation in unwanted)]
    depended = lines("apt-cache", "depends", *options, *essential, *PACKAGES, f"python{version()}-venv")
    installed = set(lines("dpkg-query", "-W", "-f", "${binary:Package}\n"))
    installed |= {name.partition(":")[0] for name in installed}
    return {line for line in depended if line in installed}


def download_wheels(folder: Path) -> None:
    """Download the wheels for building and installing in the image, for the Python of the base."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    wanted = (
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *extras["age"],
        *extras["emulator"],
    )
    run(
        *(sys.executable, "-m", "pip", "download", "-q", "--only-binary", ":all:"),
        *("--python-version", version(), "--dest", str(folder), *wanted),
    )


def version() -> str:
    """The version of the machine's own Python, such as 3.11."""
    (found,) = lines(PYTHON, "-c", "import sys; print('%d.%d' % sys.version_info[:2])")
    return found


def lines(*command: str) -> list[str]:
    return run(*command).splitlines()


def run(*command: str) -> str:
    """The output of a command, which must succeed."""
    ended = subprocess.run(
        command,
        env={**os.environ, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        encoding="utf-8",
    )
    assert ended.returncode == 0, f"{' '.join(command[:3])}: {ended.stderr}"
    return ended.stdout
