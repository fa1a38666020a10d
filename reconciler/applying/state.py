"""The state of an apply that is being carried out."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct, field

from reconciler.applying.confirm import AnsweredChange
from reconciler.applying.context import ApplyContext
from reconciler.applying.kinds.service_hosts import give_back
from reconciler.applying.unwritten import Unwritten
from reconciler.applying.verify import Watching
from reconciler.model import Address, Change, Outcome, Owned, Pending, ServiceState, Write
from reconciler.model.failure import Failure
from reconciler.model.hold import Hold
from reconciler.model.problem import RunProblem
from reconciler.record import RecordLease


class ApplyRun(Struct):
    """The state of an apply that is being carried out.

    For each change: ``intents`` is how it will be recorded, ``owned_after`` how it was recorded, ``journal`` its entry
    in ``Record.pending``, ``barred`` why it must not be carried out. ``known_tasks`` are the ids of all tasks before
    the first write, None if the API does not show tasks. ``unwritten`` are the services that the run does not write and
    can verify, ``service_states`` the states of all that it does not write, by name, and ``problems`` what is wrong
    with them. ``answered`` are changes that the API answered as made and that are to be confirmed by lists.
    ``unverified`` are written services whose rollout is not verified yet; ``verifying`` is the seconds spent on that.
    ``unready`` are declared objects that are not ready: deletes wait for them. ``begun`` are the changes that may have
    been written.
    """

    context: ApplyContext
    lease: RecordLease
    intents: Mapping[Address, Owned]
    journal: Mapping[Address, Pending]
    known_tasks: frozenset[str] | None
    watching: Watching
    report: Callable[[Outcome], None]
    service_states: dict[str, ServiceState] = field(default_factory=dict)
    unwritten: Sequence[Unwritten] = ()
    problems: list[RunProblem] = field(default_factory=list)
    outcomes: dict[Address, Outcome] = field(default_factory=dict)
    answered: list[AnsweredChange] = field(default_factory=list)
    unverified: list[Write] = field(default_factory=list)
    owned_after: dict[Address, Owned] = field(default_factory=dict)
    verifying: float = 0.0
    barred: Mapping[Address, Hold] = field(default_factory=dict)
    unready: tuple[str, ...] = ()
    begun: dict[Address, Change] = field(default_factory=dict)

    def end(self, outcome: Outcome) -> None:
        """Record and report how a change ended. Only a change with unknown outcome stays in ``Record.pending``."""
        change = outcome.change
        if change.action != "delete" and change.takes and outcome.status != "applied":
            outcome = self._with_hosts_given_back(outcome, change)
        if outcome.status != "unknown":
            self.lease.settle(self.journal[outcome.change.address])
        self.outcomes[outcome.change.address] = outcome
        self.report(outcome)

    def _with_hosts_given_back(self, outcome: Outcome, change: Write) -> Outcome:
        """Restore the hosts that a service did not get in the end; services that failed in this run are not written."""
        ended = self.outcomes.values()
        spared = {other.change.live_name for other in ended if other.status in ("failed", "unknown")}
        try:
            return outcome._replace(hosts=give_back(self.context, change, spared=spared))
        except Exception as error:  # noqa: BLE001 - an error here must not hide how the change ended
            return outcome._replace(hosts=Failure.of(error))

    def not_ended(self) -> list[Outcome]:
        """The outcomes of changes that were begun and did not end, because of an error: unknown."""
        return [
            Outcome(change, "unknown", Failure("interrupted"))
            for address, change in list(self.begun.items())
            if address not in self.outcomes
        ]

    def is_done(self, address: Address) -> bool:
        """Whether the change of this address was made and, for a service, its rollout verified."""
        return address in self.outcomes and self.outcomes[address].status == "applied"
