"""The context of an apply: one cluster, a client that may write, and the live state read under the lease."""

import threading
import time
from collections.abc import Callable, Mapping

from msgspec import Struct, field

from reconciler.api.client import ClusterRef, Writer
from reconciler.errors import Ambiguous, Interrupted, ReconcilerError
from reconciler.model import Body, Event, Live, LiveState, Named


class Waits(Struct, frozen=True, kw_only=True):
    """How long an apply waits, in seconds.

    ``look_for``: for a node or webhook to be listed if the answer to its creation was lost, with a list every
    ``look_every``. ``once_more``: before the second try of a write that had no effect. ``in_use``: at most between two
    tries to delete an object that containers still use. ``machine``: for a node to be created or deleted. ``show``: for
    a list to show what was written.
    """

    look_for: float = 60.0
    look_every: float = 2.0
    once_more: float = 0.5
    in_use: float = 5.0
    machine: float = 1800.0
    show: float = 4.0


class ApplyContext(Struct):
    """What the functions of an apply share.

    ``live`` was read after the lease was taken. ``sleep`` returns early if the run is interrupted, ``sleep_through``
    does not; both take seconds. ``stop`` says whether the run was interrupted; ``now`` gives seconds. ``cluster`` is
    its name in the plan. ``saw_tasks``: the cluster has listed tasks in this run.
    """

    writer: Writer
    at: ClusterRef
    live: LiveState
    stop: Callable[[], bool]
    now: Callable[[], float]
    sleep: Callable[[float], None]
    tell: Callable[[Event], None]
    cluster: str = ""
    parallelism: int = 16
    waits: Waits = field(default_factory=Waits)
    sleep_through: Callable[[float], object] = time.sleep
    one_at_a_time: threading.Lock = field(default_factory=threading.Lock)
    saw_tasks: bool = False
    _by_name: Mapping[Named, Live] | None = None

    def found(self, kind: str, name: str) -> Live | None:
        """The live object of that kind and name, as last read under the lease; None if there is none."""
        if self._by_name is None:
            self._by_name = {
                (live.kind, live.name): live for lives in self.live.objects.values() for live in lives
            }
        return self._by_name.get((kind, name))

    def new_id(self, kind: str, made: Body) -> str:
        """The id of an object that was just created (``made``, from the answer).

        Raises ``Ambiguous`` if it is the id of an object that existed before: the answer is about that one.
        """
        object_id = str(made["id"])
        if any(live.id == object_id for live in self.live.objects.get(kind, ())):
            raise Ambiguous(
                f"the API answered the creation of a {kind} with the id of another one, {object_id}"
            )
        return object_id

    def denies(self, is_shown: Callable[[], bool]) -> bool:
        """Whether reading denies a write whose answer was a success: ``is_shown`` stays false for ``Waits.show``, since
        lists can lack the last writes. If it cannot be read, the answer counts."""
        end, pause = self.now() + self.waits.show, 0.25
        try:
            while not is_shown():
                if self.now() >= end or self.stop():
                    return True
                self.sleep(pause)
                pause *= 2
        except ReconcilerError:
            pass
        return False

    def read_again(self, live: LiveState) -> None:
        """Use a live state that was read again."""
        self.live, self._by_name = live, None

    def once_more(self, tries: int) -> bool:
        """Wait, and return whether to repeat a write that had no effect: once at most. ``tries`` counts from 1."""
        if tries >= 2 or self.stop():
            return False
        self.sleep(self.waits.once_more)
        return True

    def while_in_use(self, tries: int) -> bool:
        """Wait, and return whether to repeat a refused delete: for about 30 s, since containers take time to stop."""
        if tries >= 9 or self.stop():
            return False
        self.sleep(min(0.25 * 2**tries, self.waits.in_use))
        return True

    def go_on(self) -> None:
        """Raises ``Interrupted`` if the run was interrupted, so that no new work may begin."""
        if self.stop():
            raise Interrupted("the run was interrupted")
