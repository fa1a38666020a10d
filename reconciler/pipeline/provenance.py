"""The name of the user or the CI run that applies."""

import getpass
import os
import socket


def holder() -> str:
    """The holder's name for a lease: the workflow run, or else user and host."""
    repository, run = os.environ.get("GITHUB_REPOSITORY"), os.environ.get("GITHUB_RUN_ID")
    if repository and run:
        server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
        return f"{server}/{repository}/actions/runs/{run}"
    try:
        user = getpass.getuser()
    except (ImportError, KeyError, OSError):  # Windows has no list of users
        user = f"uid {os.getuid()}" if hasattr(os, "getuid") else "somebody"
    return f"{user}@{socket.gethostname()} (process {os.getpid()})"
