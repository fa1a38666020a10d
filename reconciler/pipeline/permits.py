"""What ``file:`` may read in a job of CI: what git tracks or has been added, and what the job allows."""

import os
import unicodedata
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

from reconciler.errors import UsageError
from reconciler.load.files import root_of

SECONDS = 20.0
"""How long git may take to list its index."""
QUIET = ("-c", "core.fsmonitor=false", "-c", "safe.directory=*", "--no-optional-locks")
PASSED_ON = (
    "PATH",
    "HOME",
    "USERPROFILE",
    "XDG_CONFIG_HOME",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "GIT_CONFIG_GLOBAL",
)


class Permits:
    """Called with a file's real path, says why it must not be read, or "". git is asked when that is first needed.

    ``allowed`` are patterns of paths from the top of the repository that holds PATH; ``*`` stands for any characters,
    slashes among them. They come from the job, never from a manifest.
    """

    def __init__(self, path: Path, allowed: Sequence[str]) -> None:
        self._top = root_of(path)
        self._allowed = tuple(allowed)

    def __call__(self, real: str) -> str:
        """Raises UsageError where the folder is a git checkout and git can't be asked."""
        place = Path(real)
        if not place.is_relative_to(self._top):
            return "lies outside the repository"
        name = place.relative_to(self._top).as_posix()
        if any(fnmatchcase(name, pattern) for pattern in self._allowed) or _composed(name) in self._tracked:
            return ""
        return "is not in git's index, and a job of CI reads no other file"

    @cached_property
    def _tracked(self) -> frozenset[str]:
        """The files of the index by their paths from the top; none outside of a checkout."""
        if not os.path.lexists(self._top / ".git"):
            return frozenset()
        listed = _ask(self._top, "ls-files", "-z", "--full-name")
        return frozenset(_composed(os.fsdecode(one)) for one in listed.split(b"\0") if one)


def _composed(name: str) -> str:
    """A name as every file system has it, however it composes letters."""
    return unicodedata.normalize("NFC", name)


def _ask(folder: Path, *words: str) -> bytes:
    import subprocess

    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    try:
        asked = subprocess.run(  # noqa: S603 - the words are ours
            ["git", *QUIET, *words],  # noqa: S607 - git as users have it
            cwd=folder,
            env={**kept, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(
            f"{folder} is a git checkout, and git can't be asked: {type(error).__name__}"
        ) from None
    if asked.returncode:
        said = asked.stderr.decode("utf-8", "replace").strip().splitlines()
        raise UsageError(
            f"{folder} is a git checkout, and git can't read it: {said[-1] if said else 'no answer'}"
        )
    return asked.stdout
