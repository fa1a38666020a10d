"""The settings of an apply: time limits, reporting, interruption."""

from collections.abc import Callable, Mapping

from msgspec import Struct, field

from reconciler.api.rate_limiter import Clock
from reconciler.applying.context import Waits
from reconciler.model import Event, Used

Tell = Callable[[Event], None]
_POLL = 0.1
"""Seconds after which a pause checks whether the run was interrupted."""


class ApplySettings(Struct, frozen=True, kw_only=True):
    """The settings of an apply. ``timeout`` is for one service's rollout, in seconds, None for as long as its own
    policy takes; without ``wait`` rollouts are not verified, without ``tasks`` tasks are not read. ``waits`` are all
    other time limits; ``clock`` gives seconds. ``uses`` has the mark for the record of each approved change, release
    and move, by ``id()``."""

    timeout: float | None = None
    wait: bool = True
    tasks: bool = True
    stop: Callable[[], bool] = lambda: False
    tell: Tell = lambda _: None
    waits: Waits = field(default_factory=Waits)
    clock: Clock = field(default_factory=Clock)
    uses: Mapping[int, Used] = field(default_factory=dict)

    def pause(self, seconds: float) -> None:
        """A pause that ends early if the run is interrupted."""
        end = self.clock.now() + seconds
        while (left := end - self.clock.now()) > 0 and not self.stop():
            self.clock.sleep(min(left, _POLL))
