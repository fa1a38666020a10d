"""Carry out what was planned: lease, journal, writes, verification, record. The only place that builds a writer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from reconciler.api.client import Writer
from reconciler.api.pace import Clock
from reconciler.applying.intents import pending_for
from reconciler.applying.run import LISTS_REREAD, Run, begin_reread, run_plan
from reconciler.applying.site import Site, Waits
from reconciler.applying.verify import Tasks, Watching, ids_of, known_tasks
from reconciler.errors import LeaseHeld, Refused, UsageError, in_words
from reconciler.guard import missing_values
from reconciler.kinds import KINDS
from reconciler.model import Applied, Body, Change, Outcome, Plan, Record, Used
from reconciler.pipeline import plan as planning
from reconciler.pipeline.handover import givers_now, on_offer, take_with, without_taken
from reconciler.pipeline.keeping import intents_of, keep_books
from reconciler.pipeline.looking import Look, look
from reconciler.pipeline.plan import Planned
from reconciler.pipeline.provenance import holder
from reconciler.pipeline.report import Report
from reconciler.pipeline.session import Session
from reconciler.pipeline.sharing import barred
from reconciler.planfile import MOMENT
from reconciler.record import Keeper, Place, held, may_be_held

Tell = Callable[[Outcome | str], None]
RELEASES = 3
_POLL = 0.1
"""Seconds after which a pause looks whether the run is to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``timeout`` is for one service's rollout, in seconds, None for as long as its own policy takes; without ``wait``
    rollouts are not followed, and without ``tasks`` nobody looks at tasks.

    ``waits`` says how long everything else may take; ``clock`` tells what of it has passed. ``uses`` is
    what the record is to keep of each approved change, release and move that is applied, by its ``id()``.
    """

    timeout: float | None
    wait: bool
    tasks: bool = True
    stop: Callable[[], bool] = lambda: False
    tell: Tell = lambda _: None
    waits: Waits = field(default_factory=Waits)
    clock: Clock = field(default_factory=Clock)
    uses: Mapping[int, Used] = field(default_factory=dict)

    def pause(self, seconds: float) -> None:
        """A pause that ends early when the run is asked to stop."""
        end = self.clock.now() + seconds
        while (left := end - self.clock.now()) > 0 and not self.stop():
            self.clock.sleep(min(left, _POLL))


def apply(session: Session, run: planning.Run, settings: Settings) -> Report:
    """Make the clusters what was planned, stack by stack, and begin no other cluster once one failed.

    Raises ``Refused`` before anything is written.
    """
    run.raise_if_refused()
    if missing := [
        reason for one in run.planned for reason in missing_values(one.plan, one.desired, run.targets)
    ]:
        raise UsageError("\n".join(missing))
    report, failed = Report(), ""
    not_begun: dict[str, None] = {}
    for planned in run.planned:
        cluster = planned.plan.cluster
        if settings.stop():
            _skip(report, planned, settings, "interrupted before it started")
        elif failed not in ("", cluster):
            not_begun |= {cluster: None} if planned.has_work or planned.plan.held else {}
            _skip(report, planned, settings, f"not started: {failed} failed")
        else:
            _apply_or_tell(session, run, planned, settings, report)
            failed = cluster if report.exit_code else ""
    if not_begun:
        report.problems.append(f"Not started, because {failed} failed: {', '.join(not_begun)}.")
    return report


def _apply_or_tell(
    session: Session, run: planning.Run, planned: Planned, settings: Settings, report: Report
) -> None:
    """Apply one stack; why it could not be applied goes into the report. Raises ``Refused`` where nothing was done."""
    try:
        with session.stages.stage("apply"):
            _apply_one(session, run, planned, settings, report)
    except Refused as error:
        if not (report.outcomes or report.wrote or settings.stop()):
            raise
        report.problems += error.reasons
        _skip(report, planned, settings, str(error))
    except Exception as error:  # noqa: BLE001 - what was written before is told, here and in other clusters
        report.problems.append(in_words(error))
        _skip(report, planned, settings, f"nothing was written: {in_words(error)}")


def _skip(report: Report, planned: Planned, settings: Settings, why: str) -> None:
    ended = {id(one.change) for one in report.outcomes}
    for change in planned.plan.changes:
        if id(change) not in ended:
            outcome = Outcome(change, "skipped", error=why)
            report.outcomes.append(outcome)
            settings.tell(outcome)


def _apply_one(
    session: Session, run: planning.Run, planned: Planned, settings: Settings, report: Report
) -> None:
    plan = planned.plan
    if planned.has_work and (reason := held(planned.read, session.reader.server_time())):
        raise Refused(reason)
    site = _site(session, planned, settings, Writer(session.calls))
    watching = Watching(settings.wait, settings.timeout, planned.shows_tasks, settings.tasks)
    looked = look(site, planned, watching, report)
    if (
        plan.changes
        or plan.released
        or plan.moves
        or planned.read.pending
        or (planned.has_work and looked.news)
        or planned.given
    ):
        _write(session, run, planned, settings, report, looked=looked)
    elif (looked.news or plan.record_only) and not may_be_held(planned.read, session.reader.server_time()):
        with suppress(LeaseHeld):  # only bookkeeping: whoever is writing is not to be waited for
            if looked.news:
                _write(session, run, planned, settings, report, looked=looked)
            else:
                _write_record_only(session, run, planned, settings)


def _write(
    session: Session, run: planning.Run, planned: Planned, settings: Settings, report: Report, *, looked: Look
) -> None:
    plan = planned.plan
    keeper = _keeper(session, run, planned, settings)
    site = _site(session, planned, settings, Writer(session.calls, permit=keeper.ensure))
    with _background() as threads:
        tasks = threads.submit(_known_tasks, site, plan.changes)
        intents = intents_of(planned, run.digest_key, lambda service: _ids(tasks.result(), service))
        journal = {one.address: pending_for(one, intents[one.address], planned.live) for one in plan.changes}
        keeper.wait_until_free()
        reread = begin_reread(site, threads) if plan.changes else None
        givers = {
            name: _keeper_of(session, planned, name, record, settings)
            for name, record in givers_now(session, planned.at, planned.given).items()
        }
        configs = take_with(keeper, plan.stack, journal.values(), planned.given, givers)
    with keeper:
        report.wrote = True
        for released in plan.released:
            keeper.disown(released)
        for approved in (*plan.released, *plan.moves):
            _use_up(keeper, settings, approved)
        for owned in looked.news:
            keeper.own(owned)
        keep_books(keeper, plan)
        under_way = Run(
            site=site,
            keeper=keeper,
            intents=intents,
            journal=journal,
            known_tasks=None,
            watching=looked.watching,
            report=_reporting(keeper, settings),
            conditions=dict(looked.conditions),
            unchanged=looked.unchanged,
            barred=looked.barred,
        )
        try:
            if reread is not None:
                _carry_out(under_way, plan, report, tasks=tasks, reread=reread, configs=configs)
        finally:
            report.outcomes += under_way.outcomes.values()
            report.problems += under_way.problems
            session.stages.move(under_way.verifying, to="verify", out_of="apply")
            _release_lease(keeper, run, [*plan.changes, *plan.moves], under_way, report)
            _skip(report, planned, settings, "the run ended before it started")


def _reporting(keeper: Keeper, settings: Settings) -> Tell:
    """Tells of each outcome, and uses up the approval of what was applied."""

    def report(ended: Outcome | str) -> None:
        if isinstance(ended, Outcome) and ended.status == "applied":
            _use_up(keeper, settings, ended.change)
        settings.tell(ended)

    return report


def _use_up(keeper: Keeper, settings: Settings, applied: object) -> None:
    if used := settings.uses.get(id(applied)):
        keeper.use(used)


def _write_record_only(session: Session, run: planning.Run, planned: Planned, settings: Settings) -> None:
    """Write what changes in the record alone, in one move and without a lease."""
    keeper = _keeper(session, run, planned, settings)
    keep_books(keeper, planned.plan)
    keeper.write_once()


@contextmanager
def _background() -> Iterator[ThreadPoolExecutor]:
    """Threads for what is read while the lease is taken. Nobody waits for them where it is not."""
    threads = ThreadPoolExecutor(1 + LISTS_REREAD, "meanwhile")
    try:
        yield threads
    finally:
        threads.shutdown(wait=False)


def _carry_out(
    under_way: Run,
    plan: Plan,
    report: Report,
    *,
    tasks: Future[Tasks | None],
    reread: Callable[[], None],
    configs: Sequence[Body],
) -> None:
    """Write, checked against what was read again while the lease was taken: no other run wrote since."""
    try:
        known = tasks.result()
        reread()
    except Exception as error:  # noqa: BLE001 - nothing was written yet, and the lease is let go
        report.problems.append(f"nothing was written: {(why := in_words(error))}")
        for change in plan.changes:
            under_way.end(Outcome(change, "skipped", error=f"live state could not be read again: {why}"))
        return
    under_way.barred = {**under_way.barred, **barred(plan, configs, under_way.site)}
    under_way.known_tasks = None if known is None else ids_of(one for some in known.values() for one in some)
    run_plan(under_way, plan)


def _known_tasks(site: Site, changes: Sequence[Change]) -> Tasks | None:
    """The tasks from before the first write, where services are written."""
    services = any(KINDS[one.address.kind].rolls_out and one.action != "delete" for one in changes)
    return known_tasks(site) if services else {}


def _ids(tasks: Tasks | None, service: str) -> tuple[str, ...]:
    return tuple(sorted(ids_of((tasks or {}).get(service, ()))))


def _release_lease(
    keeper: Keeper, run: planning.Run, done: Sequence[object], under_way: Run, report: Report
) -> None:
    """Record how it ended and free the lease; a few times, since much hangs on it."""
    keeper.saw_tasks(seen=under_way.watching.shown or under_way.site.saw_tasks)
    counts: dict[str, int] = {}
    for outcome in under_way.outcomes.values():
        counts[outcome.status] = counts.get(outcome.status, 0) + 1
    when = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for left in reversed(range(RELEASES)):
        try:
            keeper.release(Applied(when, holder(), run.meta.commit, counts, run.repository) if done else None)
            return
        except Exception as error:  # noqa: BLE001 - what was written is told, whether or not it can be recorded
            if left and keeper.remaining():
                under_way.site.rest(under_way.site.waits.once_more)
                continue
            report.problems.append(
                f"the record was not written at the end; the next apply continues from its journal: {in_words(error)}"
            )
            return


def _keeper(session: Session, run: planning.Run, planned: Planned, settings: Settings) -> Keeper:
    """The record as it is to be: without approvals that expired, and what is released on offer to other stacks."""
    before = without_taken(planned.record, planned.given)
    now = min(run.now, datetime.now(UTC)).strftime(MOMENT)  # kept until it has expired by either clock
    record = replace(
        before,
        used=tuple(one for one in before.used if one.until > now),
        released=on_offer(before, planned.plan.released, planned.live),
    )
    return _keeper_of(session, planned, planned.plan.stack, record, settings)


def _keeper_of(session: Session, planned: Planned, stack: str, record: Record, settings: Settings) -> Keeper:
    place = Place(Writer(session.calls), planned.at, stack, sleep=settings.clock.sleep)
    return Keeper(
        place,
        record,
        holder=holder(),
        now=session.reader.server_time,
        sleep=settings.pause,
        tell=settings.tell,
    )


def _site(session: Session, planned: Planned, settings: Settings, writer: Writer) -> Site:
    return Site(
        writer=writer,
        at=planned.at,
        live=planned.live,
        stop=settings.stop,
        now=settings.clock.now,
        sleep=settings.pause,
        rest=settings.clock.sleep,
        tell=settings.tell,
        parallelism=session.parallelism,
        waits=settings.waits,
    )
