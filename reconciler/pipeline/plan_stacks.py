"""Plans every stack of a run from live state: plan → guard. Imported while the server answers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import takewhile
from typing import NamedTuple

from msgspec.structs import replace

from reconciler import __version__, digest, record
from reconciler.api.client import ClusterRef
from reconciler.document import PlanMeta
from reconciler.errors import InvalidManifests
from reconciler.guard import guard
from reconciler.model import COMPANY, Desired, LiveState, Named, Record
from reconciler.model.note import Note, OfTheRecord
from reconciler.model.reason import Worded
from reconciler.pipeline import freed, handover, hosts
from reconciler.pipeline.manifests import Manifests
from reconciler.pipeline.ownership import (
    COMPANY_STACK,
    company_home,
    declared_twice,
    looked_up,
    orphans_once,
    taken_by_others,
)
from reconciler.pipeline.planned import Planned, PlannedRun
from reconciler.pipeline.scope import Scope
from reconciler.pipeline.session import Session
from reconciler.pipeline.sharing import coming, owners_first
from reconciler.pipeline.values import has_versions, same_values
from reconciler.planfile import MOMENT, VALID_FOR, Inputs
from reconciler.planning import Options, make_plan, resumed
from reconciler.planning.masks import Unshown
from reconciler.planning.moved import moved, of_targets, with_moves, without_given, without_taken


class _About(NamedTuple):
    """The values that are the same for all stacks of a run."""

    manifests: Manifests
    scope: Scope
    key: bytes | None
    unshown: Unshown
    live_again: Callable[[Desired], LiveState]


def plan_stacks(
    session: Session,
    manifests: Manifests,
    stacks: Sequence[Desired],
    states: Mapping[str, LiveState],
    *,
    scope: Scope,
    key: bytes | None,
    forgotten: Callable[[], tuple[Note, ...]],
    live_again: Callable[[Desired], LiveState],
) -> PlannedRun:
    """The plan of every stack in ``stacks``, from the live state of its cluster (``states``, by the cluster's name).

    ``key`` is the digest key, None if there is none; ``forgotten`` gives notes on stacks that no file declares any
    more; ``live_again`` reads the live state of a stack's cluster after other stacks were applied. Raises
    ``InvalidManifests`` if two files declare the same object, ``DamagedRecord``, and what the API raises.
    """
    about = _About(manifests, scope, key, session.calls.sought.spans, live_again)
    planned = _plan_all(session, stacks, states, about, forgotten)
    now = _now(session)
    return PlannedRun(
        planned,
        manifests.diagnostics,
        _meta(session, planned, manifests.commit, now),
        manifests.sources.repository if manifests.sources else "",
        key,
        _inputs(manifests, scope),
        now,
        frozenset(scope.targets),
    )


def _plan_all(
    session: Session,
    stacks: Sequence[Desired],
    states: Mapping[str, LiveState],
    about: _About,
    forgotten: Callable[[], tuple[Note, ...]],
) -> tuple[Planned, ...]:
    """The plan of every stack, owners before users. Raises ``InvalidManifests`` if two files declare the same
    object."""
    plans: list[Planned] = []
    ordered = owners_first(stacks)
    for desired in ordered:
        before = [done for done in plans if done.plan.cluster == desired.cluster]
        plans.append(_plan_one(session, desired, states[desired.cluster], about, before))
    if not about.scope.targets:
        plans = [
            _with_what_is_freed(session, desired, about, first=done, plans=plans)
            for desired, done in zip(ordered, plans, strict=True)
        ]
    if twice := [problem for planned in plans for problem in planned.twice]:
        raise InvalidManifests((*about.manifests.diagnostics, *twice))
    noted = orphans_once(
        [(planned.plan.cluster, planned.others) for planned in plans], about.manifests, forgotten
    )
    return tuple(
        replace(planned, plan=replace(planned.plan, notes=(*planned.plan.notes, *more)))
        for planned, more in zip(plans, noted, strict=True)
    )


def _with_what_is_freed(
    session: Session, desired: Desired, about: _About, *, first: Planned, plans: Sequence[Planned]
) -> Planned:
    """A plan with the deletes that become possible when the run's other stacks are applied, to be made after those."""
    around = [other for other in plans if other is not first and other.plan.cluster == first.plan.cluster]
    if not freed.frees(around, first):
        return first
    before = [
        earlier
        for earlier in takewhile(lambda planned: planned is not first, plans)
        if earlier.plan.cluster == desired.cluster
    ]
    whole = _plan_one(session, desired, first.live, about, before, around=around)
    put_off = freed.with_deferred(first, whole, around)
    return replace(put_off, again=lambda: _plan_one(session, desired, about.live_again(desired), about, ()))


def _inputs(manifests: Manifests, scope: Scope) -> Inputs:
    return Inputs(
        source=manifests.sources.repository if manifests.sources else "",
        variables=manifests.variables,
        adopt=scope.adopt,
        prune=scope.prune,
        targets=tuple(sorted(map(str, scope.targets))),
    )


def _now(session: Session) -> datetime:
    """The time now: by the server's clock, which the machines of plan and apply share; if unknown, by this
    machine's."""
    seconds = session.reader.server_time()
    when = datetime.now(UTC) if seconds is None else datetime.fromtimestamp(seconds, UTC)
    return when.replace(microsecond=0)


def _plan_one(
    session: Session,
    desired: Desired,
    live: LiveState,
    run: _About,
    before: Sequence[Planned],
    *,
    around: Sequence[Planned] = (),
) -> Planned:
    """The plan of one stack. The stacks ``before`` are applied before it; it uses the objects of those ``around`` as
    they are after their plans."""
    at = ClusterRef(live.company_id, live.cluster_id)
    stack = desired.stack
    if desired.cluster == COMPANY:
        stack, at = COMPANY_STACK, company_home(session, live.company_id)
        configs = session.reader.configs(at)
    else:
        configs = record.configs_of(live)
    reading = record.read(configs, stack, conceal=session.calls.sought.conceal)
    others = record.others(configs, stack, own=reading.record)
    accounted = resumed(reading.record, live, digest.readable_key(run.key, reading.record.salt))
    givers = _givers(desired, others, before, live)
    targets = _targets(desired, run.scope)
    handed = moved(of_targets(desired, targets), without_given(accounted, others.given), givers)
    accounted = handed.record
    options = replace(_options(desired, accounted, others, run, before), replaced=handed.replaced)
    options = freed.as_after(options, others, around) if around else options
    elsewhere = {
        **looked_up(run.manifests, desired, live, accounted, options),
        **taken_by_others(run.manifests, desired, stack, options),
    }
    foreign = without_taken(options.foreign, handed.transfers)
    options = replace(options, foreign=foreign, elsewhere=elsewhere)
    made = with_moves(make_plan(desired, live, accounted, options), handed)
    notes: list[Note] = [*made.notes, *map(Worded, others.notes), *hosts.notes(session, made, live, at)]
    notes += _of_the_record(session, desired, reading, live)
    refusals = guard(made, desired, live, accounted, adopt=run.scope.adopt)
    return Planned(
        desired,
        live,
        accounted,
        reading.record,
        at,
        replace(made, stack=stack, notes=tuple(notes), refusals=refusals),
        others.sources,
        declared_twice(desired, accounted, options.elsewhere),
        handed.transfers,
        any(stack_record.has_shown_tasks for stack_record in (reading.record, *others.records.values())),
    )


def _targets(desired: Desired, scope: Scope) -> frozenset[Named]:
    """The targets of the run in this cluster; empty for all declared objects."""
    return frozenset(
        (target.kind, target.name) for target in scope.targets if target.cluster == desired.cluster
    )


def _givers(
    desired: Desired, others: record.OtherStacks, before: Sequence[Planned], live: LiveState
) -> Mapping[str, Record]:
    """The records of the stacks that ``moved`` names, with the objects that can be taken; for stacks that are applied
    before, as after that apply."""
    named = {move.stack for move in desired.moved}
    earlier = {done.plan.stack: handover.without_taken(done.record, done.transfers) for done in before}
    return {
        name: handover.with_what_is_there(giver, live)
        for name, giver in {**others.records, **earlier}.items()
        if name in named
    }


def _of_the_record(
    session: Session, desired: Desired, reading: record.Reading, live: LiveState
) -> Iterator[Note]:
    """Notes on a stack's record: damage, the holder of its lease, and what an earlier apply left."""
    yield from map(Worded, reading.notes)
    if held := record.held(reading.record, session.reader.server_time(), desired.cluster):
        yield Worded(held)
    elif reading.record.pending:
        yield OfTheRecord.UNFINISHED
    if not reading.record.number and has_versions(live):
        yield OfTheRecord.MISSING


def _options(
    desired: Desired, accounted: Record, others: record.OtherStacks, run: _About, before: Sequence[Planned]
) -> Options:
    scope = run.scope
    return Options(
        covered=run.manifests.covered,
        prune=scope.prune,
        retry=scope.retry,
        targets=_targets(desired, scope),
        mask=tuple(scope.mask),
        unshown=run.unshown,
        keep=frozenset(scope.keep),
        same_value=same_values(desired, accounted, run.key),
        digest_key=digest.readable_key(run.key, accounted.salt),
        foreign=others.stacks,
        foreign_uses=others.uses,
        foreign_worked=others.worked_with,
        shared=others.current,
        coming=coming((earlier.plan for earlier in before), desired.cluster),
    )


def _meta(session: Session, planned: Sequence[Planned], commit: str, now: datetime) -> PlanMeta:
    return PlanMeta(
        company=planned[0].live.company_id if planned else "",
        api_url=session.api_url,
        tool_version=__version__,
        commit=commit,
        created=now.strftime(MOMENT),
        expires=(now + VALID_FOR).strftime(MOMENT),
    )
