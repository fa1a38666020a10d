"""Why a push or a pull request does not count for an apply: a type for each reason. ``render.branches`` words them."""

from enum import Enum, auto

from msgspec import Struct


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
