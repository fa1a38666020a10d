"""How a one-off operation ended: a restart, a reboot, a test event. ``render.operations`` words it."""

from enum import Enum, auto
from typing import Literal

from msgspec import Struct

from reconciler.model.base import Status
from reconciler.model.failure import Failure
from reconciler.model.rollout import RolloutResult


class OperationEnd(Enum):
    """How it ended, where that needs no values."""

    REBOOTED = auto()
    """The node was away, and is Ready again."""
    BEING_DELETED = auto()
    """The node is deleted, or about to be."""
    NODE_BEFORE_NOT_READY = auto()
    """The node before it did not come back, so it was not rebooted."""
    RESTART_NOT_WATCHED = auto()
    """The restart was accepted, and nobody is to wait for it."""
    SERVICE_DELETED = auto()
    """The service was deleted meanwhile."""
    EVENT_ACCEPTED = auto()
    """The server will send the test event; whether it arrives is not known."""


class RebootNotSeen(Struct, frozen=True):
    """A reboot was accepted, and the node was Ready for all of so many ``seconds``."""

    seconds: float


class NotReadyAgain(Struct, frozen=True):
    """A node was not Ready after so many ``seconds``."""

    seconds: float


class AnswerLost(Struct, frozen=True):
    """The answer was lost, and nothing shows whether it was carried out."""

    operation: Literal["restart", "reboot", "test event"]
    failure: Failure


class OperationResult(Struct, frozen=True):
    """How one operation ended. ``what`` names its object; ``unknown``: it may or may not have been carried out."""

    what: str
    status: Status
    end: OperationEnd | RebootNotSeen | NotReadyAgain | AnswerLost | RolloutResult | Failure
