"""The result of planning: the values that ``plan`` returns, and that ``apply`` and all reports take."""

from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec import Struct, field

from reconciler.api.client import ClusterRef
from reconciler.document import PlanMeta
from reconciler.errors import Refused
from reconciler.model import Address, Desired, Diagnostic, LiveState, Plan, Record, Source
from reconciler.pipeline.keys import NO_DIGEST_KEY, declares_values
from reconciler.planfile import Inputs
from reconciler.planning.moved import Transfer
from reconciler.render.refusals import refusal_text


class Planned(Struct, frozen=True):
    """One stack: its desired, live and recorded objects, and its plan.

    ``record`` is the record after the pending changes of a run that died were resolved; ``read`` is the record in the
    cluster. ``others`` are the cluster's other stacks, with the files that declared their objects, and how many.
    ``twice`` are objects that another file of the repository declares too. ``transfers`` are the objects that other
    stacks hand over. ``shows_tasks``: this cluster has shown tasks before, to an apply of any stack. ``deferred`` are
    deletes that are made after the cluster's other stacks are applied, by a new plan that ``again`` makes.
    """

    desired: Desired
    live: LiveState
    record: Record
    read: Record
    at: ClusterRef
    plan: Plan
    others: Mapping[str, Mapping[Source | None, int]] = field(default_factory=dict)
    twice: tuple[Diagnostic, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    shows_tasks: bool = False
    deferred: frozenset[Address] = frozenset()
    again: "Callable[[], Planned] | None" = None

    @property
    def has_work(self) -> bool:
        """Whether an apply has anything to do here: write, verify a rollout again, or complete a run that died."""
        plan = self.plan
        return bool(
            plan.changes or plan.released or plan.moves or plan.verify or self.read.pending or self.transfers
        )


class PlannedRun(Struct, frozen=True):
    """All planned stacks of a run. ``repository`` is the one that PATH is in, by its name in sources, "" if unknown;
    ``digest_key`` is the key for the digests of secrets' values, or None. ``inputs`` are the options that approvals
    compare, and ``now`` is when it was planned, by the server's clock if known."""

    planned: tuple[Planned, ...]
    diagnostics: tuple[Diagnostic, ...]
    meta: PlanMeta
    repository: str
    digest_key: bytes | None
    inputs: Inputs
    now: datetime
    targets: frozenset[Address] = frozenset()

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The plans, one for each stack, in the order of the manifests."""
        return tuple(planned.plan for planned in self.planned)

    @property
    def changes(self) -> int:
        """The number of changes that need approval, with releases and moves."""
        return sum(len(plan.changes) + len(plan.released) + len(plan.moves) for plan in self.plans)

    @property
    def differs(self) -> bool:
        """Whether live state differs from the manifests, or an object is held, was not verified or could not be read.

        Of drift it is also true if changes are not applied yet.
        """
        return bool(self.changes) or any(
            plan.held or plan.verify or plan.pending or plan.unread for plan in self.plans
        )

    @property
    def is_settled(self) -> bool:
        """Whether an apply would have nothing to do, to verify or to report."""
        return not any(planned.has_work or planned.plan.leaves_open for planned in self.planned)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings on the settings of the run, a sentence each."""
        if self.digest_key is None and any(declares_values(planned.desired) for planned in self.planned):
            return (NO_DIGEST_KEY,)
        return ()

    @property
    def refusals(self) -> tuple[str, ...]:
        """Why the run must not be applied, in words; empty if it may."""
        return tuple(refusal_text(refusal) for plan in self.plans for refusal in plan.refusals)

    def raise_if_refused(self) -> None:
        """Raises ``Refused`` with all reasons, if there are any."""
        if self.refusals:
            raise Refused(*self.refusals)

    def exit_code(self, *, detailed: bool) -> int:
        """The exit code: 3 if a guard refuses; 2 if ``detailed`` was asked for and live state differs from the
        manifests; otherwise 0."""
        if self.refusals:
            return 3
        return 2 if detailed and self.differs else 0
