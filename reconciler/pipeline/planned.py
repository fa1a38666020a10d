"""What was planned: the values that ``plan`` returns, and that ``apply`` and every report of a plan begin with."""

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
    """One stack: what it should be, what it is, what is recorded, and what is to be done.

    ``record`` is as a run that died before left it, accounted for; ``read`` is as it stands in the cluster.
    ``others`` are the cluster's other stacks: which files declared how many of the objects that each owns.
    ``twice`` are objects that another file of the repository declares too. ``transfers``: what other stacks hand over.
    ``shows_tasks``: this cluster has shown tasks before, to an apply of whatever stack. ``deferred`` are deletes of the
    plan that are done once the cluster's other stacks are applied, by a plan of this one made again by ``again``.
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
        """Whether an apply has anything to do here: write, follow a rollout again, or clear up after a dead run."""
        plan = self.plan
        return bool(
            plan.changes or plan.released or plan.moves or plan.verify or self.read.pending or self.transfers
        )


class PlannedRun(Struct, frozen=True):
    """Everything that was planned. ``repository`` is the one that PATH is in, as sources name it, "" if unknown;
    ``digest_key`` keys the digests of secrets' values, if there is one.

    ``inputs`` are what the plan was asked for, and ``now`` is when it was made, by the server's clock where it
    tells the time.
    """

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
        """How many changes an apply would make that are to be approved: releases and moves are among them."""
        return sum(len(plan.changes) + len(plan.released) + len(plan.moves) for plan in self.plans)

    @property
    def differs(self) -> bool:
        """Whether live is not as declared, by spec and record: what is held, was not verified or could not be read is
        not either."""
        return bool(self.changes) or any(
            plan.held or plan.verify or plan.pending or plan.unread for plan in self.plans
        )

    @property
    def is_settled(self) -> bool:
        """Whether an apply would have nothing to do, nothing to look at and nothing to say."""
        return not any(planned.has_work or planned.plan.leaves_open for planned in self.planned)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong with how the run was set up, for people: a sentence each."""
        if self.digest_key is None and any(declares_values(planned.desired) for planned in self.planned):
            return (NO_DIGEST_KEY,)
        return ()

    @property
    def refusals(self) -> tuple[str, ...]:
        """Why nothing of this may be applied, in words."""
        return tuple(refusal_text(refusal) for plan in self.plans for refusal in plan.refusals)

    def raise_if_refused(self) -> None:
        """Raises ``Refused`` with every reason."""
        if self.refusals:
            raise Refused(*self.refusals)

    def exit_code(self, *, detailed: bool) -> int:
        """3 if a guard refuses; 2 if asked for and live is not as declared, by spec and record; else 0."""
        if self.refusals:
            return 3
        return 2 if detailed and self.differs else 0
