"""Who applies, and at which commit: facts of the machine for the record's history, never for decisions."""

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
    except (KeyError, OSError):
        user = f"uid {os.getuid()}" if hasattr(os, "getuid") else "somebody"
    return f"{user}@{socket.gethostname()} (process {os.getpid()})"


def commit_of(path: Path) -> str:
    """The commit that is checked out where ``path`` is, read from git's own files; "" if that can't be told."""
    if sha := os.environ.get("GITHUB_SHA"):
        return sha
    try:
        for folder in (path.resolve(), *path.resolve().parents):
            head = folder / ".git" / "HEAD"
            if head.is_file():
                text = head.read_text("ascii").strip()
                if not text.startswith("ref: "):
                    return text
                ref = folder / ".git" / text.removeprefix("ref: ")
                return ref.read_text("ascii").strip() if ref.is_file() else ""
    except (OSError, UnicodeDecodeError):
        pass
    return ""
