"""Why a push or a pull request does not count for an apply: a type for each. ``render.branches`` words them."""

from enum import Enum, auto

from msgspec import Struct


class OtherEvent(Struct, frozen=True):
    """``without-approval: apply`` does not cover an event of that name."""

    name: str


class OtherBranch(Struct, frozen=True):
    """A push to another branch than ``bases``, the ones that are applied; "" for a tag."""

    branch: str
    bases: tuple[str, ...]


class PushFault(Enum):
    """Why a push is no direct one."""

    PULLS_UNKNOWN = auto()
    """There is no token to ask GitHub with whether it belongs to a pull request."""
    OF_A_PULL_REQUEST = auto()


NotDirect = OtherEvent | OtherBranch | PushFault


class OtherBase(Struct, frozen=True):
    """A pull request into another branch than ``bases``, which alone are applied."""

    branch: str
    bases: tuple[str, ...]
