"""The files that ``file:``, ``extends:`` and links may lead to in a CI job: those that git tracks, and those that the
job allows."""

import unicodedata
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

from reconciler.loading.files import root_of
from reconciler.pipeline.checkout import tracked


class Permits:
    """Called with a file's real path, it returns why the file must not be read, or "". git is started on the first
    call.

    ``allowed`` are patterns of paths from the top of PATH's repository; ``*`` stands for any characters, slashes too.
    They come from the job, never from a manifest.
    """

    def __init__(self, path: Path, allowed: Sequence[str]) -> None:
        self._top = root_of(path)
        self._allowed = tuple(allowed)

    def __call__(self, real: str) -> str:
        """Raises UsageError if the folder is a git checkout and git is missing or fails."""
        place = Path(real)
        if not place.is_relative_to(self._top):
            return "lies outside the repository"
        name = place.relative_to(self._top).as_posix()
        if any(fnmatchcase(name, pattern) for pattern in self._allowed) or _composed(name) in self._tracked:
            return ""
        return "is not in git's index, and a CI job reads no other file"

    @cached_property
    def _tracked(self) -> frozenset[str]:
        """The files of the index by their paths from the top; none outside a checkout."""
        return frozenset(map(_composed, tracked(self._top)))


def _composed(name: str) -> str:
    """A name with composed letters, so that it is equal on all file systems."""
    return unicodedata.normalize("NFC", name)
