"""What a plan file does not approve of a plan made now: a type for each. ``render.unapproved`` words them."""

from collections.abc import Sequence
from enum import Enum, auto

from msgspec import Struct

from reconciler.model.base import Action, Address


class ChangeFault(Enum):
    """Why a change is not approved, where that needs no values."""

    NO_SIGNATURE = auto()
    """It writes masked values, which a plan file without a signature can't approve."""
    VALUE_MISSING = auto()
    """Its value was not at hand when the plan was made."""
    CHANGED_SINCE = auto()
    """The live object, the manifest, a value or its source is not what the plan was made from."""
    USED = auto()
    """It was approved once, and has been applied."""


class OtherActions(Struct, frozen=True):
    """Other actions were approved for its object, or none."""

    approved: tuple[Action, ...]


class OtherFields(Struct, frozen=True):
    """These fields differ from those that were approved."""

    paths: tuple[str, ...]


class UnapprovedChange(Struct, frozen=True):
    """A change that is not approved."""

    address: Address
    action: Action
    why: ChangeFault | OtherActions | OtherFields


class UnapprovedRelease(Struct, frozen=True):
    """An object would be released, and that is not approved."""

    address: Address


class UnapprovedMove(Struct, frozen=True):
    """A move that is not approved; ``used``: it was, and has been applied."""

    address: Address
    before: str
    after: str
    used: bool = False


class OtherPlace(Struct, frozen=True):
    """What was approved is for another cluster of that label: ids of the cluster and its company, ``then`` and
    ``now``."""

    cluster: str
    then: tuple[str, str]
    now: tuple[str, str]


class OtherInput(Struct, frozen=True):
    """What a run was asked for that changes what its plan means, and is not as it was approved."""

    name: str
    then: str | bool | Sequence[str]
    now: str | bool | Sequence[str]


Unapproved = UnapprovedChange | UnapprovedRelease | UnapprovedMove | OtherPlace | OtherInput
