"""Carries out a plan: writes changes in parallel as soon as their needs are done, verifies rollouts, deletes last.

If a change fails, or a service is not up, whichever run wrote it, then the changes that depend on it and all deletes
are skipped (``reconciler.waits``); all others are made. Every change gets exactly one outcome.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from graphlib import TopologicalSorter
from queue import SimpleQueue

from msgspec.structs import replace

from reconciler.applying.confirm import AnsweredChange, confirmed_id, is_confirmed_by_lists, list_again
from reconciler.applying.intents import writes
from reconciler.applying.kinds.service_hosts import record_as_left
from reconciler.applying.perform import DOING, perform
from reconciler.applying.phases import phases
from reconciler.applying.reread import reread
from reconciler.applying.state import ApplyRun
from reconciler.applying.unwritten import Unwritten, state_of, verify_unwritten
from reconciler.applying.verify import (
    Written,
    as_listed,
    known_tasks,
    recorded_after,
    verify_written,
)
from reconciler.errors import Interrupted, KeptByPlatform, ReconcilerError, UnknownOutcome
from reconciler.kinds import KINDS, RUNNING
from reconciler.model import Address, Change, Outcome, Plan, Progress
from reconciler.model.failure import Failure
from reconciler.model.hold import (
    DeletesWait,
    DeletesWaitFor,
    Hold,
    NeedNotDone,
    NotSeen,
    WaitsForReady,
    WaitsForServices,
)
from reconciler.model.problem import ServiceNotUp
from reconciler.model.rollout import RolloutResult
from reconciler.record import configs_of
from reconciler.waits import blockers, is_consented_by_name


def run_plan(run: ApplyRun, plan: Plan) -> None:
    """Carry out ``plan``, phase by phase (see ``phases``), and put the outcome of each change into ``run.outcomes``."""
    first, rounds, deletes = phases(plan.changes)
    _write_all(run, first)
    _verify(run)
    written = list(first)
    for round_ in rounds:
        if hold := _why_deletes_wait(run, written):
            _skip(run, [change for change in round_ if change.action == "delete"], hold)
        else:
            _hold_back(run, [change for change in round_ if change.action == "delete"])
        _write_all(run, [change for change in round_ if change.address not in run.outcomes])
        _verify(run)
        written += round_
    if deletes and (hold := _why_deletes_wait(run, written)):
        _skip(run, deletes, hold)
    elif deletes:
        _hold_back(run, deletes)
        _write_all(run, [change for change in deletes if change.address not in run.outcomes])
    takers = [change for change in plan.changes if change.action != "delete" and change.takes]
    if not all(run.is_done(change.address) for change in takers):
        problem = record_as_left(run.context, run.lease, takers)
        run.problems += [problem] if problem else []


def _why_deletes_wait(run: ApplyRun, written: Sequence[Change]) -> Hold | None:
    """Why nothing may be deleted now, or None if all other changes are done and their services are up, read again."""
    if not run.watching.wait:
        return DeletesWait.NO_WAIT
    unfinished = [change for change in written if not run.is_done(change.address)]
    if not unfinished:
        try:
            reread(run.context)
            run.lease.confirm(configs_of(run.context.live))
            _verify_once_more(run, written)
        except Exception as error:  # noqa: BLE001 - an error here must not hide how the writes ended
            return NotSeen(Failure.of(error))
        unfinished = [change for change in written if _went_down(run, change)]
    if not unfinished:
        return None
    not_begun = any(
        run.outcomes[change.address].status == "skipped"
        for change in unfinished
        if change.address in run.outcomes
    )
    return DeletesWaitFor(tuple(change.address for change in unfinished), not_begun)


def _went_down(run: ApplyRun, change: Change) -> bool:
    return (
        change.address.kind in RUNNING
        and run.service_states.get(change.address.name, "verified") != "verified"
    )


def _hold_back(run: ApplyRun, deletes: Sequence[Change]) -> None:
    """Skip the deletes that wait for a service that is not up, or for a node that is not Ready."""
    for change in deletes:
        if run.unready and (not is_consented_by_name(change) or KINDS[change.address.kind].capacity):
            _skip(run, [change], WaitsForReady(run.unready))
        elif held_by := blockers(change, run.service_states):
            _skip(run, [change], WaitsForServices(held_by))


def _skip(run: ApplyRun, changes: Iterable[Change], hold: Hold) -> None:
    for change in changes:
        run.end(Outcome(change, "skipped", hold))


def _verify_once_more(run: ApplyRun, written: Sequence[Change]) -> None:
    """Verify again that services are still up: those that this run wrote, and those that it did not write."""
    services = [
        service for service in run.unwritten if run.service_states.get(service.owned.name) == "verified"
    ]
    for change in written:
        live = (
            run.context.found(change.address.kind, change.live_name)
            if change.address.kind in RUNNING
            else None
        )
        owned = run.owned_after.get(change.address)
        waits = change.desired is None or change.desired.lifecycle.wait
        if live is not None and owned is not None and waits:
            services.append(Unwritten(owned, live.body))
    if not services:
        return
    started = run.context.now()
    tasks = known_tasks(run.context) if run.watching.tasks else None
    owned_by_name = {service.owned.name: service.owned for service in services}
    for name, result in verify_unwritten(run.context, services, tasks, run.watching).items():
        if result.status != "applied":
            run.service_states[name] = state_of("verified", result)
            owned = owned_by_name[name]
            address = Address(run.context.live.cluster_label, owned.kind, name)
            run.problems.append(ServiceNotUp(address, result))
            run.lease.own(recorded_after(owned, result))
    run.verifying += run.context.now() - started


def _write_all(run: ApplyRun, changes: Sequence[Change]) -> None:
    """Write each change as soon as all changes that it needs are done.

    When the rest waits only for services to come up, their rollouts are followed, all together. When it waits for
    services to be deleted, their deletes are confirmed.
    """
    by_address = {change.address: change for change in changes}
    needs = {change.address: [need for need in change.needs if need in by_address] for change in changes}
    needed = frozenset(need for needed_by_one in needs.values() for need in needed_by_one)
    sorter = TopologicalSorter(needs)
    sorter.prepare()
    under_way: dict[Future[Outcome | None], Change] = {}
    ended: SimpleQueue[Future[Outcome | None]] = SimpleQueue()
    coming_up: list[Address] = []
    with ThreadPoolExecutor(run.context.parallelism, "apply") as threads:
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
                elif change.address in needed and change.address.kind in RUNNING:
                    coming_up.append(change.address)
                    continue
                sorter.done(change.address)
            elif coming_up:
                _confirm(run)
                _verify(run)
                sorter.done(*coming_up)
                coming_up = []
    _confirm(run)


def _blocked(run: ApplyRun, change: Change) -> bool:
    """Skip a change that needs an unsuccessful one or a service that is down; returns whether it was skipped."""
    holds: list[Hold] = [
        NeedNotDone(need)
        for need in change.needs
        if need in run.outcomes and not run.is_done(need) and not _may_be_passed(run, change, need)
    ]
    if change.action != "delete" and (held_by := blockers(change, run.service_states)):
        holds.append(WaitsForServices(held_by))
    if holds:
        _skip(run, [change], holds[0])
    return bool(holds)


def _may_be_passed(run: ApplyRun, change: Change, need: Address) -> bool:
    """Whether a service is written although a service that it depends on did not come up."""
    made = need.kind in RUNNING and run.outcomes[need].change.action != "delete"
    return made and need in run.owned_after and change.action != "delete" and bool(change.goes_ahead)


def _carry_out(run: ApplyRun, change: Change) -> Outcome | None:
    """Write one change. Returns its outcome, or None if it is confirmed or, for a service, verified later."""
    started = run.context.now()
    if hold := run.barred.get(change.address):
        return Outcome(change, "failed", hold)
    try:
        run.context.go_on()
        if change.action == "delete":
            run.lease.confirm()
        run.begun[change.address] = change
        run.context.tell(Progress(change.address, DOING[change.action]))
        object_id = perform(run.context, change)
    except (Interrupted, KeptByPlatform) as error:
        return Outcome(change, "skipped", Failure.of(error))
    except UnknownOutcome as error:
        return Outcome(change, "unknown", Failure.of(error), seconds=run.context.now() - started)
    except ReconcilerError as error:
        return Outcome(change, "failed", Failure.of(error), seconds=run.context.now() - started)
    except Exception as error:  # noqa: BLE001 - after any other error too, the change may have been written
        return Outcome(change, "unknown", Failure.of(error), seconds=run.context.now() - started)
    if is_confirmed_by_lists(change):
        run.answered.append(AnsweredChange(change, object_id, run.context.now() - started))
        return None
    _record(run, change, object_id)
    if (
        change.address.kind in RUNNING
        and change.action != "delete"
        and (writes(change) or change.action == "adopt")
    ):
        run.unverified.append(change)
        return None
    return Outcome(change, "applied", seconds=run.context.now() - started)


def _record(run: ApplyRun, change: Change, object_id: str) -> None:
    after = run.intents[change.address]
    if change.action == "delete":
        run.lease.disown(after)
    elif not KINDS[change.address.kind].capacity:
        run.owned_after[change.address] = replace(after, id=object_id)
        run.lease.own(run.owned_after[change.address], instead_of=change.owned)
        for old in change.retires:
            run.lease.own(old)
    run.lease.settle(run.journal[change.address])


def _confirm(run: ApplyRun) -> None:
    """End the changes that the API answered as made: as applied, unless the lists deny it."""
    if not run.answered:
        return
    answered, run.answered = run.answered, []
    listed = list_again(run.context, answered)
    for each in answered:
        try:
            _record(run, each.change, confirmed_id(each, listed))
        except UnknownOutcome as error:
            run.end(Outcome(each.change, "unknown", Failure.of(error)))
        else:
            run.end(Outcome(each.change, "applied", seconds=each.seconds))


def _verify(run: ApplyRun) -> None:
    """Follow the rollouts of the services that were written and are not verified yet."""
    if not run.unverified:
        return
    waiting, run.unverified = run.unverified, []
    written = [Written(change, run.owned_after[change.address]) for change in waiting]
    started = run.context.now()
    try:
        listed = as_listed(run.context, written)
        run.owned_after |= {each.written.change.address: each.written.owned for each in listed}
        results = verify_written(run.context, listed, prior=run.known_tasks, watching=run.watching)
    except Exception as error:  # noqa: BLE001 - an error here must not hide how the writes ended
        unread = RolloutResult("unread", "unverified", trouble=Failure.of(error))
        results = {change.address: unread for change in waiting}
    run.verifying += run.context.now() - started
    for change in waiting:
        _end_rollout(run, change, results[change.address], run.context.now() - started)


def _end_rollout(run: ApplyRun, change: Change, result: RolloutResult, seconds: float) -> None:
    run.owned_after[change.address] = recorded_after(run.owned_after[change.address], result)
    run.lease.own(run.owned_after[change.address])
    run.end(Outcome(change, result.status, rollout=result, seconds=seconds))
