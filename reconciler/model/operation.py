"""How a one-off operation ended: a restart, a reboot, a test event. ``render.operations`` words it."""

from enum import Enum, auto
from typing import Literal

from msgspec import Struct

from reconciler.model.base import Status
from reconciler.model.failure import Failure
from reconciler.model.rollout import RolloutResult


class OperationEnd(Enum):
    """An end of an operation that needs no values."""

    REBOOTED = auto()
    """The node was not Ready for a time, and is Ready again."""
    BEING_DELETED = auto()
    """The node is being deleted, or is about to be."""
    NODE_BEFORE_NOT_READY = auto()
    """The previous node did not become Ready again, so this node was not rebooted."""
    RESTART_NOT_WATCHED = auto()
    """The restart was accepted; the rollout was not watched, as requested."""
    SERVICE_DELETED = auto()
    """The service was deleted during the operation."""
    EVENT_ACCEPTED = auto()
    """The server accepted the request to send the test event; whether it arrives is unknown."""


class RebootNotSeen(Struct, frozen=True):
    """A reboot was accepted, but the node was seen as Ready for all of ``seconds``."""

    seconds: float


class NotReadyAgain(Struct, frozen=True):
    """A node was not Ready again within ``seconds``."""

    seconds: float


class AnswerLost(Struct, frozen=True):
    """The answer was lost, and reading does not show whether the operation was carried out."""

    operation: Literal["restart", "reboot", "test event"]
    failure: Failure


class OperationResult(Struct, frozen=True):
    """How an operation on one object ended.

    ``what`` names the object. ``unknown``: it may or may not have been carried out.
    """

    what: str
    status: Status
    end: OperationEnd | RebootNotSeen | NotReadyAgain | AnswerLost | RolloutResult | Failure
