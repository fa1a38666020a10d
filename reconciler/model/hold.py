"""Why a change of a plan is not carried out now: a type for each reason. ``render.holds`` words them."""

from enum import Enum, auto

from msgspec import Struct

from reconciler.model.base import Address, ServiceUser
from reconciler.model.change import Blocker
from reconciler.model.failure import Failure
from reconciler.model.rollout import RolloutResult


class NotBegun(Enum):
    """The run ended before the change was begun; the change itself has no problem."""

    INTERRUPTED = auto()
    """The run was asked to stop."""
    RUN_ENDED = auto()
    """An error ended the run."""


class ClusterFailed(Struct, frozen=True):
    """Another ``cluster`` of the run (a label) failed earlier."""

    cluster: str


class StackNotApplied(Struct, frozen=True):
    """The stack of the change could not be applied at all."""

    failure: Failure


class NotReadAgain(Struct, frozen=True):
    """Live state could not be read again under the lease."""

    failure: Failure


class DeletesWait(Enum):
    """No object is deleted in this run."""

    NO_WAIT = auto()
    """Rollouts are not watched (``--no-wait``), so it is unknown whether services are up."""
    STACKS_NOT_DONE = auto()
    """Not all stacks of the run were applied completely, and a service of one of them used the object when this
    was planned.
    """
    NOT_DUE = auto()
    """The delete depended on other stacks being applied first; the plan made after that does not contain it."""


class DeletesWaitFor(Struct, frozen=True):
    """Deletes wait until ``unfinished`` are done and up.

    ``not_begun``: some of them were not written; the next run writes them.
    """

    unfinished: tuple[Address, ...]
    not_begun: bool = False


class NotSeen(Struct, frozen=True):
    """Whether the object may still be deleted is unknown, since live state could not be read."""

    failure: Failure


class WaitsForReady(Struct, frozen=True):
    """A delete waits for declared objects that are not Ready."""

    names: tuple[str, ...]


class WaitsForServices(Struct, frozen=True):
    """The change waits for services that are not up."""

    held_by: tuple[Blocker, ...]


class NeedNotDone(Struct, frozen=True):
    """A change that must come first was not carried out."""

    need: Address


class OwnedMeanwhile(Struct, frozen=True):
    """Another stack owns the object since the plan was made, or is about to."""

    kind: str
    live_name: str
    stack: str


class UsedMeanwhile(Struct, frozen=True):
    """The object would be deleted, but services of other stacks use it since the plan was made."""

    users: tuple[ServiceUser, ...]


class ExternalChanged(Struct, frozen=True):
    """An external object is now another live object than planned.

    ``was`` and ``now`` are live names; ``now`` is "" if there is none.
    """

    kind: str
    name: str
    was: str
    now: str


class RolloutUnderWay(Struct, frozen=True):
    """A rollout of the service is in progress; nothing is written until it ends."""

    rollout: RolloutResult


class RolloutFailed(Struct, frozen=True):
    """The last rollout failed, and a write that starts no new tasks could resume it."""

    rollout: RolloutResult


Hold = (
    NotBegun
    | ClusterFailed
    | StackNotApplied
    | NotReadAgain
    | DeletesWait
    | DeletesWaitFor
    | NotSeen
    | WaitsForReady
    | WaitsForServices
    | NeedNotDone
    | OwnedMeanwhile
    | UsedMeanwhile
    | ExternalChanged
    | RolloutUnderWay
    | RolloutFailed
)
