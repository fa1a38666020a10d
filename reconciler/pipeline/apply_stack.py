"""Applies one stack: lease, pending changes, writes, verification, record. The only module that creates a
``Writer``."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from msgspec.structs import replace

from reconciler.api.client import Writer
from reconciler.applying.context import ApplyContext
from reconciler.applying.reread import LISTS_REREAD, begin_reread
from reconciler.applying.run import run_plan
from reconciler.applying.state import ApplyRun
from reconciler.applying.verify import Tasks, Watching, ids_of, known_tasks
from reconciler.errors import LeaseHeld, Refused
from reconciler.kinds import KINDS
from reconciler.model import Address, Applied, Body, Change, Event, Outcome, Plan, Record, RunResult
from reconciler.model.failure import Failure
from reconciler.model.hold import Hold, NotBegun, NotReadAgain
from reconciler.model.problem import NothingWritten, RecordNotWritten
from reconciler.pipeline.handover import givers_now, on_offer, take_with, without_taken
from reconciler.pipeline.keeping import intents_of, journal_of, note_record_only
from reconciler.pipeline.planned import Planned, PlannedRun
from reconciler.pipeline.provenance import holder
from reconciler.pipeline.session import Session
from reconciler.pipeline.settings import ApplySettings, Tell
from reconciler.pipeline.sharing import barred
from reconciler.pipeline.unwritten_services import UnwrittenServices, verify_unwritten_services
from reconciler.planfile import MOMENT
from reconciler.record import RecordLease, RecordStore, held, may_be_held

RELEASES = 3
"""Tries to record the result of a run."""


def apply_stack(
    session: Session, run: PlannedRun, planned: Planned, settings: ApplySettings, result: RunResult
) -> None:
    """Apply the plan of one stack, and add how each change ended to ``result``.

    Raises ``Refused`` if nothing was written, ``ReconcilerError`` if live state could not be read.
    """
    plan = planned.plan
    if planned.has_work and (reason := held(planned.read, session.reader.server_time(), plan.cluster)):
        raise Refused(reason)
    context = _context(session, planned, settings, Writer(session.calls))
    watching = Watching(settings.wait, settings.timeout, planned.shows_tasks, settings.tasks)
    unwritten = verify_unwritten_services(context, planned, watching, result)
    if (
        plan.changes
        or plan.released
        or plan.moves
        or planned.read.pending
        or (planned.has_work and unwritten.record_updates)
        or planned.transfers
    ):
        _write(session, run, planned, settings, result, unwritten=unwritten)
    elif (unwritten.record_updates or plan.record_only) and not may_be_held(
        planned.read, session.reader.server_time(), plan.cluster
    ):
        with suppress(LeaseHeld):  # only the record changes, so the end of another run is not waited for
            if unwritten.record_updates:
                _write(session, run, planned, settings, result, unwritten=unwritten)
            else:
                _write_record_only(session, run, planned, settings)


def _write(
    session: Session,
    run: PlannedRun,
    planned: Planned,
    settings: ApplySettings,
    result: RunResult,
    *,
    unwritten: UnwrittenServices,
) -> None:
    plan = planned.plan
    lease = _lease(session, run, planned, settings)
    context = _context(session, planned, settings, Writer(session.calls, permit=lease.ensure))
    with _background() as threads:
        tasks = threads.submit(_known_tasks, context, plan.changes)
        intents = intents_of(planned, run.digest_key, lambda service: _ids(tasks.result(), service))
        journal = journal_of(planned, intents)
        lease.wait_until_free()
        reread = begin_reread(context, threads) if plan.changes else None
        givers = {
            name: _lease_of(session, planned, name, record, settings)
            for name, record in givers_now(session, planned.at, planned.transfers).items()
        }
        configs = take_with(lease, plan.stack, journal.values(), planned.transfers, givers)
    with lease:
        result.wrote = True
        _record_what_needs_no_write(lease, plan, settings, unwritten)
        under_way = ApplyRun(
            context=context,
            lease=lease,
            intents=intents,
            journal=journal,
            known_tasks=None,
            watching=unwritten.watching,
            report=_reporting(lease, settings),
            service_states=dict(unwritten.states),
            unwritten=unwritten.to_verify,
            barred=unwritten.barred,
            unready=unwritten.unready,
        )
        try:
            if reread is not None:
                _carry_out(under_way, plan, result, tasks=tasks, reread=reread, configs=configs)
        finally:
            result.outcomes += (*under_way.outcomes.values(), *under_way.not_ended())
            result.problems += under_way.problems
            session.stages.move(under_way.verifying, to="verify", out_of="apply")
            _release_lease(lease, run, plan, under_way, result)
            skip(result, planned, settings, NotBegun.RUN_ENDED)


def _record_what_needs_no_write(
    lease: RecordLease, plan: Plan, settings: ApplySettings, unwritten: UnwrittenServices
) -> None:
    for released in plan.released:
        lease.disown(released)
    for approved in (*plan.released, *plan.moves):
        _use_up(lease, settings, approved)
    for owned in unwritten.record_updates:
        lease.own(owned)
    note_record_only(lease, plan)


def _reporting(lease: RecordLease, settings: ApplySettings) -> Tell:
    """A function that reports an outcome, and records the approval of an applied change as used."""

    def report(ended: Event) -> None:
        if isinstance(ended, Outcome) and ended.status == "applied":
            _use_up(lease, settings, ended.change)
        settings.tell(ended)

    return report


def _use_up(lease: RecordLease, settings: ApplySettings, applied: object) -> None:
    if used := settings.uses.get(id(applied)):
        lease.use(used)


def _write_record_only(session: Session, run: PlannedRun, planned: Planned, settings: ApplySettings) -> None:
    """Write the changes of the record alone, in one move and without a lease."""
    lease = _lease(session, run, planned, settings)
    note_record_only(lease, planned.plan)
    lease.write_once()


@contextmanager
def _background() -> Iterator[ThreadPoolExecutor]:
    """Threads for reads during the move that takes the lease. They are not waited for if the lease is not taken."""
    threads = ThreadPoolExecutor(1 + LISTS_REREAD, "meanwhile")
    try:
        yield threads
    finally:
        threads.shutdown(wait=False)


def _carry_out(
    under_way: ApplyRun,
    plan: Plan,
    result: RunResult,
    *,
    tasks: Future[Tasks | None],
    reread: Callable[[], None],
    configs: Sequence[Body],
) -> None:
    """Make the writes, checked against the live state that was read again while the lease was taken."""
    try:
        known = tasks.result()
        reread()
    except Exception as error:  # noqa: BLE001 - nothing was written yet, and the lease is released
        failure = Failure.of(error)
        result.problems.append(NothingWritten(failure))
        for change in plan.changes:
            under_way.end(Outcome(change, "skipped", NotReadAgain(failure)))
        return
    under_way.barred = {**under_way.barred, **barred(plan, configs, under_way.context)}
    under_way.known_tasks = (
        None if known is None else ids_of(task for of_service in known.values() for task in of_service)
    )
    run_plan(under_way, plan)


def _known_tasks(context: ApplyContext, changes: Sequence[Change]) -> Tasks | None:
    """The tasks of the cluster before the first write, as ``known_tasks``; empty if the plan writes no services."""
    services = any(KINDS[change.address.kind].rolls_out and change.action != "delete" for change in changes)
    return known_tasks(context) if services else {}


def _ids(tasks: Tasks | None, service: str) -> tuple[str, ...]:
    return tuple(sorted(ids_of((tasks or {}).get(service, ()))))


def _release_lease(
    lease: RecordLease, run: PlannedRun, plan: Plan, under_way: ApplyRun, result: RunResult
) -> None:
    """Record the result and release the lease; tried several times, since the next run depends on it."""
    is_an_apply = bool(plan.changes or plan.moves or plan.released)
    lease.saw_tasks(seen=under_way.watching.shows_tasks or under_way.context.saw_tasks)
    counts: Counter[str] = Counter(outcome.status for outcome in under_way.outcomes.values())
    when = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for left in reversed(range(RELEASES)):
        try:
            applied = Applied(when, holder(), run.meta.commit, counts, run.repository)
            lease.release(applied if is_an_apply else None)
        except Exception as error:  # noqa: BLE001 - how the writes ended is reported even if it cannot be recorded
            if left and lease.remaining():
                under_way.context.sleep_through(under_way.context.waits.once_more)
                continue
            result.problems.append(RecordNotWritten(Failure.of(error)))
            return
        else:
            result.released += [Address(plan.cluster, owned.kind, owned.name) for owned in plan.released]
            result.moved += dict.fromkeys(move.address for move in plan.moves)
            return


def _lease(session: Session, run: PlannedRun, planned: Planned, settings: ApplySettings) -> RecordLease:
    """The lease on the record, not taken yet: the record is without expired approvals, and with the objects that the
    plan releases for other stacks."""
    before = without_taken(planned.record, planned.transfers)
    now = min(run.now, datetime.now(UTC)).strftime(MOMENT)  # kept until it has expired by either clock
    record = replace(
        before,
        used=tuple(used for used in before.used if used.until > now),
        released=on_offer(before, planned.plan.released, planned.live),
    )
    return _lease_of(session, planned, planned.plan.stack, record, settings)


def _lease_of(
    session: Session, planned: Planned, stack: str, record: Record, settings: ApplySettings
) -> RecordLease:
    conceal = session.calls.sought.conceal
    place = RecordStore(Writer(session.calls), planned.at, stack, sleep=settings.clock.sleep, conceal=conceal)
    return RecordLease(
        place,
        record,
        holder=holder(),
        now=session.reader.server_time,
        sleep=settings.pause,
        tell=settings.tell,
    )


def _context(session: Session, planned: Planned, settings: ApplySettings, writer: Writer) -> ApplyContext:
    return ApplyContext(
        writer=writer,
        at=planned.at,
        live=planned.live,
        stop=settings.stop,
        now=settings.clock.now,
        sleep=settings.pause,
        sleep_through=settings.clock.sleep,
        tell=settings.tell,
        cluster=planned.plan.cluster,
        parallelism=session.parallelism,
        waits=settings.waits,
    )


def skip(result: RunResult, planned: Planned, settings: ApplySettings, why: Hold) -> None:
    """Skip every change of a stack that has no outcome yet, for the reason given."""
    ended = {id(outcome.change) for outcome in result.outcomes}
    for change in planned.plan.changes:
        if id(change) not in ended:
            outcome = Outcome(change, "skipped", why)
            result.outcomes.append(outcome)
            settings.tell(outcome)
