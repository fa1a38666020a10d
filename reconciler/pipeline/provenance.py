"""Who applies, from which repository, at which commit: facts of the machine, read from git's own files."""

import getpass
import os
import socket
from pathlib import Path


def holder() -> str:
    """Who is at work, for whoever finds the lease held: the workflow run, else user and host."""
    repository, run = os.environ.get("GITHUB_REPOSITORY"), os.environ.get("GITHUB_RUN_ID")
    if repository and run:
        server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
        return f"{server}/{repository}/actions/runs/{run}"
    try:
        user = getpass.getuser()
    except (ImportError, KeyError, OSError):  # on Windows there is no list of users
        user = f"uid {os.getuid()}" if hasattr(os, "getuid") else "somebody"
    return f"{user}@{socket.gethostname()} (process {os.getpid()})"


def commit_of(path: Path) -> str:
    """The commit that is checked out where ``path`` is; "" if that can't be told.

    ``-dirty`` behind it says that what git keeps of ``path`` was edited since. A workflow's checkout is taken to
    be what it checked out.
    """
    if sha := os.environ.get("GITHUB_SHA"):
        return sha
    path = path.resolve()
    try:
        for folder in (path, *path.parents):
            head = folder / ".git" / "HEAD"
            if head.is_file():
                commit = _commit(head)
                return f"{commit}-dirty" if commit and _is_edited(folder, path) else commit
    except (OSError, UnicodeDecodeError):
        pass
    return ""


def _commit(head: Path) -> str:
    text = head.read_text("ascii").strip()
    if not text.startswith("ref: "):
        return text
    ref = head.parent / text.removeprefix("ref: ")
    return ref.read_text("ascii").strip() if ref.is_file() else ""


def _is_edited(folder: Path, path: Path) -> bool:
    """Asks git, without any program that the repository's settings name; where there is no git, no."""
    import subprocess

    quiet = ("-c", "core.fsmonitor=false", "diff", "--quiet", "--no-ext-diff", "--no-textconv")
    try:
        asked = subprocess.run(  # noqa: S603 - the arguments are ours but for a path, behind --
            ["git", "-C", str(folder), *quiet, "HEAD", "--", str(path)],  # noqa: S607 - git as users have it
            capture_output=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 1


def repository_of(path: Path) -> str:
    """The repository that ``path`` is in, as ``host/owner/name`` of its remote ``origin``.

    "" if it has none, or one on this machine. Two repositories may each apply their ``.`` to a stack of one name;
    what one made is not the other's to prune.
    """
    try:
        for folder in (path, *path.parents):
            if (folder / ".git").exists():
                config = _git_folder(folder) / "config"
                return _host_and_path(_origin(config.read_text("utf-8"))) if config.is_file() else ""
    except (OSError, UnicodeDecodeError):
        pass
    return ""


def _git_folder(folder: Path) -> Path:
    """Where git keeps its files: ``.git``, or for a worktree the folder of the repository it belongs to."""
    git = folder / ".git"
    if git.is_dir():
        return git
    place = folder / git.read_text("utf-8").strip().removeprefix("gitdir: ")
    common = place / "commondir"
    return place / common.read_text("utf-8").strip() if common.is_file() else place


def _origin(config: str) -> str:
    section = ""
    for line in config.splitlines():
        text = line.strip()
        if text.startswith("["):
            section = text
        elif section == '[remote "origin"]' and text.partition("=")[0].strip() == "url":
            return text.partition("=")[2].strip()
    return ""


def _host_and_path(url: str) -> str:
    """A remote's URL without scheme, user, password and ``.git``: one name for https and ssh alike."""
    rest = url.partition("://")[2] or url.replace(":", "/", 1)
    host, _, name = rest.partition("/")
    host, name = host.rpartition("@")[2].partition(":")[0].lower(), name.strip("/").removesuffix(".git")
    return f"{host}/{name}" if name and host.strip(".") else ""
