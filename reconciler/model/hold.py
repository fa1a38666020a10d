"""Why a change of a plan is not carried out now: a type for each. ``render.holds`` words them."""

from enum import Enum, auto

from msgspec import Struct

from reconciler.model.base import Address
from reconciler.model.change import Blocker
from reconciler.model.failure import Failure
from reconciler.model.rollout import RolloutResult


class NotBegun(Enum):
    """Nothing was wrong with it; the run ended first."""

    INTERRUPTED = auto()
    """The run was asked to stop."""
    RUN_ENDED = auto()
    """An error ended the run."""


class ClusterFailed(Struct, frozen=True):
    """Another ``cluster`` of the run, by label, failed before it."""

    cluster: str


class StackNotApplied(Struct, frozen=True):
    """Its stack could not be applied at all."""

    failure: Failure


class NotReadAgain(Struct, frozen=True):
    """Live state could not be read again under the lease."""

    failure: Failure


class DeletesWait(Enum):
    """Nothing is deleted in this run."""

    NO_WAIT = auto()
    """Services are not followed (``--no-wait``), so it is never seen that they are up."""
    STACKS_NOT_DONE = auto()
    """Not all stacks of the run were applied to a good end, and one of them used it when this was planned."""
    NOT_DUE = auto()
    """It was to be deleted once other stacks are applied, and the plan after that does not delete it."""


class DeletesWaitFor(Struct, frozen=True):
    """Deletes wait until these are done and up. ``not_begun``: some of them were not written, so the next run does."""

    unfinished: tuple[Address, ...]
    not_begun: bool = False


class NotSeen(Struct, frozen=True):
    """Whether it may still be deleted could not be read."""

    failure: Failure


class WaitsForReady(Struct, frozen=True):
    """A delete waits for what is declared and is not Ready."""

    names: tuple[str, ...]


class WaitsForServices(Struct, frozen=True):
    """It waits for services that are not up."""

    held_by: tuple[Blocker, ...]


class NeedNotDone(Struct, frozen=True):
    """A change that it needs was not carried out."""

    need: Address


class OwnedMeanwhile(Struct, frozen=True):
    """Another stack owns it since it was planned, or is about to."""

    kind: str
    live_name: str
    stack: str


class UsedMeanwhile(Struct, frozen=True):
    """It would be deleted, and services of other stacks use it since it was planned."""

    users: tuple[str, ...]


class ExternalChanged(Struct, frozen=True):
    """An external object stands for another live one than planned; ``now`` is "" for none."""

    kind: str
    name: str
    was: str
    now: str


class RolloutUnderWay(Struct, frozen=True):
    """Nothing is written into a rollout that is under way."""

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
