"""Verified, not accepted: whether what was written to services took, came up, and stayed.

Turns the verdicts of ``reconciler.rollout`` into outcomes, and puts a former spec back where that is asked for.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from reconciler.applying.context import ApplyContext
from reconciler.applying.intents import is_same_object
from reconciler.applying.kinds.service import did_not_take, put_back
from reconciler.errors import NotFound, ReconcilerError, Unauthorized
from reconciler.health import by_service, replicas_of
from reconciler.kinds import RUNNING
from reconciler.kinds.service import SERVICE, TEMPLATE, decode
from reconciler.model import Address, Body, Change, Owned, Progress, State, Status, Write
from reconciler.normalize import same
from reconciler.policy import breadth_of, longest, monitor_of
from reconciler.rollout import Verdict, follow
from reconciler.watch import Watch

NOT_WAITED = "accepted; its rollout was not watched"
UNSHOWN = "accepted, not verified: this platform shows no tasks"

Tasks = Mapping[str, Sequence[Body]]
"""The tasks of each service, by the service's id (API: tasks)."""


class RolloutEnd(NamedTuple):
    """How a rollout ended, for the outcome and for the record; ``tasks`` are the ids of those seen to run."""

    status: Status
    state: State
    error: str = ""
    note: str = ""
    tasks: frozenset[str] = frozenset()


class Written(NamedTuple):
    """A service that was written, and what the write left."""

    change: Write
    owned: Owned


class Watching(NamedTuple):
    """How rollouts are watched. ``timeout`` is in seconds for each service, None for as long as its own policy takes.

    ``shown``: this cluster has shown tasks before. ``tasks`` is false where nobody is to ask for them.
    """

    wait: bool = True
    timeout: float | None = None
    shown: bool = False
    tasks: bool = True


class _Shown(NamedTuple):
    """A service as it is listed after its write; ``lacking`` are the fields that did not take."""

    body: Body
    lacking: tuple[str, ...]


def known_tasks(context: ApplyContext) -> Tasks | None:
    """All tasks as they are now; None where this token is shown none."""
    try:
        found = by_service(context.writer.tasks(context.at))
    except (Unauthorized, NotFound):
        return None
    context.saw_tasks = context.saw_tasks or bool(found)
    return found


def ids_of(tasks: Iterable[Body]) -> frozenset[str]:
    """The ids of tasks."""
    return frozenset(str(task["id"]) for task in tasks)


def ended_as(owned: Owned, ended: RolloutEnd) -> Owned:
    """A service as it is recorded once its rollout has ended: what was before matters until it is verified."""
    if ended.state != "verified":
        before = owned.applied if owned.state == "verified" else owned.last_verified
        return replace(owned, state=ended.state, last_verified=before)
    return replace(owned, state="verified", known=(), tasks=tuple(sorted(ended.tasks)), last_verified={})


def remembering(owned: Owned, change: Change, tasks_of: Callable[[str], tuple[str, ...]]) -> Owned:
    """What a write is to leave, with what it must not be taken for: what was verified before it, the tasks that ran
    that, and, where it starts new ones, all tasks from before it. So whoever verifies the service, this run or after
    its end the next, can tell the former from the new.

    ``tasks_of`` gives the ids of a service's tasks by the service's, and is asked only where they are needed.
    """
    former = change.owned
    if owned.kind not in RUNNING or owned.state == "verified":
        return owned
    if former is not None:
        owned = replace(
            owned,
            tasks=former.tasks,
            last_verified=former.applied if former.state == "verified" else former.last_verified,
        )
    if replaces_tasks(change) and change.live is not None:
        return replace(owned, known=tasks_of(change.live.id))
    return replace(owned, known=former.known) if former and former.state != "verified" else owned


def replaces_tasks(change: Change) -> bool:
    """Whether a write has every task of the service replaced: a change of placement alone moves those that must."""
    written = {one.field for one in change.fields} & TEMPLATE
    return bool(change.restarts) and written != {"placement_constraints"}


def see_through(
    context: ApplyContext, written: Sequence[Written], *, known: frozenset[str] | None, watching: Watching
) -> Mapping[Address, RolloutEnd]:
    """How each of these services ended, all followed together. ``known`` are the ids of all tasks from before the
    first write, None where they are not shown."""
    shown = _as_shown(context, written)
    ended: dict[Address, RolloutEnd] = {}
    watches: dict[str, Written] = {}
    for one in written:
        if early := _at_once(one, shown.get(one.owned.id), known, watching):
            ended[one.change.address] = early
        else:
            watches[one.change.live_name] = one
    verdicts = watch_all(
        context,
        [
            _watch_written(one, shown[one.owned.id].body, known or frozenset(), watching)
            for one in watches.values()
        ],
        intact=lambda name, body: not did_not_take(watches[name].change.spec, body),
        shown=watching.shown or bool(known),
    )
    for name, one in watches.items():
        ended[one.change.address] = _ended(context, one.change, verdicts[name])
    return ended


def _as_shown(context: ApplyContext, written: Sequence[Written]) -> Mapping[str, _Shown]:
    """The services by id once they show all that was written, or after a while as they are: a platform's list may
    be behind its answers. One that is not there is left out."""
    end, pause = context.now() + context.waits.show, 0.25
    while True:
        bodies = {str(body["id"]): body for body in context.writer.services(context.at)}
        shown = {
            one.owned.id: _Shown(body, did_not_take(one.change.spec, body))
            for one in written
            if (body := bodies.get(one.owned.id)) is not None
        }
        whole = len(shown) == len(written) and not any(one.lacking for one in shown.values())
        if whole or context.now() >= end or context.stop():
            return shown
        context.sleep(pause)
        pause *= 2


def _at_once(
    one: Written, shown: _Shown | None, known: frozenset[str] | None, watching: Watching
) -> RolloutEnd | None:
    """What can be said without following tasks; None where they are to be followed."""
    if shown is None:
        return RolloutEnd("failed", "failed", error="missing after the write")
    if shown.lacking and not _may_be_rolled_back(one.change, shown):
        return RolloutEnd(
            "failed", "failed", error=f"fields unchanged after the write: {', '.join(shown.lacking)}"
        )
    desired = one.change.desired
    if not watching.wait or (desired is not None and not desired.lifecycle.wait):
        return RolloutEnd("applied", "unverified", note=NOT_WAITED)
    if not watching.tasks or (known is None and not watching.shown):
        return RolloutEnd("applied", "verified", note=UNSHOWN)
    return None


def _may_be_rolled_back(change: Write, shown: _Shown) -> bool:
    """Whether the fields that a service lacks after the write are as they were before it, and the platform may have
    rolled the update back already: then its tasks say why."""
    spec = {**(change.live.spec if change.live else {}), **change.spec}
    if not change.restarts or change.live is None or spec.get("update_failure_action") != "rollback":
        return False
    live, before = decode(shown.body), change.live.spec
    return all(same(SERVICE, field, before.get(field), live.get(field)) for field in shown.lacking)


def _watch_written(one: Written, body: Body, known: frozenset[str], watching: Watching) -> Watch:
    change, before = one.change, one.change.owned
    new = replaces_tasks(change) or not is_same_object(change)
    undisturbed = not (new or change.restarts) and before is not None and before.state == "verified"
    return Watch(
        name=one.owned.live_name,
        id=one.owned.id,
        replicas=replicas_of(body),
        monitor=monitor_of(body),
        within=watching.timeout or longest(body),
        prior=known,
        former=known if new else frozenset(one.owned.known),
        verified=frozenset(before.tasks) if before and undisturbed else frozenset(),
        breadth=breadth_of(body) if is_same_object(change) else max(1, replicas_of(body)),
        rolls_back=bool(change.restarts) and body.get("update_failure_action") == "rollback",
    )


def watch_all(
    context: ApplyContext, watches: Sequence[Watch], *, intact: Callable[[str, Body], bool], shown: bool
) -> Mapping[str, Verdict]:
    """Follow rollouts with the clock and the client of an apply, telling how far they are."""

    def sleep(seconds: float) -> None:
        context.sleep(seconds)
        context.go_on()

    verdicts = follow(
        context.writer,
        context.at,
        watches,
        intact=intact,
        shown=shown,
        progress=lambda name, text: context.tell(
            Progress(Address(context.cluster, SERVICE.name, name), text)
        ),
        clock=context.now,
        sleep=sleep,
    )
    context.saw_tasks = context.saw_tasks or any(one.listed for one in verdicts.values())
    return verdicts


def _ended(context: ApplyContext, change: Write, verdict: Verdict) -> RolloutEnd:
    match verdict.status:
        case "verified":
            return RolloutEnd("applied", "verified", note=verdict.message, tasks=verdict.tasks)
        case "accepted":
            return RolloutEnd("applied", "verified", note=verdict.message)
        case "unverified":
            return RolloutEnd("unknown", "unverified", error=in_words(verdict))
        case "rolled back":
            return RolloutEnd("failed", "rolled back", error=in_words(verdict))
        case _:
            return _failed(context, change, verdict)


def _failed(context: ApplyContext, change: Write, verdict: Verdict) -> RolloutEnd:
    told = in_words(verdict)
    if verdict.advancing:
        return RolloutEnd(
            "failed", "unverified", error=f"{told}; the rollout goes on, the next apply verifies it"
        )
    wants_back = change.desired is not None and change.desired.lifecycle.on_failure == "rollback"
    if not (wants_back and is_same_object(change)):
        return RolloutEnd("failed", "failed", error=told)
    try:
        put_back(context, change)
    except ReconcilerError as error:
        return RolloutEnd("failed", "failed", error=f"{told}; its former spec could not be put back: {error}")
    return RolloutEnd(
        "failed", "rolled back", error=f"{told}; its former spec was put back (on_failure: rollback)"
    )


def in_words(verdict: Verdict) -> str:
    """A verdict with what the tasks say."""
    return "; ".join((verdict.message, *verdict.errors))
