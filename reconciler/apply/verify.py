"""Verified, not accepted: whether what was written to services took, came up, and stayed.

Turns the verdicts of ``reconciler.rollout`` into outcomes, and puts a former spec back where that is asked for.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from reconciler.apply.intents import is_same_object
from reconciler.apply.services import did_not_take, put_back
from reconciler.apply.site import Site
from reconciler.errors import NotFound, ReconcilerError, Unauthorized
from reconciler.model import Address, Body, Change, Owned, State, Status
from reconciler.rollout import Verdict, Watch, follow

AGAIN = 30.0
"""Seconds in which a service that failed before, and was not changed since, may yet come up."""
MONITOR = 5.0
"""Seconds that tasks are watched where a service says nothing (MedStack's and Swarm's default)."""


UNSHOWN = "accepted, not verified: this platform shows us no tasks"


class Ended(NamedTuple):
    """How a rollout ended, for the outcome and for the record."""

    status: Status
    state: State
    error: str = ""
    note: str = ""


class Written(NamedTuple):
    """A service that was written, and what the write left."""

    change: Change
    owned: Owned


class _Shown(NamedTuple):
    """A service as it is listed after its write; ``lacking`` are the fields that did not take."""

    body: Body
    lacking: tuple[str, ...]


def known_tasks(site: Site) -> Mapping[str, tuple[str, ...]] | None:
    """The ids of all tasks before the first write, by the id of their service; None where this token is shown none."""
    known: dict[str, list[str]] = {}
    try:
        tasks = site.writer.tasks(site.at)
    except (Unauthorized, NotFound):
        return None
    for task in tasks:
        known.setdefault(str(task.get("service_id")), []).append(str(task["id"]))
    return {service: tuple(sorted(ids)) for service, ids in known.items()}


def ended_as(owned: Owned, ended: Ended) -> Owned:
    """A service as it is recorded once its rollout has ended: the former tasks matter until it is verified."""
    return replace(owned, state=ended.state, known=() if ended.state == "verified" else owned.known)


def remembering(owned: Owned, change: Change, tasks_of: Callable[[str], tuple[str, ...]]) -> Owned:
    """What a write is to leave, with the tasks from before it where it starts new ones: whoever verifies the
    service, this run or after its end the next, must not take the former tasks for the new ones.

    ``tasks_of`` gives the ids of a service's tasks by the service's, and is asked only where they are needed.
    """
    if owned.kind != "service" or owned.state == "verified":
        return owned
    if change.restarts and change.live is not None:
        return replace(owned, known=tasks_of(change.live.id))
    former = change.owned
    return replace(owned, known=former.known) if former and former.state != "verified" else owned


def see_through(
    site: Site, written: Sequence[Written], *, known: frozenset[str] | None, wait: bool, timeout: float
) -> Mapping[Address, Ended]:
    """How each of these services ended, all followed together. ``known`` is None where tasks are not shown."""
    shown = _as_shown(site, written)
    ended: dict[Address, Ended] = {}
    watches: dict[str, Written] = {}
    for one in written:
        if early := _at_once(shown.get(one.owned.id), wait=wait, tasks_shown=known is not None):
            ended[one.change.address] = early
        else:
            watches[one.change.live_name] = one
    verdicts = _follow(
        site,
        [
            _watch(one.owned, shown[one.owned.id].body, known or frozenset(), one.change)
            for one in watches.values()
        ],
        intact=lambda name, body: not did_not_take(watches[name].change.spec, body),
        timeout=timeout,
    )
    for name, one in watches.items():
        ended[one.change.address] = _ended(site, one.change, verdicts[name])
    return ended


def _as_shown(site: Site, written: Sequence[Written]) -> Mapping[str, _Shown]:
    """The services by id once they show all that was written, or after a while as they are: a platform's list may
    be behind its answers. One that is not there is left out."""
    end, pause = site.now() + site.waits.show, 0.25
    while True:
        bodies = {str(body["id"]): body for body in site.writer.services(site.at)}
        shown = {
            one.owned.id: _Shown(body, did_not_take(one.change.spec, body))
            for one in written
            if (body := bodies.get(one.owned.id)) is not None
        }
        whole = len(shown) == len(written) and not any(one.lacking for one in shown.values())
        if whole or site.now() >= end or site.stop():
            return shown
        site.sleep(pause)
        pause *= 2


def verify_again(site: Site, owned: Iterable[Owned], *, timeout: float) -> Mapping[str, Ended]:
    """Whether services without a difference, whose last rollout was not seen to succeed, are up by now.

    Those that were seen to fail have had their time and get ``AGAIN`` seconds more, not ``timeout``.
    """
    wanted = {one.id: one for one in owned}
    if not wanted:
        return {}
    if all(one.state != "unverified" for one in wanted.values()):
        timeout = min(timeout, AGAIN)
    bodies = {str(body["id"]): body for body in site.writer.services(site.at)}
    known = frozenset(one for ids in (known_tasks(site) or {}).values() for one in ids)
    watches = [_watch(one, bodies[key], known) for key, one in wanted.items() if key in bodies]
    verdicts = _follow(site, watches, intact=lambda _name, _body: True, timeout=timeout)
    return {
        one.name: _again(one, verdicts[one.live_name]) for one in wanted.values() if one.live_name in verdicts
    }


def _again(owned: Owned, verdict: Verdict) -> Ended:
    if verdict.status == "verified":
        return Ended("applied", "verified")
    if verdict.status == "accepted":
        return Ended("applied", owned.state, note=verdict.message)
    if verdict.status == "unverified":
        return Ended("unknown", owned.state, error=f"service/{owned.name} {verdict.message}")
    return Ended("failed", "failed", error=f"service/{owned.name} is not up: {_told(verdict)}")


def _at_once(shown: _Shown | None, *, wait: bool, tasks_shown: bool) -> Ended | None:
    """What can be said without following tasks; None where they are to be followed."""
    if shown is None:
        return Ended("failed", "failed", error="it was written, and is not there")
    if shown.lacking:
        return Ended(
            "failed", "failed", error=f"it was accepted, but did not take: {', '.join(shown.lacking)}"
        )
    if not wait:
        return Ended("applied", "unverified", note="accepted, not waited for")
    return None if tasks_shown else Ended("applied", "verified", note=UNSHOWN)


def _watch(owned: Owned, body: Body, known: frozenset[str], change: Change | None = None) -> Watch:
    monitor = body.get("update_monitor")
    replicas = body.get("replicas")
    return Watch(
        name=owned.live_name,
        id=owned.id,
        replicas=1 if replicas is None else int(replicas),
        monitor=MONITOR if monitor is None else float(monitor),
        known=known,
        former=frozenset(owned.known),
        new_tasks=change is not None and (bool(change.restarts) or not is_same_object(change)),
        rolls_back=change is not None and body.get("update_failure_action") == "rollback",
    )


def _follow(
    site: Site, watches: Sequence[Watch], *, intact: Callable[[str, Body], bool], timeout: float
) -> Mapping[str, Verdict]:
    def progress(name: str, running: int, replicas: int) -> None:
        site.tell(f"service/{name}: {running} of {replicas} running")

    def sleep(seconds: float) -> None:
        site.sleep(seconds)
        site.go_on()

    limit = timeout + max((watch.monitor for watch in watches), default=0.0)
    return follow(
        site.writer,
        site.at,
        watches,
        intact=intact,
        timeout=limit,
        progress=progress,
        clock=site.now,
        sleep=sleep,
    )


def _ended(site: Site, change: Change, verdict: Verdict) -> Ended:
    match verdict.status:
        case "verified":
            return Ended("applied", "verified", note=verdict.message)
        case "accepted":
            return Ended("applied", "verified", note=verdict.message)
        case "unverified":
            return Ended("unknown", "unverified", error=verdict.message)
        case "rolled back":
            return Ended("failed", "rolled back", error=_told(verdict))
        case _:
            return _failed(site, change, verdict)


def _failed(site: Site, change: Change, verdict: Verdict) -> Ended:
    told = _told(verdict)
    wants_back = change.desired is not None and change.desired.lifecycle.on_failure == "rollback"
    if not wants_back or not is_same_object(change):
        return Ended("failed", "failed", error=told)
    try:
        put_back(site, change)
    except ReconcilerError as error:
        return Ended("failed", "failed", error=f"{told}; its former spec could not be put back: {error}")
    return Ended(
        "failed", "rolled back", error=f"{told}; its former spec was put back (on_failure: rollback)"
    )


def _told(verdict: Verdict) -> str:
    return "; ".join((verdict.message, *verdict.errors))
