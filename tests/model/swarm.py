"""How Swarm runs services, on a clock that moves only during sleeps.

Tasks start, fail and are started again; an update takes one batch after another and ends in success, pause or
rollback. The rules are those that real engines (20.10, 26.1) were seen to follow: a failed task comes again after
5 s without end; a monitor of 0 acts as 5 s; at an automatic rollback the former spec is back at once and no previous
spec is left; a write during a failing update takes the rollback's target away; a write that changes nothing disarms
the failure action. Nothing here is random.
"""

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Spec = dict[str, Any]
TEMPLATE = ("image", "command", "args", "environment_variables", "mounts", "secrets", "configs")
"""Fields whose change starts new tasks. Placement only moves tasks whose node no longer fits."""
START, STOP, AGAIN, GRACE = 0.5, 0.2, 5.0, 1.0
"""Seconds until a task runs, until a stopped task has ended, until a failed task is followed by another, and until
the containers of a deleted service are gone.
"""
HISTORY = 5
"""The number of tasks that are kept for each slot, including the current one."""


class Schedule:
    """Functions to call at given times, in seconds."""

    def __init__(self, start: float) -> None:
        self.now = start
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._due, (self.now + seconds, self._count, act))

    def pass_by(self, seconds: float) -> None:
        end = self.now + seconds
        while self._due and self._due[0][0] <= end:
            self.now, _, act = heapq.heappop(self._due)
            act()
        self.now = end


@dataclass(eq=False)
class Task:
    """A container that should run. ``template`` is the number of the spec that it was created from."""

    id: str
    slot: int
    template: int
    made: Spec
    state: str = "new"
    desired: str = "running"
    error: str = ""
    since: float = 0.0

    @property
    def is_wanted(self) -> bool:
        return self.desired in ("running", "ready")

    @property
    def runs(self) -> bool:
        return self.state == "running" and self.desired == "running"


@dataclass(eq=False)
class RollingUpdate:
    """A rollout in progress: the remaining slots, and the tasks of the batch that do not run yet."""

    kind: Literal["update", "rollback"]
    todo: list[int]
    armed: bool = True
    waiting: set[str] = field(default_factory=set)
    state: Literal["running", "paused", "completed"] = "running"


@dataclass(eq=False)
class SwarmService:
    """``previous`` is the spec for a rollback; ``worked`` are the specs that ran completely for their monitor
    window, oldest first.
    """

    id: str
    name: str
    spec: Spec
    template: int = 1
    templates: int = 1
    previous: tuple[Spec, int] | None = None
    update: RollingUpdate | None = None
    tasks: list[Task] = field(default_factory=list)
    worked: list[Spec] = field(default_factory=list)

    @property
    def replicas(self) -> int:
        return int(self.spec["replicas"])

    @property
    def monitor(self) -> float:
        return float(self.spec["update_monitor"] or 5)

    @property
    def running(self) -> list[Task]:
        """The running tasks of the current spec."""
        return [task for task in self.tasks if task.runs and task.template == self.template]

    @property
    def is_up(self) -> bool:
        return len(self.running) == self.replicas and not [
            task for task in self.tasks if task.runs and task.template != self.template
        ]

    def current(self, slot: int) -> list[Task]:
        return [task for task in self.tasks if task.slot == slot and task.is_wanted]


class ModelSwarm:
    """Services and their tasks.

    ``images`` are the current faults of images, and ``lost`` whether there is no node for tasks; ``missing``
    returns the reference of a spec that no longer exists, or "".
    """

    def __init__(self, time: Schedule, new_id: Callable[[], str], missing: Callable[[Spec], str]) -> None:
        self.time, self._new_id, self._missing = time, new_id, missing
        self.services: dict[str, SwarmService] = {}
        self.images: dict[str, str] = {}
        self.lost = False
        self.stopping: list[Task] = []

    def create(self, name: str, spec: Spec) -> SwarmService:
        service = SwarmService(self._new_id(), name, spec)
        self.services[service.id] = service
        self._scale(service)
        self._look_at(service)
        return service

    def delete(self, service: SwarmService) -> None:
        del self.services[service.id]
        gone = [task for task in service.tasks if task.state == "running"]
        self.stopping += gone
        self.time.after(GRACE, lambda: self._stopped(gone))
        for task in service.tasks:
            task.desired = "remove"

    def _stopped(self, gone: list[Task]) -> None:
        self.stopping = [task for task in self.stopping if task not in gone]

    def put(self, service: SwarmService, spec: Spec) -> None:
        """A whole new spec."""
        before, former = service.spec, (service.spec, service.template)
        service.previous, service.spec = former, spec
        if any(spec[changed] != before[changed] for changed in TEMPLATE):
            service.templates += 1
            service.template = service.templates
            self._begin(service, "update")
        elif spec == before:
            if service.update and service.update.state != "completed":
                self._begin(service, "update", armed=False)
        elif spec["placement_constraints"] != before["placement_constraints"]:
            self._move(service)
        self._scale(service)
        self._look_at(service)

    def restart(self, service: SwarmService) -> None:
        service.templates += 1
        service.previous = (service.spec, service.template)
        service.template = service.templates
        self._begin(service, "update")

    def lose(self) -> None:
        """All nodes that run services are lost: their tasks end, and new tasks wait."""
        self.lost = True
        for service in self.services.values():
            for task in [
                candidate
                for candidate in service.tasks
                if candidate.is_wanted and candidate.state == "running"
            ]:
                self._fail(service, task, "orphaned", "the node is lost")

    def find(self) -> None:
        self.lost = False
        self.place()

    def place(self) -> None:
        """Let tasks that wait for a node try again."""
        for service in self.services.values():
            for task in service.tasks:
                if task.state == "pending" and task.is_wanted:
                    self._start(service, task)

    def crash(self, service: SwarmService) -> None:
        """Every task ends by itself, once."""
        for task in [candidate for candidate in service.tasks if candidate.runs]:
            self._fail(service, task, "failed", "task: non-zero exit (137)")

    def uses(self, volume: str) -> bool:
        """Whether a container mounts a volume, including ended containers in the history."""
        tasks = [*self.stopping, *(task for service in self.services.values() for task in service.tasks)]
        return any(mount["source"] == volume for task in tasks for mount in task.made["mounts"])

    def _begin(
        self, service: SwarmService, kind: Literal["update", "rollback"], *, armed: bool = True
    ) -> None:
        slots = sorted({task.slot for task in service.tasks if task.is_wanted})
        todo = [
            slot
            for slot in slots
            if slot <= service.replicas
            and not any(task.template == service.template for task in service.current(slot))
        ]
        service.update = RollingUpdate(kind, todo, armed)
        self._next_batch(service, service.update)

    def _next_batch(self, service: SwarmService, update: RollingUpdate) -> None:
        if service.update is not update or update.state != "running":
            return
        if not update.todo:
            self.time.after(service.monitor, lambda: self._complete(service, update))
            return
        size = int(service.spec[f"{update.kind}_parallelism"]) or len(update.todo)
        batch, update.todo = update.todo[:size], update.todo[size:]
        start_first = service.spec[f"{update.kind}_order"] == "start-first"
        for slot in batch:
            formers = service.current(slot)
            if not start_first:
                for former in formers:
                    self._stop(service, former)
            task = self._new(service, slot, 0 if start_first else STOP)
            update.waiting.add(task.id)

    def _complete(self, service: SwarmService, update: RollingUpdate) -> None:
        if service.update is update and update.state == "running":
            update.state = "completed"

    def _scale(self, service: SwarmService) -> None:
        for slot in range(1, service.replicas + 1):
            if not service.current(slot):
                self._new(service, slot, 0)
        for task in [candidate for candidate in service.tasks if candidate.slot > service.replicas]:
            if task.desired != "remove":
                self._stop(service, task)
                task.desired = "remove"
        self.time.after(STOP, lambda: self._removed(service))

    def _removed(self, service: SwarmService) -> None:
        service.tasks = [task for task in service.tasks if task.desired != "remove"]

    def _move(self, service: SwarmService) -> None:
        """Replace tasks whose node no longer fits; there is one node, so all of them or none."""
        if not service.spec["placement_constraints"]:
            self.place()
            return
        for task in [candidate for candidate in service.tasks if candidate.is_wanted]:
            self._stop(service, task)
            if task.slot <= service.replicas:
                self._new(service, task.slot, 0)

    def _new(self, service: SwarmService, slot: int, delay: float) -> Task:
        task = Task(self._new_id(), slot, service.template, service.spec)
        service.tasks.append(task)
        self._forget(service, slot)
        if delay:
            task.state, task.desired = "ready", "ready" if delay == AGAIN else "running"
            self.time.after(delay, lambda: self._start(service, task))
        else:
            self._start(service, task)
        return task

    def _forget(self, service: SwarmService, slot: int) -> None:
        of_slot = [candidate for candidate in service.tasks if candidate.slot == slot]
        for task in of_slot[:-HISTORY]:
            if not task.is_wanted:
                service.tasks.remove(task)

    def _start(self, service: SwarmService, task: Task) -> None:
        if not task.is_wanted or service.id not in self.services:
            return
        task.desired = "running"
        trouble = self.images.get(plain(task.made["image"]), "")
        if self.lost or service.spec["placement_constraints"]:
            task.state = "pending"
            task.error = "no suitable node (scheduling constraints not satisfied on 1 node)"
            return
        task.state, task.error = "starting", ""
        if missing := self._missing(task.made):
            self.time.after(0.1, lambda: self._fail(service, task, "rejected", missing))
        elif trouble == "missing":
            text = f"No such image: {plain(task.made['image'])}"
            self.time.after(0.1, lambda: self._fail(service, task, "rejected", text))
        else:
            self.time.after(START, lambda: self._run(service, task))
            if trouble:
                lasts = 0.1 if trouble == "crash" else 3.0
                text = "task: non-zero exit (1)"
                self.time.after(START + lasts, lambda: self._fail(service, task, "failed", text))

    def _run(self, service: SwarmService, task: Task) -> None:
        if not task.is_wanted or task.state != "starting":
            return
        task.state, task.since = "running", self.time.now
        for former in service.current(task.slot):
            if former is not task and former.template != task.template:
                self._stop(service, former)  # start-first
        update = service.update
        if update and task.id in update.waiting:
            update.waiting.remove(task.id)
            if not update.waiting:
                delay = float(service.spec[f"{update.kind}_delay"])
                self.time.after(delay, lambda: self._next_batch(service, update))
        self._look_at(service)

    def _look_at(self, service: SwarmService) -> None:
        """Record specs that have worked, after their monitor window."""
        spec, tasks = service.spec, {task.id for task in service.running}

        def over() -> None:
            if service.is_up and service.spec is spec and {task.id for task in service.running} == tasks:
                service.worked.append(spec)

        if not service.replicas:
            over()  # there is nothing to watch
        elif service.is_up:
            self.time.after(service.monitor, over)

    def _stop(self, service: SwarmService, task: Task) -> None:
        if not task.is_wanted:
            return
        task.desired = "shutdown"
        if task.state == "running":
            self.time.after(STOP, lambda: setattr(task, "state", "shutdown"))
        else:
            task.state = "shutdown"

    def _fail(self, service: SwarmService, task: Task, state: str, error: str) -> None:
        if not task.is_wanted or service.id not in self.services:
            return
        task.state, task.desired, task.error = state, "shutdown", error
        update = service.update
        fresh = task.template == service.template and self.time.now - task.since <= service.monitor + 1
        if update and update.state == "running" and update.armed and (task.id in update.waiting or fresh):
            self._react(service, update)
        if task.slot <= service.replicas and not service.current(task.slot):
            follower = self._new(service, task.slot, AGAIN)
            follower.template, follower.made = (
                (task.template, task.made) if _keeps(service, task) else (service.template, service.spec)
            )
            if update and task.id in update.waiting:
                update.waiting.remove(task.id)
                update.waiting.add(follower.id)

    def _react(self, service: SwarmService, update: RollingUpdate) -> None:
        action = service.spec[f"{update.kind}_failure_action"]
        if action == "pause" or (update.kind == "rollback" and action != "continue"):
            update.state = "paused"
        elif action == "rollback" and service.previous is not None:
            service.spec, service.template = service.previous
            service.previous = None
            self._begin(service, "rollback")
            self._scale(service)
            self._look_at(service)


def _keeps(service: SwarmService, task: Task) -> bool:
    """Whether a failed task is followed by one with the same template: the update has not reached its slot yet."""
    update = service.update
    return bool(update and update.state == "running" and task.slot in update.todo)


def plain(image: str) -> str:
    """An image without the digest that the platform adds."""
    return image.partition("@")[0]


def shown(task: Task, service: SwarmService) -> Mapping[str, Any]:
    """A task as in the API's answer (API: tasks)."""
    return {
        "object": "task",
        "id": task.id,
        "service_id": service.id,
        "container_id": None,
        "status": {"timestamp": "", "state": task.state, "message": task.state, "error": task.error or None},
        "desired_state": task.desired,
        "created_at": "",
    }
