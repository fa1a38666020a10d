"""How a change ended, and how a run ended."""

from typing import TYPE_CHECKING, NamedTuple, get_args

from msgspec import Struct, field

from reconciler.model.base import Address, Status
from reconciler.model.change import Change, Taken
from reconciler.model.failure import Failure

if TYPE_CHECKING:
    from reconciler.model.hold import Hold
    from reconciler.model.problem import RunProblem
    from reconciler.model.rollout import RolloutResult

STATUSES: tuple[Status, ...] = get_args(Status)


class Progress(NamedTuple):
    """The progress of a change that is being made: ``creating``, ``1 of 2 running``."""

    address: Address
    text: str

    def __str__(self) -> str:
        return f"{self.address}: {self.text}"


class HostsLeft(NamedTuple):
    """Where hosts are after a move that failed, as messages may show them: ``restored`` to the services that had them,
    ``kept`` by the service that got them, or with no service (``lost``).
    """

    restored: tuple[str, ...] = ()
    kept: tuple[Taken, ...] = ()
    lost: tuple[str, ...] = ()


class Outcome(NamedTuple):
    """How one change ended; ``render.outcomes`` words it.

    ``cause`` is why it was not carried out, or why that is unknown. ``rollout`` is how its rollout ended;
    ``status`` follows from it. ``hosts`` is where the hosts are that it should have taken from other services,
    or why they could not be given back. ``seconds`` is how long it took.
    """

    change: Change
    status: Status
    cause: "Hold | Failure | None" = None
    rollout: "RolloutResult | None" = None
    hosts: HostsLeft | Failure | None = None
    seconds: float = 0.0

    @property
    def kept(self) -> bool:
        """Whether it was skipped because the platform keeps the object for now; that is not a failure."""
        return isinstance(self.cause, Failure) and self.cause.kind == "kept by the platform"

    @property
    def is_done(self) -> bool:
        """Whether the change is finished for this run."""
        return self.status == "applied" or (self.status == "skipped" and self.kept)


Event = Outcome | Progress | str
"""A message of a run in progress: how a change ended, the progress of a change, or a sentence."""


class RunResult(Struct):
    """How an apply ended.

    ``outcomes`` are in the order in which the changes ended. ``problems`` are other problems. ``verified`` are
    services that are up now, though the apply that wrote them did not see that; ``accepted`` are services that
    count as up now, though no tasks are shown. ``released`` are objects that are no longer managed, and stay.
    ``moved`` are objects that are from now on recorded in this stack, or under this name. ``wrote``: something
    was written, even if only a record.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    problems: "list[RunProblem]" = field(default_factory=list)
    verified: list[Address] = field(default_factory=list)
    accepted: list[Address] = field(default_factory=list)
    released: list[Address] = field(default_factory=list)
    moved: list[Address] = field(default_factory=list)
    wrote: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether all changes were applied (or the platform keeps the object for now) and there are no problems."""
        return not self.problems and all(outcome.is_done for outcome in self.outcomes)

    @property
    def exit_code(self) -> int:
        """0 if the run is complete, else 1."""
        return 0 if self.is_complete else 1

    @property
    def counts(self) -> dict[Status, int]:
        """The number of changes by status; statuses without changes are included with 0."""
        return {status: sum(outcome.status == status for outcome in self.outcomes) for status in STATUSES}
