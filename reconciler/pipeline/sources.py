"""The repository and the file that are recorded for each manifest, and the files that a run covers. Reads files and
git."""

import os
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from pathlib import Path

from reconciler.errors import UsageError
from reconciler.loading import files
from reconciler.loading.other_manifests import Candidate, OtherManifests
from reconciler.model import Covered, Source
from reconciler.model.recorded import recordable
from reconciler.pipeline.checkout import Asked, Checkout, checkout_of, marked, others_of

LONGEST_NAME = 200


class Sources:
    """The sources of the manifests below ``path``. git is started at once, and waited for at the first use.

    ``name`` is the value of --source; it is used as the repository, and git is not started. ``root`` is the folder that
    paths are relative to outside a checkout. Raises UsageError, here or at the first use, for an invalid name, and in a
    checkout if git is missing or fails.
    """

    def __init__(self, path: Path, *, root: Path | None = None, name: str = "") -> None:
        if name and not (name.isprintable() and name == name.strip() and len(name) <= LONGEST_NAME):
            raise UsageError(
                f"--source {name!r}: expected a name of at most {LONGEST_NAME} characters, such as the "
                "repository's name"
            )
        self._path = path.resolve()
        self._root = (root or files.root_of(path)).resolve()
        self._name = name
        folder = self._path if files.is_folder(self._path) else self._path.parent
        self._asked = None if name else Asked(folder)
        self._checkouts: dict[Path, Checkout | None] = {}

    @cached_property
    def checkout(self) -> Checkout | None:
        """The repository that contains PATH; None outside one, and if --source is given."""
        return self._asked.result() if self._asked else None

    def of(self, file: str) -> Source:
        """The recorded source of a file, given by its real path, in the innermost repository that contains it."""
        real = Path(file)
        checkout = self._checkout(real.parent)
        if checkout is None:
            root = self._name or recordable(self._root.as_posix())
            return Source(root, recordable(self._below_root(real)))
        return Source(checkout.repository, recordable(checkout.spelled(real)))

    def covered(self, read: Iterable[str]) -> tuple[Covered, ...]:
        """The files that the run covers: PATH, and files outside PATH or of other repositories that it reached by
        links."""
        source = self.of(str(self._path)) if self._path != self._root else Source(self.repository, "")
        found = {Covered(source.repository, source.file)}
        for file in read:
            reached = self.of(file)
            if not any(file_source.covers(reached) for file_source in found):
                found.add(Covered(*reached))
        for inner in {self._checkout(Path(file).parent) for file in read}:
            if inner is not None and inner.top.is_relative_to(
                self._path
            ):  # a repository below PATH: all of it
                found.add(Covered(inner.repository, ""))
        return tuple(sorted(found))

    @property
    def repository(self) -> str:
        """The name under which the manifests of PATH's own repository are recorded."""
        if self.checkout is None:
            return self._name or recordable(self._root.as_posix())
        return self.checkout.repository

    def _candidates(self) -> Iterator[Candidate]:
        """Every file of PATH's repository that may be a manifest."""
        checkout = self.checkout
        if checkout is None:
            for file, trouble in files.manifests(self._root, self._root):
                if trouble is None:
                    yield Candidate(Path(file), self.of(file))
            return
        for path in dict.fromkeys((*checkout.entries, *others_of(checkout))):
            entry = checkout.entries.get(path)
            place = checkout.top / path
            source = Source(checkout.repository, recordable(path))
            is_there = entry is None or entry.is_checked_out or place.is_file()
            yield Candidate(place.resolve() if is_there else None, source)

    def _not_checked_out(self) -> Iterator[Candidate]:
        """Every file of PATH's repository that may be a manifest and is not in the working tree."""
        checkout = self.checkout
        for path, entry in checkout.entries.items() if checkout else ():
            if checkout and not (entry.is_checked_out or (checkout.top / path).is_file()):
                yield Candidate(None, Source(checkout.repository, recordable(path)))

    def others(self, read: Collection[str], covered: Collection[Covered]) -> OtherManifests:
        """The other manifests of PATH's repository: those that the run neither read nor covers."""
        is_whole = any(folder.covers(Source(self.repository, "")) for folder in covered)
        candidates = list(self._not_checked_out() if is_whole else self._candidates())
        below = {
            str(path.path)
            for path in candidates
            if path.path and any(part.covers(path.source) for part in covered)
        }
        root = self.checkout.top if self.checkout else self._root
        return OtherManifests(candidates, root=root, own={*read, *below})

    def _checkout(self, folder: Path) -> Checkout | None:
        if self._name:
            return None
        top = marked(folder)
        if top is None or self.checkout is None or top == self.checkout.top:
            return self.checkout if top else None
        if top not in self._checkouts:
            self._checkouts[top] = checkout_of(top)
        return self._checkouts[top]

    def _below_root(self, real: Path) -> str:
        inside = real.is_relative_to(self._root)
        return real.relative_to(self._root).as_posix() if inside else real.as_posix()


def commit_of(path: Path) -> str:
    """The commit checked out at ``path``; outside a checkout, the commit of the workflow, or "".

    It ends in ``-dirty`` if a manifest below ``path`` was edited since.
    """
    real = path.resolve()
    checkout = checkout_of(real if files.is_folder(real) else real.parent)
    return commit_of_checkout(checkout, real)


def commit_of_checkout(checkout: Checkout | None, path: Path) -> str:
    """As ``commit_of``, for a checkout that was read already."""
    if checkout is None or not checkout.commit:
        return os.environ.get("GITHUB_SHA", "")
    return f"{checkout.commit}{'-dirty' if checkout.is_edited(path) else ''}"
