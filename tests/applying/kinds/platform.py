"""A cluster in memory with objects of one kind, and a clock that only pauses move."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from reconciler.api.client import ClusterRef
from reconciler.applying.context import ApplyContext, Waits
from reconciler.errors import Ambiguous, NotFound, ReconcilerError, Rejected, ServerFault
from reconciler.model import LiveState, Sensitive

Body = dict[str, Any]


def _sent(body: Body) -> Body:
    """A request's body as the platform receives it."""
    return {key: value.reveal() if isinstance(value, Sensitive) else value for key, value in body.items()}


def lost() -> Ambiguous:
    """A lost answer."""
    return Ambiguous("no whole answer came")


def refused() -> Rejected:
    return Rejected("no such thing", status=400, method="POST", path="/x")


def fault() -> Ambiguous:
    """An answer with status 500: the write may have been carried out."""
    doubt = Ambiguous("500")
    doubt.__cause__ = ServerFault("500", status=500, method="POST", path="/x")
    return doubt


@dataclass
class KindPlatform:
    """Objects of one kind by id.

    ``troubles`` are raised by the next writes, one each; if the second value of the pair is true, the write is
    carried out first. ``meanwhile`` are functions to call before the reads with these numbers.
    """

    objects: dict[str, Body] = field(default_factory=dict)
    troubles: list[tuple[ReconcilerError, bool] | None] = field(default_factory=list)
    meanwhile: dict[int, Callable[[], None]] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    bodies: list[Body] = field(default_factory=list)
    time: float = 0.0
    reads: int = 0
    stopped: bool = False
    blind: bool = False
    after_create: Body = field(default_factory=dict)
    later: list[tuple[float, Callable[[], object]]] = field(default_factory=list)

    def now(self) -> float:
        return self.time

    def pass_by(self, seconds: float) -> None:
        self.time += seconds
        for due in [planned for planned in self.later if planned[0] <= self.time]:
            self.later.remove(due)
            due[1]()

    def context(self) -> ApplyContext:
        return ApplyContext(
            writer=self,  # type: ignore[arg-type]  # it has what is asked of it here
            at=ClusterRef("company_1", "cluster_1"),
            live=LiveState("company_1", "Clinic", "cluster_1", "production", {}),
            stop=lambda: self.stopped,
            now=self.now,
            sleep=self.pass_by,
            sleep_through=self.pass_by,
            tell=lambda _: None,
            waits=Waits(machine=90.0),
        )

    def _listed(self, _at: object = None) -> list[Body]:
        self._look()
        return [dict(body) for body in self.objects.values()]

    webhooks = nodes = services = _listed

    def _read(self, _at: object, key: str) -> Body:
        self._look()
        if key not in self.objects:
            raise NotFound("not found", status=404, method="GET", path="/x")
        return dict(self.objects[key])

    webhook = service = _read

    def _create(self, _at: object, body: Body) -> Body:
        def make() -> Body:
            key = f"new_{len(self.written)}"
            self.objects[key] = {"id": key, **_sent(body), **self.after_create}
            return self.objects[key]

        return self._written("POST", body, make)

    create_webhook = create_node = _create

    def _replace(self, _at: object, key: str, body: Body) -> Body:
        def put() -> Body:
            kept = {name: value for name, value in self.objects[key].items() if name in ("id", "name")}
            self.objects[key] = {**kept, **_sent(body)}  # a PUT clears what it leaves out
            return self.objects[key]

        return self._written(f"PUT {key}", body, put)

    replace_webhook = replace_service = _replace

    def _delete(self, _at: object, key: str) -> None:
        self._written(f"DELETE {key}", {}, lambda: self.objects.pop(key))

    delete_webhook = delete_service = _delete

    def delete_node(self, _at: object, key: str) -> None:
        def end() -> Body:
            self.objects[key]["status"] = "Deleting"
            self.later.append((self.time + 10, lambda: self.objects.pop(key, None)))
            return self.objects[key]

        self._written(f"DELETE {key}", {}, end)

    def _look(self) -> None:
        self.reads += 1
        if act := self.meanwhile.pop(self.reads, None):
            act()
        if self.blind:
            raise ReconcilerError("503")

    def _written(self, what: str, body: Body, act: Callable[[], Body]) -> Body:
        self.written.append(what)
        self.bodies.append(body)
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble and not trouble[1]:
            raise trouble[0]
        done = act()
        if trouble:
            raise trouble[0]
        return done
