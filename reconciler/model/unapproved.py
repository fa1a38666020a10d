"""Parts of a plan that the plan file does not approve: a type for each. ``render.unapproved`` words them."""

from collections.abc import Sequence
from enum import Enum, auto

from msgspec import Struct

from reconciler.model.base import Action, Address


class ChangeFault(Enum):
    """Why a change is not approved, if that needs no values."""

    NO_SIGNATURE = auto()
    """It writes masked values, which a plan file without a signature can't approve."""
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


Unapproved = UnapprovedChange | UnapprovedRelease | UnapprovedMove | OtherPlace | OtherInput
