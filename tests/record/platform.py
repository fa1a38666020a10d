"""A model of the platform for records: configs with unique names, a clock, and faults on demand."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence

from reconciler.api.client import ClusterRef
from reconciler.errors import Ambiguous, NotFound, ReconcilerError, Rejected, ServerFault
from reconciler.model import Body

AT = ClusterRef("company_a", "cluster_a")


def conflict() -> Rejected:
    return Rejected("a config of that name exists", status=409, method="POST", path="/configs")


def broken() -> ServerFault:
    return ServerFault("an error occurred", status=500, method="POST", path="/configs")


class RecordPlatform:
    """``faults`` has a value for each create: ok, lost before, lost after, late, broken after."""

    def __init__(self, faults: Iterable[str] = ()) -> None:
        self.kept: dict[str, Body] = {}
        self.time = 1_800_000_000.0
        self.requests: list[str] = []
        self.on_list: Callable[[], None] = lambda: None
        self._faults: Iterator[str] = iter(faults)
        self._late: list[Body] = []
        self._made = 0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def configs(self, at: ClusterRef, /) -> Sequence[Body]:
        self.requests.append("list")
        self.on_list()
        return list(self.kept.values())

    def create_config(self, at: ClusterRef, body: Body, /) -> Body:
        self.requests.append(f"create {body['name']}")
        fault = next(self._faults, "ok")
        if fault == "lost before":
            raise Ambiguous("no answer")
        if fault == "late":
            self._late.append(body)
            raise Ambiguous("no answer")
        made = self._make(body)
        if fault == "lost after":
            raise Ambiguous("no answer")
        if fault == "broken after":
            raise broken()
        if made is None:
            raise conflict()
        return made

    def delete_config(self, at: ClusterRef, config_id: str, /) -> None:
        self.requests.append("delete")
        for name, body in self.kept.items():
            if body["id"] == config_id:
                del self.kept[name]
                return
        raise NotFound("no such config", status=404, method="DELETE", path="/configs")

    def arrive(self) -> None:
        """Carry out the late creates now."""
        late, self._late = self._late, []
        for body in late:
            self._make(body)

    def _make(self, body: Body) -> Body | None:
        if body["name"] in self.kept:
            return None
        self._made += 1
        self.kept[body["name"]] = {**body, "id": f"id{self._made}", "object": "config", "created": "?"}
        return self.kept[body["name"]]


class Turns:
    """Runs several writers with one platform, one request at a time, in the order of ``schedule``."""

    def __init__(self, platform: RecordPlatform, schedule: Iterable[int]) -> None:
        self._platform, self._schedule = platform, iter(schedule)

    def run(self, *writers: Callable[["Seat"], None]) -> list[ReconcilerError | None]:
        """How each writer ended: None, or the error that it raised."""
        seats = [Seat(self._platform, writer) for writer in writers]
        for seat in seats:
            seat.thread.start()
        while waiting := [seat for seat in seats if seat.wait()]:
            waiting[next(self._schedule, 0) % len(waiting)].proceed()
        for seat in seats:
            seat.thread.join()
        return [seat.error for seat in seats]


class Seat:
    """A writer's access to the platform: each of its requests waits for its turn."""

    def __init__(self, platform: RecordPlatform, writer: Callable[["Seat"], None]) -> None:
        self._platform = platform
        self._ready, self._go = threading.Semaphore(0), threading.Semaphore(0)
        self._waits = self._done = False
        self.error: ReconcilerError | None = None
        self.thread = threading.Thread(target=self._run, args=(writer,))

    def wait(self) -> bool:
        """Wait until the writer waits for its turn; returns False if it has ended."""
        if not self._waits and not self._done:
            self._ready.acquire()
        return self._waits

    def proceed(self) -> None:
        self._waits = False
        self._go.release()
        self.wait()

    def configs(self, at: ClusterRef, /) -> Sequence[Body]:
        self._turn()
        return self._platform.configs(at)

    def create_config(self, at: ClusterRef, body: Body, /) -> Body:
        self._turn()
        return self._platform.create_config(at, body)

    def delete_config(self, at: ClusterRef, config_id: str, /) -> None:
        self._turn()
        self._platform.delete_config(at, config_id)

    def _run(self, writer: Callable[["Seat"], None]) -> None:
        try:
            writer(self)
        except ReconcilerError as error:
            self.error = error
        self._done = True
        self._ready.release()

    def _turn(self) -> None:
        self._waits = True
        self._ready.release()
        self._go.acquire()
