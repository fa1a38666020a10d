"""Restarts services: new tasks with a new pull of the image, and the rollout verified. Reads no manifest.

The services were found and checked before (``pipeline.lookups``). A request whose answer was lost is not repeated: new
tasks show whether it was carried out.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from reconciler.api.client import ClusterRef, Writer
from reconciler.errors import Ambiguous, NotFound, ReconcilerError, Unauthorized
from reconciler.health import replicas_of
from reconciler.model import Address, Body, Live
from reconciler.model.failure import Failure
from reconciler.model.operation import AnswerLost, OperationEnd, OperationResult
from reconciler.pipeline.lookups import Found
from reconciler.pipeline.operation import OperationClock, Tell
from reconciler.pipeline.session import Session
from reconciler.policy import breadth_of, longest, monitor_of
from reconciler.render.services import running_text
from reconciler.rollout import follow
from reconciler.watch import Watch

LOOK_FOR = 30.0
"""Seconds to look for new tasks if the answer was lost."""


def restart(
    session: Session,
    services: Sequence[Found],
    *,
    timeout: float | None,
    wait: bool,
    tell: Tell,
    tasks: bool = True,
    clock: OperationClock | None = None,
) -> tuple[OperationResult, ...]:
    """Make the platform pull each service's image again and replace all its containers; with ``wait``, verify the new
    ones.

    ``timeout`` is in seconds for each service, None for as long as its own policy takes.
    """
    restarting = _Restarting(Writer(session.calls), timeout, tell, tasks, clock or OperationClock())
    ended: dict[Address, OperationResult] = {}
    for at in dict.fromkeys(service.at for service in services):
        ended |= restarting.of_cluster(at, [service for service in services if service.at == at], wait=wait)
    return tuple(ended[service.address] for service in services)


class _Restarting(Struct, frozen=True):
    writer: Writer
    timeout: float | None
    tell: Tell
    tasks: bool
    clock: OperationClock

    def of_cluster(
        self, at: ClusterRef, services: Sequence[Found], *, wait: bool
    ) -> dict[Address, OperationResult]:
        prior = self._tasks(at)
        ended: dict[Address, OperationResult] = {}
        begun: list[Found] = []
        for service in services:
            early = self._begin(service, prior)
            if early is not None:
                ended[service.address] = early
            elif wait and self.tasks:
                begun.append(service)
            else:
                ended[service.address] = OperationResult(
                    str(service.address), "applied", OperationEnd.RESTART_NOT_WATCHED
                )
        return ended | self._follow(at, begun, frozenset(prior or ()))

    def _begin(self, found: Found, prior: Mapping[str, str] | None) -> OperationResult | None:
        """Request the restart. Returns None if it has begun."""
        what = str(found.address)
        self.tell(f"{what}: restarting")
        try:
            self.writer.refresh_image(found.at, found.live.id)
        except Ambiguous as error:
            if self._shows_new_tasks(found, prior):
                self.tell(f"{what}: the answer was lost, but new tasks show that it restarts")
                return None
            return OperationResult(what, "unknown", AnswerLost("restart", Failure.of(error)))
        except NotFound:
            return OperationResult(what, "failed", OperationEnd.SERVICE_DELETED)
        except ReconcilerError as error:
            return OperationResult(what, "failed", Failure.of(error))
        return None

    def _shows_new_tasks(self, found: Found, prior: Mapping[str, str] | None) -> bool:
        if prior is None:
            return False
        end = self.clock.now() + LOOK_FOR
        while True:
            tasks = self._tasks(found.at) or {}
            if any(service == found.live.id for task, service in tasks.items() if task not in prior):
                return True
            if self.clock.now() >= end:
                return False
            self.clock.sleep(1.0)

    def _tasks(self, at: ClusterRef) -> dict[str, str] | None:
        """The service of each task, by the task's id; None where the API shows no tasks."""
        if not self.tasks:
            return None
        try:
            return {str(task["id"]): str(task.get("service_id")) for task in self.writer.tasks(at)}
        except (Unauthorized, NotFound):
            return None

    def _follow(
        self, at: ClusterRef, services: Sequence[Found], prior: frozenset[str]
    ) -> dict[Address, OperationResult]:
        if not services:
            return {}
        images = {str(body["id"]): body.get("image") for body in self.writer.services(at)}
        former = {service.live.name: service.live.body.get("image") for service in services}
        fresh = {service.live.name: images.get(service.live.id) for service in services}

        def spec_kept(name: str, body: Body) -> bool:
            """Whether the spec was kept: after a rollback the service has its previous image again."""
            return fresh[name] == former[name] or body.get("image") != former[name]

        watches = [_watch(service.live, prior, self.timeout) for service in services]
        results = follow(
            self.writer,
            at,
            watches,
            spec_kept=spec_kept,
            shows_tasks=bool(prior) or any(service.shows_tasks for service in services),
            progress=lambda name, health: self.tell(f"{name}: {running_text(health)}"),
            clock=self.clock.now,
            sleep=self.clock.sleep,
        )
        return {
            service.address: OperationResult(
                str(service.address), results[service.live.name].status, results[service.live.name]
            )
            for service in services
        }


def _watch(live: Live, prior: frozenset[str], timeout: float | None) -> Watch:
    return Watch(
        name=live.name,
        id=live.id,
        replicas=replicas_of(live.body),
        monitor=monitor_of(live.body),
        within=timeout or longest(live.body),
        prior=prior,
        former=prior,
        breadth=breadth_of(live.body),
        rolls_back=live.body.get("update_failure_action") == "rollback",
    )
