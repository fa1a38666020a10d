"""One-off operations on what exists: restart, reboot, test a webhook, take a lease away. No manifest is read.

What they work on was looked up before (``pipeline.lookups``), and what must be refused was refused there. A
request whose answer was lost is never sent again: what is known of it is said.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from reconciler import record
from reconciler.api.client import ClusterRef, Writer
from reconciler.errors import Ambiguous, NotFound, ReconcilerError, Unauthorized, UsageError
from reconciler.fetch import fetch
from reconciler.health import replicas_of
from reconciler.kinds.node import GOING
from reconciler.kinds.webhook import host
from reconciler.model import Address, Body, Lease, Live, Record
from reconciler.pipeline.lookups import Found
from reconciler.pipeline.session import Session
from reconciler.policy import breadth_of, longest, monitor_of
from reconciler.record import RecordStore
from reconciler.render.services import rollout_text, running_text
from reconciler.rollout import follow
from reconciler.watch import RolloutResult, Watch

LOOK_FOR = 30.0
"""Seconds to look for a sign of what was asked for, where the answer was lost."""
NOTICE = 20.0
"""Seconds for a node to show that it reboots; one that is Ready all this time has done so unseen, or never will."""
READY_WITHIN = 1800.0
READY = "ready"

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Done:
    """How one operation ended; ``message`` is for people. ``unknown``: it may or may not have been carried out."""

    what: str
    status: Literal["done", "failed", "skipped", "unknown"]
    message: str = ""

    def __str__(self) -> str:
        return f"{self.what}: {self.status}{', ' if self.message else ''}{self.message}"


@dataclass(frozen=True, slots=True)
class OperationClock:
    """Time as operations see it."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def exit_code(done: Sequence[Done]) -> int:
    """0 only if everything was done."""
    return 0 if all(one.status == "done" for one in done) else 1


def restart(
    session: Session,
    services: Sequence[Found],
    *,
    timeout: float | None,
    wait: bool,
    tell: Tell,
    tasks: bool = True,
    clock: OperationClock | None = None,
) -> tuple[Done, ...]:
    """Have each service's image pulled anew and all its containers replaced; with ``wait``, see the new ones run.

    ``timeout`` is in seconds for each service, None for as long as its own policy may take.
    """
    restarting = _Restarting(Writer(session.calls), timeout, tell, tasks, clock or OperationClock())
    ended: dict[Address, Done] = {}
    for at in dict.fromkeys(one.at for one in services):
        ended |= restarting.of_cluster(at, [one for one in services if one.at == at], wait=wait)
    return tuple(ended[one.address] for one in services)


@dataclass(frozen=True, slots=True)
class _Restarting:
    writer: Writer
    timeout: float | None
    tell: Tell
    tasks: bool
    clock: OperationClock

    def of_cluster(self, at: ClusterRef, services: Sequence[Found], *, wait: bool) -> dict[Address, Done]:
        known = self._tasks(at)
        ended: dict[Address, Done] = {}
        begun: list[Found] = []
        for one in services:
            early = self._begin(one, known)
            if early is not None:
                ended[one.address] = early
            elif wait and self.tasks:
                begun.append(one)
            else:
                ended[one.address] = Done(
                    str(one.address), "done", "restart accepted; its rollout was not watched"
                )
        return ended | self._follow(at, begun, frozenset(known or ()))

    def _begin(self, one: Found, known: Mapping[str, str] | None) -> Done | None:
        """Ask for the restart; None where it has begun."""
        what = str(one.address)
        self.tell(f"{what}: restarting")
        try:
            self.writer.refresh_image(one.at, one.live.id)
        except Ambiguous as error:
            if self._shows_new_tasks(one, known):
                self.tell(f"{what}: the answer was lost, but new tasks show that it restarts")
                return None
            return Done(
                what,
                "unknown",
                f"the answer was lost and no new task is seen, so it may or may not have restarted: {error}",
            )
        except NotFound:
            return Done(what, "failed", "it was deleted meanwhile")
        except ReconcilerError as error:
            return Done(what, "failed", str(error))
        return None

    def _shows_new_tasks(self, one: Found, known: Mapping[str, str] | None) -> bool:
        if known is None:
            return False
        end = self.clock.now() + LOOK_FOR
        while True:
            tasks = self._tasks(one.at) or {}
            if any(service == one.live.id for task, service in tasks.items() if task not in known):
                return True
            if self.clock.now() >= end:
                return False
            self.clock.sleep(1.0)

    def _tasks(self, at: ClusterRef) -> dict[str, str] | None:
        """The service of each task, by the task's id; None where the API shows no tasks."""
        if not self.tasks:
            return None
        try:
            return {str(one["id"]): str(one.get("service_id")) for one in self.writer.tasks(at)}
        except (Unauthorized, NotFound):
            return None

    def _follow(
        self, at: ClusterRef, services: Sequence[Found], known: frozenset[str]
    ) -> dict[Address, Done]:
        if not services:
            return {}
        images = {str(body["id"]): body.get("image") for body in self.writer.services(at)}
        former = {one.live.name: one.live.body.get("image") for one in services}
        fresh = {one.live.name: images.get(one.live.id) for one in services}

        def spec_kept(name: str, body: Body) -> bool:
            """A rollback shows where the restart brought another image, and the former one is back."""
            return fresh[name] == former[name] or body.get("image") != former[name]

        watches = [_watch(one.live, known, self.timeout) for one in services]
        results = follow(
            self.writer,
            at,
            watches,
            spec_kept=spec_kept,
            shown=bool(known),
            progress=lambda name, health: self.tell(f"{name}: {running_text(health)}"),
            clock=self.clock.now,
            sleep=self.clock.sleep,
        )
        return {one.address: _of_rollout(one.address, results[one.live.name]) for one in services}


def _watch(live: Live, known: frozenset[str], timeout: float | None) -> Watch:
    return Watch(
        name=live.name,
        id=live.id,
        replicas=replicas_of(live.body),
        monitor=monitor_of(live.body),
        within=timeout or longest(live.body),
        prior=known,
        former=known,
        breadth=breadth_of(live.body),
        rolls_back=live.body.get("update_failure_action") == "rollback",
    )


def _of_rollout(address: Address, result: RolloutResult) -> Done:
    return Done(str(address), "done" if result.status == "applied" else result.status, rollout_text(result))


def reboot(
    session: Session, nodes: Sequence[Found], *, tell: Tell, clock: OperationClock | None = None
) -> tuple[Done, ...]:
    """Reboot one node after the other, each once the one before is Ready again. The first trouble ends it."""
    writer, time_ = Writer(session.calls), clock or OperationClock()
    ended: list[Done] = []
    for one in nodes:
        if exit_code(ended):
            ended.append(
                Done(str(one.address), "skipped", "not started, because the node before it is not Ready")
            )
        else:
            ended.append(_reboot_one(writer, one, tell, time_))
    return tuple(ended)


def _reboot_one(writer: Writer, one: Found, tell: Tell, clock: OperationClock) -> Done:
    what = str(one.address)
    lost: Ambiguous | None = None
    tell(f"{what}: rebooting")
    try:
        writer.reboot_node(one.at, one.live.id)
    except Ambiguous as error:
        lost = error
    except ReconcilerError as error:
        return Done(what, "failed", str(error))
    began, pause, away = clock.now(), 0.25, False
    while (passed := clock.now() - began) < READY_WITHIN:
        status = _node_status(writer, one)
        if status in GOING:
            return Done(what, "failed", "it is deleted, or is being deleted")
        if status == READY and away:
            return Done(what, "done", "rebooted, and Ready again")
        if status == READY and passed >= NOTICE:
            return _unnoticed(what, lost)
        if status not in ("", READY) and not away:
            away = True
            tell(f"{what}: {status}")
        clock.sleep(pause)
        pause = min(pause * 1.5, 5.0)
    return Done(
        what, "failed", f"not Ready again after {READY_WITHIN / 60:.0f} minutes; it may still come back"
    )


def _unnoticed(what: str, lost: Ambiguous | None) -> Done:
    if lost is not None:
        return Done(
            what, "unknown", f"the answer was lost, and it was Ready all along, so it may not reboot: {lost}"
        )
    return Done(what, "done", f"reboot accepted; it showed as Ready for all of {NOTICE:.0f} s")


def _node_status(writer: Writer, one: Found) -> str:
    """The node's status in lower case; "" where it can't be read now, as while the manager reboots."""
    try:
        return str(writer.node(one.at, one.live.id).get("status") or "").lower()
    except NotFound:
        return "removed"
    except ReconcilerError:
        return ""


def test_webhooks(session: Session, hooks: Sequence[tuple[str, Live]]) -> tuple[Done, ...]:
    """Have a test event sent to each webhook, given with its company's id. The server says only that it will."""
    writer = Writer(session.calls)
    ended = []
    for company_id, hook in hooks:
        what = f"{hook.name or hook.id} ({host(hook.spec['url'])})"
        try:
            writer.test_webhook(company_id, hook.id)
            ended.append(
                Done(what, "done", "the server accepted the request; check the receiver for the event")
            )
        except Ambiguous as error:
            ended.append(
                Done(what, "unknown", f"the answer was lost, so it may or may not have been sent: {error}")
            )
        except ReconcilerError as error:
            ended.append(Done(what, "failed", str(error)))
    return tuple(ended)


def lease(session: Session, *, cluster: str, stack: str) -> tuple[RecordStore, Record, Lease | None]:
    """Where a stack's record is, the record as it stands, and the lease that somebody took and did not let go.

    Raises UsageError where there is no such cluster or stack, DamagedRecord where no record can be read.
    """
    live = fetch(session.reader, (cluster,), parallelism=session.parallelism)[cluster]
    configs = record.configs_of(live)
    stacks = record.stacks(configs)
    if stack not in stacks:
        known = f"It has: {', '.join(stacks)}." if stacks else "It has none at all."
        raise UsageError(f"cluster {cluster} has no record of a stack {stack}. {known}")
    place = RecordStore(Writer(session.calls), ClusterRef(live.company_id, live.cluster_id), stack)
    found = record.read(configs, stack).record
    return place, found, found.lease


def time_left(session: Session, held: Lease) -> str:
    """How long a lease lasts, in words for people."""
    now = session.reader.server_time()
    if now is None or not held.until:
        return "time left unknown"
    left = held.until - now
    return f"for {left:.0f} s more" if left > 0 else f"it ran out {-left:.0f} s ago"
