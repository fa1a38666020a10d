"""Where objects are declared: repository and file."""

from typing import Literal, NamedTuple


class Source(NamedTuple):
    """The manifest that declares an object. Printed as ``github.com/clinic/deploy: prod/web.yaml``.

    ``repository`` is the value of --source, else the remote ``origin`` as ``host/owner/name`` in lower case,
    else the real path of the repository's root. ``file`` is relative to that root, as in git's index, with
    ``/``.
    """

    repository: str
    file: str

    def __str__(self) -> str:
        return f"{self.repository}: {self.file}"


class Covered(NamedTuple):
    """The manifests that a run covers: the files of one repository below ``path``, or that file; "" is the
    whole repository.
    """

    repository: str
    path: str

    def covers(self, source: Source) -> bool:
        """Whether a source is one of the covered files."""
        if source.repository != self.repository and not (is_local(source) and is_local(self)):
            return False
        here, there = (
            _place(place.repository, name) for place, name in ((self, self.path), (source, source.file))
        )
        return here == there or there.startswith(f"{here}/")


def is_local(place: Source | Covered) -> bool:
    """Whether a repository is identified by its folder, since it has no remote."""
    return place.repository.startswith("/") or place.repository[1:3] == ":/"


def are_of_one_repository(source: Source, other: Source) -> bool:
    """Whether two sources are of the same repository, or of two folders of which one holds the other."""
    if source.repository == other.repository:
        return True
    places = sorted(f"{place.repository}/" for place in (source, other))
    return is_local(source) and is_local(other) and places[1].startswith(places[0])


def _place(repository: str, path: str) -> str:
    return f"{repository}/{path}" if path else repository


class Elsewhere(NamedTuple):
    """What a file outside the run says of an object.

    ``how``: ``declared``: the file declares it. ``unclear``: it may, since its cluster or stack is a variable.
    ``unreadable``: it may, since the file is no valid YAML or is not checked out, and holds the object's name
    as far as it can be searched.
    """

    source: Source
    how: Literal["declared", "unclear", "unreadable"]
