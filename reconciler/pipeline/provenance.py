"""Who applies: facts of the machine."""

import getpass
import os
import socket


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
