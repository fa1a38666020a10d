"""Why a change is made: a type for each reason, with the values for its text. ``render.reasons`` words them."""

from enum import Enum, auto
from typing import Literal

from msgspec import Struct

from reconciler.model.base import Address, ServiceUser
from reconciler.model.source import Source


class PlainReason(Enum):
    """Reasons without values."""

    DELETED_OUTSIDE_GIT = auto()
    DELETED_OUTSIDE_GIT_WITH_DATA = auto()
    NAME_TAKEN_OUTSIDE_GIT = auto()
    """An object that is not the recorded one has the recorded name."""
    PLACE_TAKEN_OUTSIDE_GIT = auto()
    """The same reason, in a report of drift."""
    CHANGED_OUTSIDE_GIT = auto()
    PARTLY_CHANGED_OUTSIDE_GIT = auto()
    """Some fields were changed outside git; others differ because the manifests changed."""
    VALUE_CHANGED = auto()
    LINE_ENDINGS_CHANGED = auto()
    """Only the line endings of a config's text changed."""
    NO_DIGEST_RECORDED = auto()
    """No digest of the secret's value is recorded, so the value counts as changed."""
    OTHER_DIGEST_KEY = auto()
    """The recorded digest was made with another key, so the value counts as changed."""
    OLD_VERSION = auto()
    """An old version of a secret or config that nothing uses any more."""
    NOT_DECLARED = auto()
    NOT_DECLARED_OLD_VERSION = auto()
    """An old version of an object that is no longer declared."""
    FILE_NOT_RECORDED = auto()
    """The record does not say which file declared the object."""
    RECORD_ONLY = auto()
    """Only the record changes (``lifecycle``)."""


class NotManaged(Struct, frozen=True):
    """The object exists and no stack manages it.

    ``live_name`` is set if it differs from the name in the manifests.
    """

    live_name: str = ""


class DeclaredBy(Struct, frozen=True):
    """The object was declared last by a file outside the run, or by another repository."""

    source: Source


class NewVersion(Struct, frozen=True):
    """A secret or config gets a new version; this is its live name."""

    live_name: str


class KeptVersion(Struct, frozen=True):
    """An old version that is kept, and why: services mount it, their previous specs do (``previous``), other
    stacks use it (``recorded``); these services are ``users``. Or it is the ``last`` version that worked.
    """

    live_name: str
    how: Literal["mounts", "previous", "recorded", "last"]
    users: tuple[ServiceUser, ...] = ()


class KeptVersions(Struct, frozen=True):
    """Old versions that are kept beside a new version."""

    versions: tuple[KeptVersion, ...]


class TakenFromDeleted(Struct, frozen=True):
    """A host or volume (``kind`` and ``name``) of a service that the plan deletes first."""

    kind: str
    name: str
    owner: Address


class TakesFromDeleted(Struct, frozen=True):
    """A service gets hosts or volumes of services that the plan deletes first."""

    taken: tuple[TakenFromDeleted, ...]


class TakesHost(Struct, frozen=True):
    """A service gets a host of another service, which is not deleted and gives the host up first."""

    host: str
    service: str


class MoreNodes(Struct, frozen=True):
    """This number of nodes of a size is missing."""

    count: int


class NodeRemoved(Struct, frozen=True):
    """A node is named under ``removed.nodes``: its public IP address, and the size that it counts for."""

    ip_address: str
    size: str


class AfterStacks(Struct, frozen=True):
    """The delete follows the apply of these other stacks in the same run: their services use the object until then."""

    stacks: tuple[str, ...]


class Worded(Struct, frozen=True):
    """A reason as text, from a plan file."""

    text: str


Reason = (
    PlainReason
    | NotManaged
    | DeclaredBy
    | NewVersion
    | KeptVersions
    | TakesFromDeleted
    | TakesHost
    | MoreNodes
    | NodeRemoved
    | AfterStacks
    | Worded
)
"""A reason of a change. A change may have several; a plain create has none."""
