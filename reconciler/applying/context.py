"""Where an apply works: one cluster, a client that may write, and what was read under the lease."""

import threading
import time
from collections.abc import Callable, Mapping

from msgspec import Struct, field

from reconciler.api.client import ClusterRef, Writer
from reconciler.errors import Interrupted
from reconciler.model import Event, Live, LiveState, Named


class Waits(Struct, frozen=True, kw_only=True):
    """How long an apply waits, in seconds.

    ``look_for`` a node or webhook whose creation was not answered, looking every ``look_every``; ``once_more``
    before the second try of a write that left no trace; between tries to delete what containers still use, at
    most ``in_use``; ``machine`` for one to be made, or to go; ``show`` for a list to show what was written.
    """

    look_for: float = 60.0
    look_every: float = 2.0
    once_more: float = 0.5
    in_use: float = 5.0
    machine: float = 1800.0
    show: float = 4.0


class ApplyContext(Struct):
    """``live`` is what was read after the lease was taken; ``sleep`` returns early when the run is to stop,
    ``sleep_through`` does not. ``cluster`` is how the plan calls it. ``saw_tasks``: a list of the cluster's
    tasks had some in it."""

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
        """The live object of that name, as read under the lease."""
        if self._by_name is None:
            self._by_name = {
                (live.kind, live.name): live for lives in self.live.objects.values() for live in lives
            }
        return self._by_name.get((kind, name))

    def read_again(self, live: LiveState) -> None:
        """Go on from a newer reading."""
        self.live, self._by_name = live, None

    def once_more(self, tries: int) -> bool:
        """Whether a write that left no trace is tried again: once, after a moment."""
        if tries >= 2 or self.stop():
            return False
        self.sleep(self.waits.once_more)
        return True

    def while_in_use(self, tries: int) -> bool:
        """Whether a refused delete is tried again: for about 30 s, since containers take time to stop."""
        if tries >= 9 or self.stop():
            return False
        self.sleep(min(0.25 * 2**tries, self.waits.in_use))
        return True

    def go_on(self) -> None:
        """Raises ``Interrupted`` if no new work may be begun."""
        if self.stop():
            raise Interrupted("the run was interrupted")
