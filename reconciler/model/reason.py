"""Why a change is made: a type for each reason, with the values that its words need. ``render.reasons`` words them."""

from enum import Enum, auto
from typing import Literal

from msgspec import Struct

from reconciler.model.base import Address
from reconciler.model.source import Source


class PlainReason(Enum):
    """The reasons that need no values."""

    DELETED_OUTSIDE_GIT = auto()
    DELETED_OUTSIDE_GIT_WITH_DATA = auto()
    NAME_TAKEN_OUTSIDE_GIT = auto()
    """Another object has the name of the one that the record holds."""
    PLACE_TAKEN_OUTSIDE_GIT = auto()
    """The same, as a report of drift words it."""
    CHANGED_OUTSIDE_GIT = auto()
    PARTLY_CHANGED_OUTSIDE_GIT = auto()
    """Other fields differ because the manifests ask for something else."""
    VALUE_CHANGED = auto()
    LINE_ENDINGS_CHANGED = auto()
    """Nothing else of a config's text changed."""
    NO_DIGEST_RECORDED = auto()
    """Whether a secret's value changed can't be compared, so it counts as changed."""
    OTHER_DIGEST_KEY = auto()
    """The same: the recorded digest was made with another key."""
    OLD_VERSION = auto()
    """An old version of a secret or config that nothing uses any more."""
    NOT_DECLARED = auto()
    NOT_DECLARED_OLD_VERSION = auto()
    """An old version of something that is not declared any more."""
    FILE_NOT_RECORDED = auto()
    """The record does not say which file declared it."""
    RECORD_ONLY = auto()
    """Only the record changes (``lifecycle``)."""


class NotManaged(Struct, frozen=True):
    """It exists and no stack manages it; ``live_name`` where that is not its name in the manifests."""

    live_name: str = ""


class DeclaredBy(Struct, frozen=True):
    """A file that the run does not cover, or another repository, declared it last."""

    source: Source


class NewVersion(Struct, frozen=True):
    """A secret or config gets a new version, of that name."""

    live_name: str


class KeptVersion(Struct, frozen=True):
    """An old version that is kept: services mount it, their ``previous`` spec does, or other stacks use it
    (``recorded``), named in ``users``; or it is the ``last`` that worked."""

    live_name: str
    how: Literal["mounts", "previous", "recorded", "last"]
    users: tuple[str, ...] = ()


class KeptVersions(Struct, frozen=True):
    """Former versions that are kept beside a new one."""

    versions: tuple[KeptVersion, ...]


class TakenFromDeleted(Struct, frozen=True):
    """A host or volume, ``kind`` and ``name``, of a service that the plan deletes first."""

    kind: str
    name: str
    owner: Address


class TakesFromDeleted(Struct, frozen=True):
    """A service gets what services have that the plan deletes first."""

    taken: tuple[TakenFromDeleted, ...]


class TakesHost(Struct, frozen=True):
    """A service gets a host of another one, which stays and gives it up first."""

    host: str
    service: str


class MoreNodes(Struct, frozen=True):
    """So many nodes of a size are missing."""

    count: int


class NodeRemoved(Struct, frozen=True):
    """A node is named under ``removed.nodes``: its public IP address and the size that it counts for."""

    ip_address: str
    size: str


class AfterStacks(Struct, frozen=True):
    """A delete is done once these other stacks are applied in the same run: services of theirs use it until then."""

    stacks: tuple[str, ...]


class Worded(Struct, frozen=True):
    """Words, as a plan file has them."""

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
"""One reason of a change. A change may have several; one that only creates what is declared has none."""
