"""What is not approved, and why: a type for each reason. ``render.unapproved`` words them."""

from collections.abc import Sequence
from enum import Enum, auto

from msgspec import Struct

from reconciler.model.base import Action, Address
from reconciler.model.record import Applied


class ChangeFault(Enum):
    """Why a change is not approved, if that needs no values."""

    NO_SIGNATURE = auto()
    """It writes masked values, which a plan file without a signature cannot approve."""
    VALUE_MISSING = auto()
    """Its value was not available when the plan file was made."""
    CHANGED_SINCE = auto()
    """The live object, the manifest, a value or its source has changed since the plan file was made."""
    USED = auto()
    """It was approved for a single apply, and has been applied."""


class OtherActions(Struct, frozen=True):
    """The plan file approves other actions for the object, or none."""

    approved: tuple[Action, ...]


class OtherFields(Struct, frozen=True):
    """These fields differ from the approved fields."""

    paths: tuple[str, ...]


class UnapprovedChange(Struct, frozen=True):
    """A change that is not approved."""

    address: Address
    action: Action
    why: ChangeFault | OtherActions | OtherFields


class UnapprovedRelease(Struct, frozen=True):
    """A release of an object that is not approved."""

    address: Address


class UnapprovedMove(Struct, frozen=True):
    """A move that is not approved. ``used``: it was approved for a single apply, and has been applied."""

    address: Address
    before: str
    after: str
    used: bool = False


class OtherPlace(Struct, frozen=True):
    """The plan file is for another cluster with the same label.

    ``then`` and ``now`` are the ids of the cluster and its company.
    """

    cluster: str
    then: tuple[str, str]
    now: tuple[str, str]


class OtherInput(Struct, frozen=True):
    """An option of the run that affects its plan, and is not as it was approved."""

    name: str
    then: str | bool | Sequence[str]
    now: str | bool | Sequence[str]


class OtherEvent(Struct, frozen=True):
    """``without-approval: apply`` does not cover the event ``name``."""

    name: str


class OtherBranch(Struct, frozen=True):
    """A push to a branch that is not one of ``bases``, the branches that are applied. ``branch`` is "" for a tag."""

    branch: str
    bases: tuple[str, ...]


class PushFault(Enum):
    """Why a push does not count as a direct push."""

    PULLS_UNKNOWN = auto()
    """There is no token to ask GitHub whether the push belongs to a pull request."""
    OF_A_PULL_REQUEST = auto()


NotDirect = OtherEvent | OtherBranch | PushFault


class OtherBase(Struct, frozen=True):
    """A pull request into a branch that is not one of ``bases``, the branches that are applied."""

    branch: str
    bases: tuple[str, ...]


class NoApproval(Enum):
    """Why nothing of a run is approved on GitHub, if that needs no values."""

    NO_PLAN_KEY = auto()
    """There is no key to check the approval of a pull request with."""
    NO_PULL_REQUEST = auto()
    """The commit does not belong to a merged pull request."""


class RequestRefused(Struct, frozen=True):
    """Why the merged pull request of that ``number`` approves nothing. ``why`` is the error's own message."""

    number: int
    why: str


class LastApplyUnclear(Struct, frozen=True):
    """A stack whose last apply may have been of a newer commit than the job's: ``is_known`` is whether its commit is
    known, and so not in the history of the job's."""

    cluster: str
    stack: str
    last: Applied
    is_known: bool


class Superseded(Struct, frozen=True):
    """A stack whose ``last`` apply was of a newer commit, which includes the job's."""

    cluster: str
    stack: str
    last: Applied


Unapproved = (
    UnapprovedChange
    | UnapprovedRelease
    | UnapprovedMove
    | OtherPlace
    | OtherInput
    | OtherBase
    | NotDirect
    | NoApproval
    | RequestRefused
    | LastApplyUnclear
)
