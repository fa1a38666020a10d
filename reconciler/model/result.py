"""How a change ended, and how a run did."""

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
    """How far the change of an object is while it is under way: ``creating``, ``1 of 2 running``."""

    address: Address
    text: str

    def __str__(self) -> str:
        return f"{self.address}: {self.text}"


class HostsLeft(NamedTuple):
    """Where the hosts of a move that did not succeed are now: ``restored`` to the services that had them, ``kept`` by
    the service that got them, or with nobody (``lost``)."""

    restored: tuple[str, ...] = ()
    kept: tuple[Taken, ...] = ()
    lost: tuple[str, ...] = ()


class Outcome(NamedTuple):
    """How one change ended; ``render.outcomes`` words it.

    ``cause`` is why it was not carried out, or why that is not known. ``rollout`` is how the rollout that it started
    ended, and ``status`` follows from it. ``hosts`` is where the hosts are that it was to take from other services and
    did not, or why they could not be given back. ``seconds`` is how long it took.
    """

    change: Change
    status: Status
    cause: "Hold | Failure | None" = None
    rollout: "RolloutResult | None" = None
    hosts: HostsLeft | Failure | None = None
    seconds: float = 0.0

    @property
    def kept(self) -> bool:
        """Whether it was skipped as the platform keeps the object for now, which is no failure."""
        return isinstance(self.cause, Failure) and self.cause.kind == "kept by the platform"

    @property
    def is_done(self) -> bool:
        """Whether nothing more is to be done in this run."""
        return self.status == "applied" or (self.status == "skipped" and self.kept)


Event = Outcome | Progress | str
"""What a run reports while it goes on: how a change ended, how far another is, or a sentence on what is going on."""


class RunResult(Struct):
    """How an apply ended: an outcome for each change, in the order in which they ended.

    ``problems`` are what is wrong beside the outcomes. ``verified`` are services that are up now, though
    the apply that wrote them did not see it; ``accepted`` are services that count as up now, though no tasks are shown.
    ``released`` are objects that are not managed any more and stay. ``moved``
    are objects that the record has in this stack, or under this name, from now on.
    ``wrote`` says that something was written, be it a record alone.
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
        """Whether everything was applied, or is kept by the platform for now, and nothing else is wrong."""
        return not self.problems and all(outcome.is_done for outcome in self.outcomes)

    @property
    def exit_code(self) -> int:
        """0 where the run is complete, else 1."""
        return 0 if self.is_complete else 1

    @property
    def counts(self) -> dict[Status, int]:
        """How many changes ended in each status, those with none included."""
        return {status: sum(outcome.status == status for outcome in self.outcomes) for status in STATUSES}
