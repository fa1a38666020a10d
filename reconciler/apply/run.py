"""The course of an apply: what is ready is written in parallel, rollouts are seen through, deletes come last.

A failure stops what depends on it, and all deletes; the rest goes on. Every change gets exactly one outcome.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter
from queue import SimpleQueue

from reconciler.apply.hosts import give_back
from reconciler.apply.perform import perform
from reconciler.apply.settle import UnknownOutcome
from reconciler.apply.site import Interrupted, Site
from reconciler.apply.verify import Ended, Written, ended_as, see_through
from reconciler.errors import ReconcilerError
from reconciler.fetch import read_kind
from reconciler.model import Address, Change, Outcome, Owned, Pending, Plan
from reconciler.order import closure
from reconciler.record import Keeper

KINDS_WITH_A_LIST = ("service", "secret", "config", "volume")


@dataclass(slots=True)
class Run:
    """One apply under way. ``intents`` is what each change is to leave, ``left`` what it left, ``journal``
    its entry in the record. ``known_tasks`` are the ids before the first write, None where they are not shown.
    ``down`` names services without a change that were seen not to be up. ``verifying`` is how many seconds
    rollouts were followed for.
    """

    site: Site
    keeper: Keeper
    intents: Mapping[Address, Owned]
    journal: Mapping[Address, Pending]
    known_tasks: frozenset[str] | None
    wait: bool
    timeout: float
    report: Callable[[Outcome], None]
    down: frozenset[str] = frozenset()
    outcomes: dict[Address, Outcome] = field(default_factory=dict)
    unverified: list[Change] = field(default_factory=list)
    left: dict[Address, Owned] = field(default_factory=dict)
    verifying: float = 0.0

    def end(self, outcome: Outcome) -> None:
        """Note how a change ended, and tell. In the journal stays only what may yet turn out to have been done."""
        if outcome.change.takes and outcome.status != "applied":
            outcome = self._with_hosts_given_back(outcome)
        if outcome.status != "unknown":
            self.keeper.settle(self.journal[outcome.change.address])
        self.outcomes[outcome.change.address] = outcome
        self.report(outcome)

    def _with_hosts_given_back(self, outcome: Outcome) -> Outcome:
        """Give back the hosts that a service did not come to have; services that failed themselves are not written."""
        ended = self.outcomes.values()
        spared = {one.change.live_name for one in ended if one.status in ("failed", "unknown")}
        try:
            hosts = give_back(self.site, outcome.change, spared=spared)
        except ReconcilerError as error:
            return outcome._replace(error=f"{outcome.error}; its hosts could not be given back: {error}")
        if not hosts:
            return outcome
        return outcome._replace(error=f"{outcome.error}; given back to where it was: {', '.join(hosts)}")

    def is_done(self, address: Address) -> bool:
        """Whether a change was carried out and, for a service, seen to come up."""
        return address in self.outcomes and self.outcomes[address].status == "applied"


def run_plan(run: Run, plan: Plan) -> None:
    """Carry out ``plan``, and leave an outcome for each of its changes in ``run.outcomes``."""
    needs = {change.address: change.needs for change in plan.changes}
    first = closure([change.address for change in plan.changes if change.action != "delete"], needs)
    before = [change for change in plan.changes if change.address in first]
    deletes = [change for change in plan.changes if change.address not in first]
    _write_all(run, before)
    _verify(run)
    unfinished = [one for one in before if not run.is_done(one.address)]
    if unfinished:
        for change in deletes:
            run.end(Outcome(change, "skipped", error="deletes wait until everything else is verified"))
    elif deletes:
        _delete(run, deletes)


def _delete(run: Run, deletes: Sequence[Change]) -> None:
    try:
        reread(run.site)
    except ReconcilerError as error:
        for change in deletes:
            run.end(Outcome(change, "skipped", error=f"what uses it could not be read: {error}"))
    else:
        _write_all(run, deletes)


def _write_all(run: Run, changes: Sequence[Change]) -> None:
    """Write each change as soon as all that it needs is done.

    Where only services that have yet to come up hold up the rest, these are seen through, all together.
    """
    by_address = {change.address: change for change in changes}
    needs = {one.address: [need for need in one.needs if need in by_address] for one in changes}
    needed = frozenset(need for some in needs.values() for need in some)
    sorter = TopologicalSorter(needs)
    sorter.prepare()
    under_way: dict[Future[Outcome | None], Change] = {}
    ended: SimpleQueue[Future[Outcome | None]] = SimpleQueue()
    coming_up: list[Address] = []
    with ThreadPoolExecutor(run.site.parallelism, "apply") as threads:
        while sorter.is_active():
            for address in sorter.get_ready():
                change = by_address[address]
                if _blocked(run, change):
                    sorter.done(address)
                    continue
                future = threads.submit(_carry_out, run, change)
                under_way[future] = change
                future.add_done_callback(ended.put)
            if under_way:
                future = ended.get()
                change = under_way.pop(future)
                if (outcome := future.result()) is not None:
                    run.end(outcome)
                elif change.address in needed:
                    coming_up.append(change.address)
                    continue
                sorter.done(change.address)
            elif coming_up:
                _verify(run)
                sorter.done(*coming_up)
                coming_up = []


def _blocked(run: Run, change: Change) -> bool:
    """Skip a change that needs one which did not succeed, or depends on a service that is down."""
    failed = [
        f"{need}, which was not done"
        for need in change.needs
        if need in run.outcomes and not run.is_done(need)
    ]
    if change.desired is not None and change.action != "delete":
        failed += [
            f"service/{name}, which is not up" for name in change.desired.depends_on if name in run.down
        ]
    if failed:
        run.end(Outcome(change, "skipped", error=f"it needs {failed[0]}"))
    return bool(failed)


def _carry_out(run: Run, change: Change) -> Outcome | None:
    """Write one change; None where a service has yet to be seen to come up."""
    started = run.site.now()
    try:
        run.site.go_on()
        object_id = perform(run.site, change)
    except Interrupted as error:
        return Outcome(change, "skipped", error=str(error))
    except UnknownOutcome as error:
        return Outcome(change, "unknown", error=str(error), seconds=run.site.now() - started)
    except ReconcilerError as error:
        return Outcome(change, "failed", error=str(error), seconds=run.site.now() - started)
    _record(run, change, object_id)
    if change.action != "delete" and run.intents[change.address].state != "verified":
        run.unverified.append(change)
        return None
    return Outcome(change, "applied", seconds=run.site.now() - started)


def _record(run: Run, change: Change, object_id: str) -> None:
    after = run.intents[change.address]
    if change.action == "delete":
        run.keeper.disown(after)
    elif change.address.kind != "node":
        run.left[change.address] = replace(after, id=object_id)
        run.keeper.own(run.left[change.address], instead_of=change.owned)
        for old in change.retires:
            run.keeper.own(old)
    run.keeper.settle(run.journal[change.address])


def _verify(run: Run) -> None:
    """See the services through that were written and not seen to come up yet."""
    if not run.unverified:
        return
    waiting, run.unverified = run.unverified, []
    written = [Written(change, run.left[change.address]) for change in waiting]
    started = run.site.now()
    try:
        ended = see_through(run.site, written, known=run.known_tasks, wait=run.wait, timeout=run.timeout)
    except ReconcilerError as error:
        ended = {
            one.address: Ended("unknown", "unverified", error=f"written, not verified: {error}")
            for one in waiting
        }
    run.verifying += run.site.now() - started
    for change in waiting:
        _note(run, change, ended[change.address], run.site.now() - started)


def _note(run: Run, change: Change, ended: Ended, seconds: float) -> None:
    run.keeper.own(ended_as(run.left[change.address], ended))
    run.end(Outcome(change, ended.status, error=ended.error, note=ended.note, seconds=seconds))


def reread(site: Site) -> None:
    """Read the kinds with names again: what writes are checked against."""
    with ThreadPoolExecutor(len(KINDS_WITH_A_LIST), "reread") as threads:
        begin_reread(site, threads)()


def begin_reread(site: Site, threads: Executor) -> Callable[[], None]:
    """Begin to read them in ``threads``; what it returns goes on from what was read, and raises as reading does."""
    lists = {kind: threads.submit(read_kind, site.writer, site.at, kind) for kind in KINDS_WITH_A_LIST}

    def finish() -> None:
        read = {kind: one.result() for kind, one in lists.items()}
        site.read_again(replace(site.live, objects={**site.live.objects, **read}))

    return finish
