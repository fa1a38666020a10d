"""Where declarations stand: repository and file."""

from typing import Literal, NamedTuple


class Source(NamedTuple):
    """Which manifest declares an object. Prints as ``github.com/clinic/deploy: prod/web.yaml``.

    ``repository`` is the remote ``origin`` as ``host/owner/name`` in lower case, without one the real path of the
    repository's root, or what --source says. ``file`` is relative to that root, as git's index spells it, with ``/``.
    """

    repository: str
    file: str

    def __str__(self) -> str:
        return f"{self.repository}: {self.file}"


class Covered(NamedTuple):
    """What a run covers: of one repository the files below ``path``, or that file; "" is the whole of it."""

    repository: str
    path: str

    def covers(self, source: Source) -> bool:
        """Whether a source lies there."""
        if source.repository != self.repository and not (is_local(source) and is_local(self)):
            return False
        here, there = (
            _place(place.repository, name) for place, name in ((self, self.path), (source, source.file))
        )
        return here == there or there.startswith(f"{here}/")


def is_local(place: Source | Covered) -> bool:
    """Whether a repository goes by its folder, as one without a remote does."""
    return place.repository.startswith("/") or place.repository[1:3] == ":/"


def are_of_one_repository(source: Source, other: Source) -> bool:
    """Whether two sources are: of the same, or of folders one of which holds the other."""
    if source.repository == other.repository:
        return True
    places = sorted(f"{each.repository}/" for each in (source, other))
    return is_local(source) and is_local(other) and places[1].startswith(places[0])


def _place(repository: str, path: str) -> str:
    return f"{repository}/{path}" if path else repository


class Elsewhere(NamedTuple):
    """What a file of the repository that a run does not cover says of an object.

    ``how``: it is ``declared`` there; that is ``unclear``, since the file's cluster or stack is a variable; or the file
    is ``unreadable`` as YAML, or not checked out, and the object's name stands in it as far as that can be looked at.
    """

    source: Source
    how: Literal["declared", "unclear", "unreadable"]
